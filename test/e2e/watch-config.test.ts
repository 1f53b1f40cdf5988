/** `watch_config=true`: changes of the program list apply by themselves, bad ones do not. */
import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { iniFile, newDirectory, startDaemon, type TestDaemon } from "../helpers/daemon.ts";
import { until } from "../helpers/until.ts";

const watching = "watch_config=true\n";
const program = (name: string, keys = ""): string =>
  `[program:${name}]\ncommand=sleep 1000\nstartsecs=0\nstopwaitsecs=1\n${keys}`;

function write(daemon: TestDaemon, programs: string, daemonKeys = watching): void {
  // As an editor does it: there is never half a file.
  writeFileSync(daemon.path("next"), iniFile(programs, daemonKeys));
  renameSync(daemon.path("next"), daemon.file);
}

const names = async (daemon: TestDaemon): Promise<string[]> =>
  ((await daemon.rpc("supervisor.getAllProcessInfo")) as { name: string }[]).map(({ name }) => name);

/** The daemon has had the time to watch its files. */
const watches = (daemon: TestDaemon): Promise<unknown> =>
  until("it watches", async () => {
    writeFileSync(daemon.file, `${daemon.read("s.conf")}\n`);
    return await daemon.reaches("a", "RUNNING");
  });

test("what has changed is changed, and nothing else is touched", async () => {
  await using daemon = await startDaemon(["a", "b", "c"].map((name) => program(name)).join(""), {
    daemonKeys: watching,
  });
  await watches(daemon);
  const [a, b] = [await daemon.reaches("a", "RUNNING"), await daemon.reaches("b", "RUNNING")];
  write(daemon, program("a") + program("b", "environment=A=1\n") + program("d"));
  await daemon.reaches("d", "RUNNING");
  expect(await names(daemon)).toEqual(["a", "b", "d"]);
  expect(await daemon.reaches("a", "RUNNING")).toBe(a);
  expect(await daemon.reaches("b", "RUNNING")).not.toBe(b);
  await daemon.logged(/INFO the program list has changed: removed c; changed b; added d\n/);
});

test("a bad list changes nothing and is told once, with file and line, until it is mended", async () => {
  await using daemon = await startDaemon(program("a"), { daemonKeys: watching });
  await watches(daemon);
  const pid = await daemon.reaches("a", "RUNNING");
  const bad = program("a", "priority=first\n");
  write(daemon, bad);
  const line = iniFile(bad, watching).split("\n").indexOf("priority=first") + 1;
  await daemon.logged(
    new RegExp(`ERRO cannot apply changes of the program list, everything keeps running: .*s\\.conf:${line}: `),
  );
  write(daemon, `${bad}; again\n`);
  write(daemon, program("a"));
  await daemon.logged(/INFO the program list can be used again\n/);
  expect(daemon.log.match(/ERRO cannot apply/g)).toHaveLength(1);
  expect(await daemon.reaches("a", "RUNNING")).toBe(pid);
});

test("files that [include] takes may come and go, as may their folder", async () => {
  const include = "[include]\nfiles=conf.d/*.conf\n";
  await using daemon = await startDaemon(program("a") + include, { daemonKeys: watching });
  await watches(daemon);
  mkdirSync(daemon.path("conf.d"));
  writeFileSync(daemon.path("conf.d/b.conf"), program("b"));
  await daemon.reaches("b", "RUNNING");
  writeFileSync(daemon.path("conf.d/c.conf"), program("c"));
  await daemon.reaches("c", "RUNNING");
  rmSync(daemon.path("conf.d/b.conf"));
  await until("b is gone", async () => (await names(daemon)).join() === "a,c");
  writeFileSync(daemon.path("conf.d/c.conf"), "[program:c]\nno command\n");
  await daemon.logged(/ERRO cannot apply .*conf\.d\/c\.conf:2: /);
  writeFileSync(daemon.path("conf.d/c.conf"), program("c2"));
  await daemon.reaches("c2", "RUNNING");
});

test("a list in a Kubernetes ConfigMap is seen to change when ..data is set anew", async () => {
  const directory = newDirectory();
  const at = (...names: string[]) => join(directory, ...names);
  const publish = (version: number, programs: string) => {
    mkdirSync(at(`..${version}`));
    writeFileSync(at(`..${version}`, "s.conf"), iniFile(programs, watching).replaceAll("%(here)s", "/proc/self/cwd"));
    symlinkSync(`..${version}`, at("..data_tmp"));
    renameSync(at("..data_tmp"), at("..data"));
    rmSync(at(`..${version - 1}`), { recursive: true, force: true });
  };
  publish(1, program("a"));
  symlinkSync("..data/s.conf", at("s.conf"));
  const existing = { file: at("s.conf"), socket: at("s.sock"), log: at("s.log") };
  await using daemon = await startDaemon("", { directory, existing });
  void daemon.ended.finally(() => rmSync(directory, { recursive: true, force: true }));
  await daemon.reaches("a", "RUNNING");
  for (const [version, name] of [
    [2, "b"],
    [3, "c"],
  ] as const) {
    publish(version, program(name));
    await daemon.reaches(name, "RUNNING");
  }
  expect(await names(daemon)).toEqual(["c"]);
});

test("what the daemon takes at its next start only is named", async () => {
  await using daemon = await startDaemon(program("a"), { daemonKeys: watching });
  await watches(daemon);
  write(daemon, program("a"), `${watching}loglevel=debug\nshutdown_timeout=5s\n`);
  await daemon.logged(
    /WARN changed, but kept as it was until the daemon restarts: \[supervisord\] loglevel, \[supervisord\] shutdown_timeout\n/,
  );
});

test("works for a daemon without privileges, and ends when the list says so", async () => {
  const directory = newDirectory();
  chmodSync(directory, 0o777);
  const nobody =
    process.getuid?.() === 0 ? { wrap: ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] } : {};
  await using daemon = await startDaemon(program("a"), { directory, daemonKeys: watching, ...nobody });
  void daemon.ended.finally(() => rmSync(directory, { recursive: true, force: true }));
  await watches(daemon);
  write(daemon, program("b"), "");
  await daemon.reaches("b", "RUNNING");
  write(daemon, program("c"), "");
  await daemon.ctl("reread");
  expect(await names(daemon)).toEqual(["b"]);
});

test("a reread by hand has the files watched that the list has then", async () => {
  await using daemon = await startDaemon(program("a"));
  write(daemon, `${program("a")}[include]\nfiles=more.conf\n`);
  writeFileSync(daemon.path("more.conf"), program("b"));
  await daemon.ctl("update");
  await daemon.reaches("b", "RUNNING");
  writeFileSync(daemon.path("more.conf"), program("c"));
  await daemon.reaches("c", "RUNNING");
});
