import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import {
  binaries,
  type Finished,
  fixture,
  newDirectory,
  run,
  startDaemon,
  type TestDaemon,
} from "../helpers/daemon.ts";
import { until } from "../helpers/until.ts";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function folder(): string {
  const made = newDirectory();
  folders.push(made);
  return made;
}

const spacectl = (cwd: string, ...words: string[]): Promise<Finished> =>
  run([...binaries.ctl, ...words], { cwd, env: { ...process.env, QUEUE: "" } });

/** What `import` prints, accepted by `check` without a complaint, under a daemon. */
async function started(directory: string, ...words: string[]): Promise<TestDaemon> {
  const { code, stdout, stderr } = await spacectl(directory, "import", ...words);
  expect([code, stderr]).toEqual([0, expect.stringMatching(/^(\d+ comments? says? .*\n)?$/)]);
  const file = join(directory, "imported.yaml");
  // Several run at a time here.
  const own = `unix_http_server: { file: ${directory}/s.sock }`;
  writeFileSync(file, stdout.replace("unix_http_server: {}", own));
  expect((await spacectl(directory, "check", file)).stdout).toMatch(/^[^\n]+: ok, [^\n]*processe?s?\n$/);
  return await startDaemon("", {
    directory,
    existing: { file, socket: join(directory, "s.sock"), log: join(directory, "s.log") },
  });
}

const commandsOf = (daemon: TestDaemon): Promise<readonly { name: string; statename: string }[]> =>
  daemon.rpc("supervisor.getAllProcessInfo") as never;

async function allRunning(daemon: TestDaemon, names: readonly string[]): Promise<void> {
  await until("all are up", async () => {
    const up = (await commandsOf(daemon)).filter(({ statename }) => statename === "RUNNING").map(({ name }) => name);
    expect(up.sort()).toEqual([...names].sort());
    return true;
  });
}

describe("what import prints", () => {
  test("runs PM2's worker and server, each with its variables and logs", async () => {
    const directory = folder();
    copyFileSync(fixture("import/ecosystem.config.cjs"), join(directory, "ecosystem.config.cjs"));
    mkdirSync(join(directory, "dist"));
    mkdirSync(join(directory, "logs"));
    mkdirSync(join(directory, "node_modules/next/dist/bin"), { recursive: true });
    const program = (what: string) =>
      `console.log("${what}", process.env.NODE_ENV, process.env.POLL_INTERVAL ?? process.env.PORT, process.argv[2]);` +
      `process.on("SIGINT", () => process.exit(0)); setInterval(() => {}, 1e6);`;
    writeFileSync(join(directory, "dist/worker.js"), program("worker"));
    writeFileSync(join(directory, "node_modules/next/dist/bin/next"), program("server"));
    await using daemon = await started(directory, "pm2", "ecosystem.config.cjs", "--allow-exec");
    await allRunning(daemon, ["orbit-worker", "orbit-server"]);
    await until("the worker has spoken", () => daemon.read("logs/worker-out.log").includes("worker production 3000"));
    await until("the server has spoken", () => /server production 3000 start/.test(daemon.stdout));
    expect((await daemon.ctl("stop", "all")).stdout).toContain("orbit-worker: stopped");
  });

  test("runs a Procfile after its release, with ports, copies and .env", async () => {
    const directory = folder();
    copyFileSync(fixture("import/Procfile"), join(directory, "Procfile"));
    copyFileSync(fixture("import/env.txt"), join(directory, ".env"));
    await using daemon = await started(directory, "procfile", "Procfile", "--formation", "web=2");
    await allRunning(daemon, ["web_0", "web_1", "worker", "clock"]);
    await until("both ports are there", () => /web on 5100/.test(daemon.stdout) && /web on 5101/.test(daemon.stdout));
    await until("the worker has .env", () => daemon.stdout.includes("worker 5200 high_priority,low_priority"));
  });

  test("runs a supervisord.conf as before", async () => {
    const directory = folder();
    copyFileSync(fixture("import/space-workers.conf"), join(directory, "space-workers.conf"));
    await using daemon = await started(directory, "supervisord", "space-workers.conf");
    const workers = ["space-worker-new-job_00", "space-worker-new-job_01", "space-worker-history"];
    await allRunning(daemon, workers);
    await until("a worker has spoken", () => /new_job 1 .*, 100% of it/.test(daemon.stdout));
  });

  test("runs copies of a unit after the oneshot that they come after", async () => {
    const directory = folder();
    for (const name of ["worker@.service", "broker-migrate.service"])
      copyFileSync(fixture(`import/units/${name}`), join(directory, name));
    const files = ["worker@.service", "broker-migrate.service"];
    await using daemon = await started(directory, "systemd", ...files, "--instances", "1..2");
    await allRunning(daemon, ["worker@1", "worker@2"]);
    await until("a copy has its variables", () => daemon.stdout.includes("worker-2 on 9100, ready 100%"));
    expect(await daemon.info("broker-migrate")).toMatchObject({ statename: "EXITED" });
  });

  test("runs the job worker's unit, on a machine with its parts", async () => {
    const directory = folder();
    const unit = readFileSync(fixture("import/units/space-worker-execute-job@.service"), "utf8")
      .replace("/opt/space/appliance/bin/console", join(directory, "console"))
      .replace("/opt/space/appliance", directory)
      .replace("/usr/bin/php", "/bin/sh")
      // As many as a machine with low limits permits.
      .replace("LimitNOFILE=65536", "LimitNOFILE=4096");
    writeFileSync(join(directory, "job@.service"), unit);
    writeFileSync(join(directory, "console"), 'echo "$(id -un) $(ulimit -n) $*"; exec sleep 1000\n');
    await using daemon = await started(directory, "systemd", "job@.service", "--instances", "1..4");
    await allRunning(daemon, ["job@1", "job@2", "job@3", "job@4"]);
    await until("a copy has spoken", () =>
      daemon.stdout.includes("www-data 4096 messenger:consume execute_job --time-limit=3600"),
    );
  });
});

describe("import", () => {
  test("runs JavaScript only when it may, bounded, and says what went wrong in it", async () => {
    const directory = folder();
    writeFileSync(join(directory, "e.config.js"), "require('fs').writeFileSync('ran', ''); module.exports = 1");
    const refused = await spacectl(directory, "import", "pm2", "e.config.js");
    expect(refused).toMatchObject({ code: 1, stdout: "" });
    expect(refused.stderr).toBe(
      "error: cannot import e.config.js: it is JavaScript, which is run only with --allow-exec\n",
    );
    expect(() => readFileSync(join(directory, "ran"))).toThrow();
    const empty = await spacectl(directory, "import", "pm2", "e.config.js", "--allow-exec");
    expect(empty.stderr).toBe("error: cannot import e.config.js: there are no apps in it\n");
    writeFileSync(join(directory, "t.config.cjs"), "console.log('noise'); throw new Error('no database')");
    const thrown = await spacectl(directory, "import", "pm2", "t.config.cjs", "--allow-exec");
    expect(thrown.stderr).toBe("error: cannot import t.config.cjs: Error: no database\n");
    writeFileSync(join(directory, "m.config.mjs"), "export default async () => ({ name: 'm', script: 'm.js' })");
    const module = await spacectl(directory, "import", "pm2", "m.config.mjs", "--allow-exec");
    expect(module.stdout).toContain("command: [node, m.js]");
  });

  test("reads JSON and YAML as data", async () => {
    const directory = folder();
    writeFileSync(join(directory, "e.json"), '{"apps": [{"name": "a", "script": "a.js"}]}');
    writeFileSync(join(directory, "e.yml"), "apps:\n  - name: a\n    script: a.js\n");
    const [json, yaml] = [
      await spacectl(directory, "import", "pm2", "e.json"),
      await spacectl(directory, "import", "pm2", "e.yml"),
    ];
    expect(json.stdout).toContain("command: [node, a.js]");
    expect(yaml.stdout).toBe(json.stdout);
    writeFileSync(join(directory, "bad.json"), '{"apps": [');
    const bad = await spacectl(directory, "import", "pm2", "bad.json");
    expect(bad).toMatchObject({
      code: 1,
      stdout: "",
      stderr: expect.stringContaining("error: cannot import bad.json: "),
    });
  });

  test("tells how it is called, and refuses other formats", async () => {
    const help = await spacectl(folder(), "import", "--help");
    expect(help).toMatchObject({ code: 0, stdout: expect.stringContaining("--allow-exec") });
    expect(await spacectl(folder(), "import", "upstart", "x")).toMatchObject({ code: 2, stdout: "" });
  });
});
