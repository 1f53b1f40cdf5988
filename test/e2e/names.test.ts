/**
 * A program is what it is called: links named after the reference's programs, to either launcher, are those
 * programs, and say so in what they print.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { fixture, newDirectory, root, run, startDaemon } from "../helpers/daemon.ts";
import { killAllWith, markerName } from "../helpers/processes.ts";
import { until } from "../helpers/until.ts";

const names = ["spaced", "spacectl", "supervisord", "supervisorctl", "echo_supervisord_conf", "pidproxy"] as const;
type Name = (typeof names)[number];
const ownVersion = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).version as string;

let directory: string;
beforeAll(() => {
  directory = newDirectory();
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe.each(["spaced", "spacectl"])("links to bin/%s", (launcher) => {
  const folder = () => join(directory, `links to ${launcher}`);
  const called = (name: Name, ...words: string[]) => run([join(folder(), name), ...words], { cwd: directory });

  beforeAll(() => {
    mkdirSync(folder());
    for (const name of names) symlinkSync(join(root, "bin", launcher), join(folder(), name));
  });

  test.each([
    ["spaced", ownVersion],
    ["supervisord", "4.2.5"],
  ] as const)("%s --version prints %s", async (name, version) => {
    for (const flag of ["-v", "--version"])
      expect(await called(name, flag)).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
  });

  test.each(["spaced", "supervisord", "spacectl", "supervisorctl"] as const)(
    "%s names itself in its help and in its complaints",
    async (name) => {
      const help = await called(name, "--help");
      expect(help).toMatchObject({ code: 0, stderr: "" });
      expect(help.stdout).toContain(`\nUsage: ${name} [options]`);
      expect(await called(name, "-c", "/no/such.conf", ...(name.endsWith("ctl") ? ["status"] : []))).toEqual({
        code: 2,
        stdout: "",
        stderr: `Error: could not find config file /no/such.conf\nFor help, use ${name} -h\n`,
      });
    },
  );

  test("echo_supervisord_conf prints a program list that check accepts, whatever its arguments", async () => {
    const { stdout, ...rest } = await called("echo_supervisord_conf");
    expect(rest).toEqual({ code: 0, stderr: "" });
    expect(await called("echo_supervisord_conf", "--help", "-x", "what")).toEqual({ code: 0, stdout, stderr: "" });
    const file = join(directory, `${launcher}.conf`);
    writeFileSync(file, stdout);
    expect(await called("spacectl", "check", file)).toMatchObject({
      code: 0,
      stdout: `${file}: ok, no groups with 0 processes\n`,
    });
  });

  test("echo_supervisord_conf ends quietly when nobody reads it", async () => {
    const script = `"$1" | head -n 1; "$1" >&-; echo $?`;
    const result = await run(["sh", "-c", script, "sh", join(folder(), "echo_supervisord_conf")]);
    expect(result).toEqual({ code: 0, stdout: "; A program list for spaced and for supervisord.\n0\n", stderr: "" });
  });

  test("pidproxy without a command prints how to use it, with code 1", async () => {
    for (const words of [[], ["x.pid"], ["-h"]]) {
      const result = await called("pidproxy", ...words);
      expect(result).toMatchObject({ code: 1, stderr: "" });
      expect(result.stdout).toContain("\nUsage: pidproxy <pidfile name> <command> [<cmdarg1> ...]\n");
    }
  });

  test("supervisord and supervisorctl work together as the pair they replace", async () => {
    const binaries = { daemon: [join(folder(), "supervisord")], ctl: [join(folder(), "supervisorctl")] };
    await using daemon = await startDaemon("[program:a]\ncommand=/bin/sh -c 'env; exec sleep 1000'\n", { binaries });
    await daemon.reaches("a", "RUNNING");
    expect(await daemon.ctl("status", "a")).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^a +RUNNING +pid/),
    });
    expect(await daemon.ctl("version")).toEqual({ code: 0, stdout: "4.2.5\n", stderr: "" });
    // What the launcher says is between it and the daemon.
    expect((await daemon.ctl("tail", "a")).stdout).not.toMatch(/^SPACED_(LAUNCHER|SOFT)/m);
  });
});

test("any other name leaves a launcher what it is", async () => {
  const link = join(directory, "supervise");
  symlinkSync(join(root, "bin/spaced"), link);
  expect(await run([link, "--version"])).toEqual({ code: 0, stdout: `${ownVersion}\n`, stderr: "" });
  expect((await run([link, "-x"])).stderr).toBe("Error: option -x not recognized\nFor help, use supervise -h\n");
});

test("the program list is looked for beside a link's folder, as beside the program it stands for", async () => {
  const prefix = join(directory, "prefix");
  mkdirSync(join(prefix, "bin"), { recursive: true });
  mkdirSync(join(prefix, "etc"));
  symlinkSync(join(root, "bin/spaced"), join(prefix, "bin/supervisord"));
  writeFileSync(join(prefix, "etc/supervisord.conf"), "[supervisord]\nloglevel=loud\n");
  const result = await run([join(prefix, "bin/supervisord"), "-n"], { cwd: "/" });
  expect(result).toMatchObject({ code: 2 });
  expect(result.stderr).toContain("loud");
});

const proxies: readonly (readonly [string, readonly string[]])[] = [
  ["pidproxy", [join(root, "bin/spaced")]],
  ["the reference's pidproxy", ["/usr/bin/pidproxy"]],
];

describe.each(proxies)("%s", (title, [target = ""]) => {
  const ours = title === "pidproxy";
  const marker = randomUUID();
  const env = { ...process.env, [markerName]: marker };
  let folder: string;
  let proxy: ChildProcess;
  let output: string;
  let status: number | null | undefined;

  beforeEach(() => {
    folder = newDirectory();
    symlinkSync(target, join(folder, "pidproxy"));
    output = "";
    status = undefined;
  });
  afterEach(() => {
    killAllWith(marker);
    rmSync(folder, { recursive: true, force: true });
  });

  const pidfile = () => join(folder, "real.pid");
  const readPid = () => (existsSync(pidfile()) ? Number(readFileSync(pidfile(), "utf8")) : 0);
  const send = (signal: NodeJS.Signals) => proxy.kill(signal);
  const says = (text: string) => until(`it says ${text}`, () => output.includes(`${text}\n`));

  function start(...words: string[]): void {
    proxy = spawn(join(folder, "pidproxy"), [pidfile(), ...words], {
      cwd: folder,
      env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [proxy.stdout, proxy.stderr])
      stream?.setEncoding("utf8").on("data", (text: string) => {
        output += text;
      });
    const started = proxy;
    started.once("exit", (code) => {
      if (started === proxy) status = code;
    });
  }

  test("passes signals on to the process in the pid file, and leaves with 0 once it has passed on TERM", async () => {
    start("/bin/sh", "-c", '"$1" "$2" & wait; sleep 1000', "sh", fixture("signal-teller"), pidfile());
    await until("the pid file is there", readPid);
    for (const signal of ["HUP", "USR1", "USR2"] as const) {
      send(`SIG${signal}`);
      await says(signal);
    }
    expect(status).toBeUndefined();
    send("SIGTERM");
    await says("TERM");
    await until("it has left", () => status !== undefined);
    expect(status).toBe(0);
  });

  test.each(["SIGINT", "SIGQUIT"] as const)("leaves with 0 once it has passed on %s", async (signal) => {
    start(fixture("signal-teller"), pidfile());
    await until("the pid file is there", readPid);
    send(signal);
    await says(signal.slice(3));
    await until("it has left", () => status !== undefined);
    expect(status).toBe(0);
  });

  test("says that there is no pid file, or none that can be read, and stays", async () => {
    start("/bin/sh", "-c", "echo up; exec sleep 1000");
    await says("up");
    send("SIGTERM");
    await says(`Can't read child pidfile ${pidfile()}!`);
    output = "";
    writeFileSync(pidfile(), "not a number\n");
    send("SIGHUP");
    await says(`Can't read child pidfile ${pidfile()}!`);
    expect(status).toBeUndefined();
  });

  test("leaves with 0 when the command ends, whatever its code", async () => {
    start("/bin/sh", "-c", "exit 3");
    await until("it has left", () => status !== undefined);
    expect(status).toBe(0);
  });

  if (!ours) return;

  test("says what cannot be run, with code 127", async () => {
    start("no-such-command");
    await until("it has left", () => status !== undefined);
    expect(status).toBe(127);
    expect(output).toBe(`pidproxy: cannot run ${join(folder, "no-such-command")}: no such file or directory\n`);
  });

  test("outlives a HUP to a process that is gone, and leaves with 1 after a TERM to it", async () => {
    const gone = spawn("/bin/true");
    await until("it is gone", () => gone.exitCode !== null);
    writeFileSync(pidfile(), ` ${gone.pid}\n`);
    start("/bin/sh", "-c", "echo up; exec sleep 1000");
    await says("up");
    send("SIGHUP");
    await says(`pidproxy: cannot send SIGHUP to process ${gone.pid}: no such process`);
    expect(status).toBeUndefined();
    send("SIGTERM");
    await until("it has left", () => status !== undefined);
    expect(status).toBe(1);
  });

  test.each([
    ["its own group", "0"],
    ["a group", "-1"],
    ["nobody", `${"9".repeat(100)}`],
    ["the first of several", "1 2"],
  ])("never signals %s", async (_who, text) => {
    writeFileSync(pidfile(), text);
    start("/bin/sh", "-c", "echo up; exec sleep 1000");
    await says("up");
    send("SIGUSR1");
    await says(`Can't read child pidfile ${pidfile()}!`);
    expect(status).toBeUndefined();
    rmSync(pidfile());
  });

  test("gives the command the environment, group and limit of open files that it was started with itself", async () => {
    const script = `echo $$ $(cut -d ' ' -f 5 /proc/$$/stat) $(ulimit -n) launcher=$SPACED_LAUNCHER; exec sleep 1000`;
    proxy = spawn(
      "sh",
      ["-c", 'ulimit -Sn 512; exec "$@"', "sh", join(folder, "pidproxy"), pidfile(), "/bin/sh", "-c", script],
      { env, detached: true },
    );
    proxy.stdout?.on("data", (bytes) => {
      output += bytes;
    });
    await until("it has told", () => output.includes("\n"));
    expect(output).toMatch(new RegExp(`^\\d+ ${proxy.pid} 512 launcher=\n$`));
  });
});
