/**
 * supervisorctl 4.2.5 itself against the daemon: each of its commands, with what it prints and its exit code. Its
 * whole behaviour is compared to the reference daemon's elsewhere; here its words must do what they say.
 */
import type { ChildProcess } from "node:child_process";
import { writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { binaries, type Finished, iniFile, startDaemon, type TestDaemon } from "../helpers/daemon.ts";
import { freePort } from "../helpers/port.ts";
import { alive } from "../helpers/processes.ts";
import { until } from "../helpers/until.ts";

const withSupervisorctl = { binaries: { daemon: binaries.daemon, ctl: ["/usr/bin/supervisorctl"] } };

const programs = `[program:cat]
command=/bin/cat
startsecs=0
stdout_logfile=%(here)s/cat.log
[program:talker]
command=/bin/sh -c 'echo out one; echo err one >&2; trap "echo got USR1" USR1; while :; do sleep 0.1; done'
startsecs=0
[program:sleeper]
command=/bin/sleep 1000
numprocs=2
process_name=%(program_name)s_%(process_num)02d
startsecs=0
[program:manual]
command=/bin/sleep 1000
autostart=false
startsecs=0
[program:missing]
command=/no/such/thing
autostart=false
[program:plain]
command=/etc/passwd
autostart=false
[program:quick]
command=/bin/sh -c 'exit 3'
autostart=false
startretries=0
[program:ga]
command=/bin/sleep 1000
startsecs=0
[program:gb]
command=/bin/sleep 1000
startsecs=0
[group:grp]
programs=ga,gb
priority=5
`;

const printed = (stdout: string, code = 0): Finished => ({ code, stdout, stderr: "" });
const sorted = ({ stdout }: Finished): string[] => stdout.trimEnd().split("\n").sort();

/** What a running client has printed so far. */
function outputOf(child: ChildProcess): () => string {
  let text = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding("utf8").on("data", (more: string) => {
      text += more;
    });
  return () => text;
}

describe("supervisorctl", () => {
  let daemon: TestDaemon;
  const ctl = (...words: string[]): Promise<Finished> => daemon.ctl(...words);
  const pidOf = async (name: string): Promise<number> => (await daemon.info(name)).pid;

  beforeAll(async () => {
    daemon = await startDaemon(programs, withSupervisorctl);
    for (const name of ["cat", "talker", "sleeper:sleeper_01", "grp:gb"]) await daemon.reaches(name, "RUNNING");
  });
  afterAll(async () => {
    await daemon?.end();
  });

  test("status: a line per process, 3 when one of them does not run", async () => {
    const { code, stdout } = await ctl("status");
    const line = (name: string, state: string, pid = 0): RegExp =>
      state === "STOPPED"
        ? new RegExp(`^${name.padEnd(33)}STOPPED   Not started$`)
        : new RegExp(`^${name.padEnd(33)}${state.padEnd(10)}pid ${pid}, uptime 0:00:\\d\\d$`);
    const lines = stdout.trimEnd().split("\n");
    const expected = [
      line("cat", "RUNNING", await pidOf("cat")),
      line("grp:ga", "RUNNING", await pidOf("grp:ga")),
      line("grp:gb", "RUNNING", await pidOf("grp:gb")),
      line("manual", "STOPPED"),
      line("missing", "STOPPED"),
      line("plain", "STOPPED"),
      line("quick", "STOPPED"),
      line("sleeper:sleeper_00", "RUNNING", await pidOf("sleeper:sleeper_00")),
      line("sleeper:sleeper_01", "RUNNING", await pidOf("sleeper:sleeper_01")),
      line("talker", "RUNNING", await pidOf("talker")),
    ];
    expect(lines).toHaveLength(expected.length);
    for (const [index, pattern] of expected.entries()) expect(lines[index]).toMatch(pattern);
    expect(code).toBe(3);
    expect((await ctl("status", "cat", "grp:*")).code).toBe(0);
    expect(await ctl("status", "nosuch", "nosuch:*")).toEqual(
      printed("nosuch: ERROR (no such process)\nnosuch: ERROR (no such group)\n", 4),
    );
  });

  test("start, stop and restart: what was done, what was not and why", async () => {
    expect(await ctl("start", "manual")).toEqual(printed("manual: started\n"));
    const pid = await pidOf("manual");
    expect(alive(pid)).toBe(true);
    expect(await ctl("start", "manual")).toEqual(printed("manual: ERROR (already started)\n"));
    expect(await ctl("stop", "manual")).toEqual(printed("manual: stopped\n"));
    expect(alive(pid)).toBe(false);
    expect(await ctl("stop", "manual")).toEqual(printed("manual: ERROR (not running)\n"));
    expect(await ctl("start", "missing")).toEqual(printed("missing: ERROR (no such file)\n", 1));
    expect(await ctl("start", "plain")).toEqual(printed("plain: ERROR (file is not executable)\n", 1));
    expect(await ctl("start", "quick")).toEqual(printed("quick: ERROR (spawn error)\n", 7));
    expect(await ctl("start", "nosuch:*")).toEqual(printed("nosuch: ERROR (no such group)\n", 2));
    expect((await ctl("start")).code).toBe(2);
    const before = await pidOf("cat");
    expect(await ctl("restart", "cat")).toEqual(printed("cat: stopped\ncat: started\n"));
    expect(await pidOf("cat")).not.toBe(before);
    expect(alive(before)).toBe(false);
    expect(sorted(await ctl("restart", "grp:*"))).toEqual([
      "grp:ga: started",
      "grp:ga: stopped",
      "grp:gb: started",
      "grp:gb: stopped",
    ]);
    expect(sorted(await ctl("stop", "sleeper:", "grp:ga"))).toEqual([
      "grp:ga: stopped",
      "sleeper:sleeper_00: stopped",
      "sleeper:sleeper_01: stopped",
    ]);
    const all = await ctl("start", "all");
    expect(all.code).toBe(7);
    expect(sorted(all)).toEqual([
      "grp:ga: started",
      "manual: started",
      "missing: ERROR (no such file)",
      "plain: ERROR (file is not executable)",
      "quick: ERROR (spawn error)",
      "sleeper:sleeper_00: started",
      "sleeper:sleeper_01: started",
    ]);
    expect(await ctl("stop", "manual")).toEqual(printed("manual: stopped\n"));
  });

  test("pid: the daemon's, a process's, everybody's", async () => {
    expect(await ctl("pid")).toEqual(printed(`${daemon.pid}\n`));
    expect(await ctl("pid", "cat")).toEqual(printed(`${await pidOf("cat")}\n`));
    expect(await ctl("pid", "manual")).toEqual(printed("0\n", 7));
    expect(await ctl("pid", "nosuch")).toEqual(printed("No such process nosuch\n", 1));
    const names = ["cat", "grp:ga", "grp:gb", "manual", "missing", "plain", "quick"];
    names.push("sleeper:sleeper_00", "sleeper:sleeper_01", "talker");
    const pids = await Promise.all(names.map(pidOf));
    expect(await ctl("pid", "all")).toEqual(printed(`${pids.join("\n")}\n`));
  });

  test("signal: is felt by the process", async () => {
    await until("the trap is set", () => daemon.rpc("supervisor.readProcessStdoutLog", "talker", 0, 0));
    expect(await ctl("signal", "USR1", "talker")).toEqual(printed("talker: signalled\n"));
    await until("the signal is felt", async () =>
      String(await daemon.rpc("supervisor.readProcessStdoutLog", "talker", 0, 0)).includes("got USR1"),
    );
    // One word with a blank in it is how Ansible sends it.
    expect(await ctl("signal CONT", "cat")).toEqual(printed("cat: signalled\n"));
    expect(sorted(await ctl("signal", "0", "grp:*"))).toEqual(["grp:ga: signalled", "grp:gb: signalled"]);
    expect(await ctl("signal", "NOPE", "cat")).toEqual(printed("cat: ERROR (bad signal name)\n", 1));
    expect(await ctl("signal", "HUP", "manual")).toEqual(printed("manual: ERROR (not running)\n", 7));
  });

  test("tail and clear: the end of a log, of both channels, and none of it any more", async () => {
    expect(await ctl("tail", "talker")).toEqual(printed("out one\ngot USR1\n\n"));
    expect(await ctl("tail", "talker", "stderr")).toEqual(printed("err one\n\n"));
    expect(await ctl("tail", "-5", "talker")).toEqual(printed("USR1\n\n"));
    expect(await ctl("tail", "nosuch")).toEqual(printed("nosuch: ERROR (no such process name)\n", 1));
    expect(await ctl("tail", "talker", "bogus")).toEqual(printed("Error: bad channel 'bogus'\n", 1));
    expect(await ctl("clear", "talker")).toEqual(printed("talker: cleared\n"));
    expect(await ctl("tail", "talker")).toEqual(printed("\n"));
    expect(await ctl("clear", "nosuch")).toEqual(printed("nosuch: ERROR (no such process)\n", 1));
    expect(sorted(await ctl("clear", "all"))).toHaveLength(10);
  });

  test("tail -f: what is there, then what comes, also what is not English", async () => {
    await daemon.rpc("supervisor.sendProcessStdin", "cat", "already there\n");
    await until("it is logged", () => daemon.read("cat.log") === "already there\n");
    const tail = daemon.ctlInBackground("tail", "-f", "cat");
    const seen = outputOf(tail);
    await until("what was there", () => seen() === "==> Press Ctrl-C to exit <==\nalready there\n");
    await daemon.rpc("supervisor.sendProcessStdin", "cat", "grüße €\n");
    await until("what came", () => seen() === "==> Press Ctrl-C to exit <==\nalready there\ngrüße €\n");
    tail.kill("SIGINT");
    await until("it has ended", () => tail.exitCode !== null || tail.signalCode !== null);
  });

  test("maintail, and maintail -f", async () => {
    const { code, stdout } = await ctl("maintail");
    expect(code).toBe(0);
    expect(daemon.log.endsWith(stdout.slice(0, -1))).toBe(true);
    expect(stdout).toHaveLength(1601);
    expect(await ctl("maintail", "-20")).toEqual(printed(`${daemon.log.slice(-20)}\n`));
    const tail = daemon.ctlInBackground("maintail", "-f");
    const seen = outputOf(tail);
    await until("the past", () => seen().startsWith("==> Press Ctrl-C to exit <==\n") && seen().length > 1000);
    await daemon.rpc("supervisor.startProcess", "manual");
    await until("the present", () => /INFO success: manual entered RUNNING state.*\n$/.test(seen()));
    await daemon.rpc("supervisor.stopProcess", "manual");
    tail.kill("SIGINT");
    await until("it has ended", () => tail.exitCode !== null || tail.signalCode !== null);
  });

  test("fg: sends lines to the process and shows what it says", async () => {
    expect(await ctl("clear", "cat")).toEqual(printed("cat: cleared\n"));
    const fg = daemon.ctlInBackground("fg", "cat");
    const seen = outputOf(fg);
    await until("it is connected", () => seen().startsWith("==> Press Ctrl-C to exit <==\n"));
    fg.stdin?.write("hello\n");
    await until("its answer", () => seen() === "==> Press Ctrl-C to exit <==\nhello\n");
    fg.stdin?.write("there\n");
    await until("its next answer", () => seen().endsWith("hello\nthere\n"));
    fg.stdin?.end();
    await until("it leaves", () => seen().endsWith("there\nExiting foreground\n"));
    fg.kill();
    expect(await ctl("fg", "manual")).toEqual(printed("ERROR: process not running\n", 1));
    expect(await ctl("fg", "nosuch")).toEqual(printed("ERROR: bad process name supplied\n", 1));
  });

  test("version, avail, open and help", async () => {
    expect(await ctl("version")).toEqual(printed("4.2.5\n"));
    const avail = await ctl("avail");
    expect(avail.stdout.split("\n").slice(0, 4)).toEqual([
      "cat                              in use    auto      999:999",
      "grp:ga                           in use    auto      5:999",
      "grp:gb                           in use    auto      5:999",
      "manual                           in use    manual    999:999",
    ]);
    const opened = await ctl("open", `unix://${daemon.path("s.sock")}`);
    expect(opened.stdout).toMatch(/^cat +RUNNING +pid \d+, uptime /);
    expect(await ctl("open", "foo")).toEqual(printed("ERROR: url must be http:// or unix://\n", 1));
    expect((await ctl("help")).stdout).toContain("default commands (type help <topic>):");
    expect((await ctl("quit")).code).toBe(0);
    expect((await ctl("exit")).code).toBe(0);
    expect(await ctl("bogus")).toEqual(printed("*** Unknown syntax: bogus\n", 1));
  });

  test("the shell: status first, then line by line, and a question before what cannot be undone", async () => {
    const shell = daemon.ctlInBackground();
    const seen = outputOf(shell);
    shell.stdin?.end("pid\nshutdown\nn\nstatus cat\nquit\n");
    await until("it has ended", () => shell.exitCode !== null);
    expect(shell.exitCode).toBe(0);
    expect(seen()).toMatch(/^cat +RUNNING /);
    const asked = `supervisor> ${daemon.pid}\nsupervisor> Really shut the remote supervisord process down y/N? `;
    expect(seen()).toContain(`${asked}supervisor> cat                              RUNNING   pid `);
    expect((await daemon.rpc("supervisor.getState")) as object).toEqual({ statecode: 1, statename: "RUNNING" });
  });

  test("reread, update, add and remove: only what changed is touched", async () => {
    const kept = await pidOf("cat");
    const talker = await pidOf("talker");
    expect(await ctl("reread")).toEqual(printed("No config updates to processes\n"));
    expect(await ctl("update")).toEqual(printed(""));
    const changed = programs
      .replace(/\[program:sleeper\][^[]*/, "")
      .replace("echo out one", "echo out two")
      .concat("[program:fresh]\ncommand=/bin/sleep 1000\nstartsecs=0\n");
    writeFileSync(daemon.file, iniFile(changed));
    expect(await ctl("reread")).toEqual(printed("fresh: available\nsleeper: disappeared\ntalker: changed\n"));
    expect(await ctl("add", "cat")).toEqual(printed("ERROR: process group already active\n"));
    expect(await ctl("remove", "cat")).toEqual(printed("ERROR: process/group still running: cat\n", 1));
    expect(await ctl("update")).toEqual(
      printed(
        "sleeper: stopped\nsleeper: removed process group\n" +
          "talker: stopped\ntalker: updated process group\n" +
          "fresh: added process group\n",
      ),
    );
    expect(await pidOf("cat")).toBe(kept);
    expect(await pidOf("talker")).not.toBe(talker);
    expect((await daemon.info("fresh")).statename).toBe("RUNNING");
    expect(await ctl("status", "sleeper:*")).toEqual(printed("sleeper: ERROR (no such group)\n", 4));
    expect(await ctl("stop", "fresh")).toEqual(printed("fresh: stopped\n"));
    expect(await ctl("remove", "fresh")).toEqual(printed("fresh: removed process group\n"));
    expect(await ctl("add", "fresh")).toEqual(printed("fresh: added process group\n"));
    expect(await ctl("add", "nosuch")).toEqual(printed("ERROR: no such process/group: nosuch\n", 1));
    writeFileSync(daemon.file, iniFile(`${changed}[program:bad]\nautostart=perhaps\n`));
    const refused = await ctl("reread");
    expect(refused.stdout).toMatch(/^ERROR: CANT_REREAD: .*program:bad/);
    expect(refused.code).toBe(1);
    expect(await pidOf("cat")).toBe(kept);
    writeFileSync(daemon.file, iniFile(programs));
  });

  test("reload: everything anew in the same daemon", async () => {
    const before = await pidOf("cat");
    expect(await ctl("reload")).toEqual(printed("Restarted supervisord\n"));
    const pid = await until("cat is new", async () => {
      const now = await daemon.info("cat");
      return now.statename === "RUNNING" && now.pid !== before && now.pid;
    });
    expect(await ctl("pid", "cat")).toEqual(printed(`${pid}\n`));
    expect(await ctl("pid")).toEqual(printed(`${daemon.pid}\n`));
  });

  test("shutdown: the daemon ends, and the next command says so", async () => {
    expect(await ctl("shutdown")).toEqual(printed("Shut down\n"));
    expect(await daemon.over()).toEqual({ code: 0, signal: null });
    expect(await ctl("status")).toEqual(printed(`unix://${daemon.path("s.sock")} no such file\n`, 4));
    expect(await ctl("start", "cat")).toEqual(printed(`unix://${daemon.path("s.sock")} no such file\n`, 7));
  });
});

test("supervisorctl over TCP with a name and a password, and without them", async () => {
  const port = await freePort();
  await using daemon = await startDaemon(
    `[inet_http_server]
port=127.0.0.1:${port}
username=admin
password={SHA}82ab876d1387bfafe46cc1c8a2ef074eae50cb1d
[program:a]
command=/bin/sleep 1000
startsecs=0`,
    withSupervisorctl,
  );
  const pid = await daemon.reaches("a", "RUNNING");
  const server = ["-s", `http://127.0.0.1:${port}`];
  // The password of the list is the SHA-1 of this one.
  const known = await daemon.ctl(...server, "-u", "admin", "-p", "thepassword", "pid", "a");
  expect(known).toEqual(printed(`${pid}\n`));
  const unknown = await daemon.ctl(...server, "-u", "admin", "-p", "wrong", "pid", "a");
  expect(unknown.stdout).toMatch(/^Server requires authentication\nerror: .*ProtocolError.*401 Unauthorized/);
  expect(unknown.code).toBe(1);
});
