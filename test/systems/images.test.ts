/**
 * The images of docker/: each is built as it stands and run as its compose file says, with the program as PID 1. Only
 * the bases differ from what users have: a minimal Debian in place of debian:bookworm-slim, and this machine's
 * dist/spaced in place of the stage that builds it. The image for Alpine is not among them.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { parseAllDocuments, stringify } from "yaml";
import { composeFile, composeOptions } from "../helpers/compose.ts";
import { root, run } from "../helpers/daemon.ts";
import { base, type Container, mountsBelow, openPodman, type Podman } from "../helpers/podman.ts";
import { PrivateNetwork } from "../helpers/private-network.ts";
import { until } from "../helpers/until.ts";

const examples = ["drop-in", "php-fpm-messenger", "web-workers"] as const;
/** As an orchestrator that is strict runs it. */
const strict = [
  ...["--read-only", "--read-only-tmpfs=false", "--tmpfs=/tmp"],
  ...["--cap-drop=ALL", "--security-opt=no-new-privileges"],
];
/** A test may have to wait for its image. */
vi.setConfig({ testTimeout: 300_000 });
let podman: Podman;
const built: Partial<Record<(typeof examples)[number], Promise<string>>> = {};

beforeAll(async () => {
  if (!existsSync(join(root, "dist/spaced")))
    expect(await run([process.execPath, "scripts/binary.ts"], { cwd: root })).toMatchObject({ code: 0 });
  podman = await openPodman();
  await buildSpaced();
  const args = { BASE: base, SPACED: "localhost/spaced" };
  const build = async (example: string, more = {}) => {
    const tag = `localhost/${example}`;
    await podman.build(tag, { context: `docker/examples/${example}`, args: { ...args, ...more } });
    return tag;
  };
  built["php-fpm-messenger"] = build("php-fpm-messenger");
  built["web-workers"] = build("web-workers");
  built["drop-in"] = build("drop-in/existing").then((EXISTING) => build("drop-in", { EXISTING }));
  // Whoever waits for one is told why it failed.
  for (const each of Object.values(built)) each.catch(() => {});
}, 300_000);

afterAll(async () => {
  await Promise.allSettled(Object.values(built));
  await podman?.close();
  expect(mountsBelow(podman.folder)).toEqual([]);
  expect(existsSync(podman.folder)).toBe(false);
}, 60_000);

/** docker/Dockerfile, with an image of the executable in the place of its first stage. */
async function buildSpaced(): Promise<void> {
  const context = join(podman.folder, "executable");
  mkdirSync(context);
  writeFileSync(join(context, "Dockerfile"), "FROM scratch\nCOPY spaced /spaced/dist/spaced\n");
  const copied = await run(["cp", "--reflink=auto", join(root, "dist/spaced"), context]);
  expect(copied.code).toBe(0);
  await podman.build("localhost/executable", { context, file: "Dockerfile" });
  const options = { file: "docker/Dockerfile", args: { BASE: base }, stages: { build: "localhost/executable" } };
  await podman.build("localhost/spaced", options);
}

/** A program list for the image of spaced, at the place where it looks for one. */
function list(name: string, programs: string): string {
  const file = join(podman.folder, name);
  writeFileSync(
    file,
    `[unix_http_server]\nfile=/tmp/spaced.sock
[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
[supervisord]\nlogfile=/dev/null\nlogfile_maxbytes=0\npidfile=/tmp/spaced.pid\n${programs}`,
  );
  return `--volume=${file}:/etc/supervisord.conf:ro`;
}

/** What the first process of a container is, and as whom and with what it runs. */
async function firstProcess(container: Container): Promise<{ command: string; status: string }> {
  const shown = await container.exec("cat", "/proc/1/cmdline", "/proc/1/status");
  const [command = "", status = ""] = shown.stdout.split(/(?=Name:\t)/);
  return { command: command.replaceAll("\0", " ").trim(), status };
}

async function zombies(container: Container): Promise<string> {
  const script = 'for each in /proc/[0-9]*/stat; do read -r line <"$each" && echo "$line"; done 2>/dev/null';
  const { stdout } = await container.exec("sh", "-c", script);
  return stdout.match(/^\d+ \(.*\) Z .*$/gm)?.join("\n") ?? "";
}

describe.concurrent("the image of spaced", () => {
  test("holds one executable, and links to it by all names", async () => {
    const listed = await podman.finished("localhost/spaced", ["--entrypoint=ls"], ["-l", "/usr/local/bin"]);
    const names = [...listed.stdout.matchAll(/ (\S+) -> spaced$/gm)].map(([, name]) => name);
    expect(names).toEqual(["echo_supervisord_conf", "pidproxy", "spacectl", "supervisorctl", "supervisord"]);
    expect(listed.stdout).toMatch(/^-rwxr-xr-x .* spaced$/m);
    expect(await podman.finished("localhost/spaced", strict, ["--version"])).toMatchObject({ stdout: "0.1.0\n" });
  });

  test("runs a list as PID 1, as an ordinary user, where nothing but one folder can be written", async () => {
    const programs = `[program:idle]\ncommand=sleep 1000\nautorestart=false\n[program:other]\ncommand=sleep 1000\n`;
    const options = [...strict, "--memory=100m", list("idle.conf", programs)];
    await using container = await podman.start("localhost/spaced", options);
    await container.well();
    const { command, status } = await firstProcess(container);
    expect(command).toBe("spaced -n");
    expect(status).toMatch(/^Uid:\t10001\t10001/m);
    expect(status).toMatch(/^CapBnd:\t0+$/m);
    expect(status).toMatch(/^NoNewPrivs:\t1$/m);
    expect((await container.exec("touch", "/x")).stderr).toContain("Read-only file system");
    // As cron jobs and debuggers come in: without what the container was given.
    const shown = await container.exec("env", "-i", "/usr/local/bin/spacectl", "status");
    expect(shown.stdout).toMatch(/^idle +RUNNING .*\nother +RUNNING .*\n$/);
    const facts = await container.exec("spacectl", "doctor");
    expect(facts.stdout).toMatch(/^ +ok +memory +100MB, /m);
    expect(facts.stdout).toMatch(/^ +ok +first process +PID 1 is this daemon|^ +ok +first process/m);

    expect(await container.healthy()).toBe(true);
    const pid = (await container.exec("spacectl", "pid", "idle")).stdout.trim();
    await container.exec("sh", "-c", `kill -9 ${pid}`);
    await until("the check fails", async () => !(await container.healthy()));
    await container.exec("spacectl", "start", "idle");
    expect(await container.healthy()).toBe(true);
    expect(await container.stop()).toBe(0);
  });

  test("runs programs whose logs have nowhere to be", async () => {
    const options = [...strict, list("nowhere.conf", "childlogdir=/srv\n[program:a]\ncommand=sleep 1000\n")];
    await using container = await podman.start("localhost/spaced", options);
    await container.well();
    const told = (await container.logs()).match(/WARN cannot create \/srv\/a-.*/g);
    expect(told).toEqual([
      expect.stringMatching(/^WARN cannot create \S+: read-only file system; programs run without such logs$/),
    ]);
  });

  test("reaps what others leave behind", async () => {
    await using container = await podman.start("localhost/spaced", [
      ...strict,
      list("orphans.conf", "[program:a]\ncommand=sleep 1000\n"),
    ]);
    await container.well();
    const made = await container.exec("sh", "-c", "for i in 1 2 3 4 5 6 7 8 9 10; do (setsid sleep 0.0$i &); done");
    expect(made.code).toBe(0);
    const reaped = async () => (await container.logs()).match(/reaped unknown pid/g)?.length ?? 0;
    await until("ten are reaped", async () => (await reaped()) >= 10);
    expect(await zombies(container)).toBe("");
  });

  test("lets the job in hand finish on `docker stop`, and ends with 0", async () => {
    const script = `trap "stop=1" TERM; while [ -z "$stop" ]; do echo began; sleep 0.7; echo done; done`;
    const programs = `[program:worker]\ncommand=sh -c '${script}'\nstopasgroup=false\nstdout_logfile=/dev/stdout\n`;
    await using container = await podman.start("localhost/spaced", [...strict, list("worker.conf", programs)]);
    await until("a job is in hand", async () => (await container.logs()).includes("began\n"));
    expect(await container.stop()).toBe(0);
    const lines = (await container.logs()).match(/^(began|done)$/gm) ?? [];
    expect(lines.filter((each) => each === "done").length).toBe(lines.filter((each) => each === "began").length);
    expect(await container.logs()).toMatch(/stopped: worker \(exit status 0\)\n$/);
  });

  test.each([
    ["that was given up", "sh -c 'sleep 0.1; exit 3'", "startretries=1\nstartsecs=1\non_fatal=shutdown", 3],
    ["that has ended", "sh -c 'sleep 0.1; exit 9'", "startsecs=0\nautorestart=false\non_exit=shutdown", 9],
    ["that was killed", "sh -c 'kill -9 $$'", "startsecs=0\nautorestart=false\non_exit=shutdown", 137],
  ])("ends with the code of a main program %s", async (what, command, keys, code) => {
    const programs = `[program:main]\ncommand=${command}\n${keys}\n[program:other]\ncommand=sleep 1000\n`;
    const file = list(`${what}.conf`, programs);
    expect((await podman.finished("localhost/spaced", [...strict, file], [])).code).toBe(code);
  });

  test("runs a command as its main program, without any list", async () => {
    const words = ["--", "sh", "-c", "spacectl status; exit 7"];
    const ended = await podman.finished("localhost/spaced", [...strict], words);
    expect(ended.code).toBe(7);
    expect(ended.stdout).toMatch(/^main +RUNNING /m);
  });

  test("shows every line of all programs whole in the container's log", async () => {
    const [count, width] = [2000, 200];
    const script = `i=0; while [ $i -lt ${count} ]; do i=$((i+1)); printf "%%s %%0${width}d\\n" "$1" $i; done`;
    const programs = ["a", "b", "c"].map(
      (name) => `[program:${name}]\ncommand=sh -c '${script}' sh ${name}
autorestart=false\nstartsecs=0\nlog_passthrough=true\nlog_format=text\nstdout_logfile=NONE\nstderr_logfile=NONE\n`,
    );
    await using container = await podman.start("localhost/spaced", [...strict, list("lines.conf", programs.join(""))]);
    const line = /^\S+Z ([abc]) +stdout \| \1 0*(\d+)$/gm;
    const found = await until(
      "all lines are there",
      async () => {
        const lines = [...(await container.logs()).matchAll(line)];
        return lines.length >= 3 * count ? lines : null;
      },
      30_000,
      200,
    );
    expect(found.length).toBe(3 * count);
    for (const name of ["a", "b", "c"])
      expect(found.filter(([, of]) => of === name).map(([, , number]) => Number(number))).toEqual(
        Array.from({ length: count }, (_, at) => at + 1),
      );
    const rest = (await container.logs()).replaceAll(line, "").match(/^(?!\d{4}-\d\d-\d\d [\d:,]+ ).+$/gm);
    expect(rest).toBeNull();
  });
});

describe.concurrent.each([
  ["php-fpm-messenger", "redis://127.0.0.1:6379/jobs", "33", "spaced"],
  ["web-workers", "redis://127.0.0.1:6379", "10001", "spaced -n"],
] as const)("the example %s", (example, REDIS_URL, user, entry) => {
  test("serves, works off its queue, outlives its Redis, and finishes the jobs in hand", async () => {
    const image = (await built[example]) ?? "";
    using network = new PrivateNetwork();
    await network.startRedis();
    const options = [...composeOptions(example, { REDIS_URL }), network.option];
    await using container = await podman.start(image, options);
    await container.well();
    const { command, status } = await firstProcess(container);
    expect(command).toBe(entry);
    expect(status).toMatch(new RegExp(`^Uid:\t${user}\t${user}`, "m"));
    expect(status).toMatch(/^CapBnd:\t0+$/m);
    expect((await container.exec("touch", "/x")).stderr).toContain("Read-only file system");
    expect(await container.healthy()).toBe(true);
    expect(await network.http(9100, "/readyz")).toBe("ready\n");
    expect(await network.http(9100, "/metrics")).toContain("spaced_ready 1\n");
    // That port takes no orders.
    expect(await network.http(9100, "/")).not.toContain("worker");

    const done = async (name: string) => new RegExp(`\\bdone ${name}\\b`).test(await container.logs());
    for (const job of ["a", "b", "c"]) expect(await network.http(8080, `/jobs?id=${job}`, "POST")).toContain("queued");
    await until("three jobs are done", async () => (await done("a")) && (await done("b")) && (await done("c")));

    network.stopRedis();
    await until("the check fails", async () => !(await container.healthy()), 20_000, 100);
    await network.startRedis();
    await container.well(30_000);
    expect(await network.http(8080, "/jobs?id=last&ms=1500", "POST")).toContain("queued last");
    await until("the last job is in hand", async () => /began last/.test(await container.logs()));
    expect(await container.stop()).toBe(0);
    expect(await done("last")).toBe(true);
    expect(await zombies(container)).toBe("");
  });
});

describe.concurrent("the example drop-in", () => {
  test("takes supervisord's place in an image that says nothing of it", async () => {
    const image = (await built["drop-in"]) ?? "";
    const options = composeOptions("drop-in");
    await using theirs = await podman.start("localhost/drop-in/existing", options);
    await using ours = await podman.start(image, options);
    await ours.well();
    const { command, status } = await firstProcess(ours);
    expect(command).toBe("/usr/bin/supervisord -n -c /etc/supervisor/supervisord.conf");
    expect(status).toMatch(/^Uid:\t0\t0/m);
    expect((await firstProcess(theirs)).command).toMatch(/^\/usr\/bin\/python3 \/usr\/bin\/supervisord -n /);

    // Of two workers that are stopped at once either may be the first.
    const shown = async (container: Container, ...words: string[]) =>
      (await container.exec("supervisorctl", ...words)).stdout
        .replace(/pid \d+, uptime \d:\d\d:\d\d/g, "up")
        .split("\n")
        .sort();
    await until("supervisord is as far", async () => !(await shown(theirs, "status")).join().includes("STARTING"));
    for (const words of [["status"], ["avail"], ["stop", "web"], ["restart", "worker:*"], ["status"], ["start", "web"]])
      expect(await shown(ours, ...words), words.join(" ")).toEqual(await shown(theirs, ...words));
    const users = await ours.exec("sh", "-c", "grep -h ^Uid: /proc/[0-9]*/status");
    expect(users.stdout.match(/^Uid:\t33\t33/gm)?.length).toBeGreaterThanOrEqual(3);
    expect(await ours.healthy()).toBe(true);
    expect(await ours.stop()).toBe(0);
    expect(await ours.logs()).toMatch(/worker 0: done \d+\n/);
    expect(await ours.logs()).toMatch(/stopped: worker_01 \(exit status 0\)/);
  });

  test("tells by its health check of a program that was given up", async () => {
    const image = (await built["drop-in"]) ?? "";
    const file = join(podman.folder, "broken.conf");
    writeFileSync(file, "[program:broken]\ncommand=/nowhere\n");
    const more = `--volume=${file}:/etc/supervisor/conf.d/broken.conf:ro`;
    await using container = await podman.start(image, [...composeOptions("drop-in"), more]);
    await until("it is given up", async () => (await container.logs()).includes("gave up: broken"));
    expect(await container.healthy()).toBe(false);
  });
});

describe.concurrent("the files for orchestrators", () => {
  test.each(examples)("docker-compose takes the file of %s", async (example) => {
    const file = join(root, "docker/examples", example, "compose.yaml");
    expect(await run(["docker-compose", "-f", file, "config", "--quiet"])).toMatchObject({ code: 0, stderr: "" });
    expect(readdirSync(join(root, "docker/examples", example))).toContain("Dockerfile");
  });

  test("docker-compose brings web-workers up and down, over podman's socket", async () => {
    const image = (await built["web-workers"]) ?? "";
    using network = new PrivateNetwork();
    await network.startRedis();
    const folder = join(podman.folder, "compose");
    mkdirSync(folder);
    const address = `unix://${join(folder, "podman.sock")}`;
    writeFileSync(join(folder, "compose.yaml"), composeFile("web-workers", image, { REDIS_URL: "redis://127.0.0.1" }));
    using _service = network.start(["podman", "system", "service", "--time=0", address], podman.env);
    await until("podman answers", () => existsSync(join(folder, "podman.sock")));
    const compose = (...words: string[]) =>
      run(["docker-compose", "--project-directory", folder, "--file", join(folder, "compose.yaml"), ...words], {
        env: { ...podman.env, DOCKER_HOST: address, COMPOSE_PROJECT_NAME: "images" },
      });
    expect(await compose("up", "--detach")).toMatchObject({ code: 0 });
    const health = () => podman.run("exec", "images_app_1", "spacectl", "health");
    await until("all is well", async () => (await health()).code === 0, 20_000);
    const format = "{{.Config.User}} {{.HostConfig.Memory}} {{.HostConfig.ReadonlyRootfs}} {{.Config.StopTimeout}}";
    expect(await podman.command("inspect", "--format", format, "images_app_1")).toBe("10001:10001 536870912 true 30\n");
    expect(await compose("stop")).toMatchObject({ code: 0 });
    const code = await podman.command("inspect", "--format", "{{.State.ExitCode}}", "images_app_1");
    expect(code).toBe("0\n");
    expect(await compose("down")).toMatchObject({ code: 0 });
  });

  test("a pod of kubernetes.yaml comes up, ready, with what its security context leaves it", async () => {
    const image = (await built["web-workers"]) ?? "";
    using network = new PrivateNetwork();
    await network.startRedis();
    const file = join(podman.folder, "kubernetes.yaml");
    writeFileSync(file, pod(image, { REDIS_URL: "redis://127.0.0.1:6379" }));
    const play = (...words: string[]) => network.run(["podman", "play", "kube", ...words, file], podman.env);
    expect(await play("--network=host")).toMatchObject({ code: 0 });
    try {
      const probe = async () => (await network.http(9100, "/readyz")) === "ready\n";
      await until("the readiness probe passes", probe, 20_000);
      expect(await network.http(9100, "/livez")).toBe("ok\n");
      const name = "web-workers-pod-0-app";
      const status = (await podman.command("exec", name, "cat", "/proc/1/cmdline", "/proc/1/status")).split("Name:");
      expect(status[0]).toBe("spaced\0-n\0");
      expect(status[1]).toMatch(/^Uid:\t10001\t10001/m);
      expect(status[1]).toMatch(/^CapBnd:\t0+$/m);
      expect(status[1]).toMatch(/^NoNewPrivs:\t1$/m);
      expect((await podman.run("exec", name, "touch", "/x")).stderr).toContain("Read-only file system");
      const limits = "{{.HostConfig.Memory}} {{.HostConfig.NanoCpus}}";
      expect(await podman.command("inspect", "--format", limits, name)).toBe("536870912 1000000000\n");
    } finally {
      expect(await play("--down")).toMatchObject({ code: 0 });
    }
  });
});

/** The Deployment of kubernetes.yaml as podman can play it without a bridge: one copy, in the network it is called in. */
function pod(image: string, environment: Readonly<Record<string, string>>): string {
  const text = readFileSync(join(root, "docker/examples/kubernetes.yaml"), "utf8");
  const [deployment] = parseAllDocuments(text).map((each) => each.toJS());
  const { spec } = deployment.spec.template;
  const [container] = spec.containers;
  deployment.spec.replicas = 1;
  spec.hostNetwork = true;
  container.image = image;
  container.ports = [];
  container.env = Object.entries(environment).map(([name, value]) => ({ name, value }));
  return stringify(deployment);
}
