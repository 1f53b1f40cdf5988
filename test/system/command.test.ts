import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { groups, user } from "../../src/system/accounts.ts";
import { type Command, type CommandResult, runCommand } from "../../src/system/command.ts";
import { closeFd, type WaitStatus } from "../../src/system/libc.ts";
import { type Reaper, startReaper } from "../../src/system/reaper.ts";
import { spawnChild } from "../../src/system/spawner.ts";
import { alive, descriptors } from "../helpers/processes.ts";
import { until } from "../helpers/until.ts";

const folder = mkdtempSync(join(tmpdir(), "command-"));
const orphans: number[] = [];
let reaper: Reaper;
beforeAll(() => {
  reaper = startReaper((pid) => orphans.push(pid));
});
afterAll(() => {
  reaper.stop();
  rmSync(folder, { recursive: true, force: true });
});

const run = (words: readonly string[], rest: Partial<Command> = {}): Promise<CommandResult> =>
  runCommand({
    words,
    environment: { PATH: "/usr/bin:/bin" },
    directory: null,
    user: null,
    timeoutMs: 10_000,
    maxOutputBytes: 4096,
    signal: new AbortController().signal,
    ...rest,
  });
const sh = (script: string, rest: Partial<Command> = {}) => run(["sh", "-c", script], rest);

describe("a command that ends by itself", () => {
  test("passes with 0, fails with anything else, and what it wrote is told in order", async () => {
    expect(await sh("echo one; echo two >&2; echo three")).toEqual({
      outcome: "passed",
      exit: { code: 0, signal: null, core: false },
      output: "one\ntwo\nthree\n",
    });
    expect(await sh("exit 3")).toMatchObject({ outcome: "failed", exit: { code: 3 } });
    expect(await sh("kill -9 $$")).toMatchObject({ outcome: "failed", exit: { code: null, signal: 9 } });
  });

  test("can open its own output by name, and reads nothing", async () => {
    const { outcome, output } = await sh("echo a > /dev/stdout; echo b > /dev/stderr; cat; readlink /proc/self/fd/0");
    expect({ outcome, output }).toEqual({ outcome: "passed", output: "a\nb\n/dev/null\n" });
  });

  test("gets its environment only, its directory, its umask, its own name and default signals", async () => {
    process.once("SIGUSR2", () => {});
    const script = `pwd; umask; echo "$0"; env | grep -v -e ^PWD -e ^OLDPWD -e ^_= | sort; grep -E 'Sig(Blk|Ign)' /proc/self/status`;
    const { output } = await run(["sh", "-c", script], {
      environment: { PATH: "/usr/bin:/bin", A: "1" },
      directory: folder,
      umask: 0o27,
    });
    expect(output).toBe(
      `${folder}\n0027\nsh\nA=1\nPATH=/usr/bin:/bin\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n`,
    );
  });

  test("keeps the end of a long output, and little memory", async () => {
    const { outcome, output } = await sh("seq 1 2000000; echo last", { maxOutputBytes: 16 });
    expect({ outcome, output }).toEqual({ outcome: "passed", output: "999\n2000000\nlast\n".slice(-16) });
  });

  test("is not waited for longer because a descendant holds its output open", async () => {
    const before = performance.now();
    const { outcome, output } = await sh(`setsid sleep 5 & echo $! > ${folder}/escaped; echo done`);
    expect({ outcome, output }).toEqual({ outcome: "passed", output: "done\n" });
    expect(performance.now() - before).toBeLessThan(3000);
    process.kill(Number(readFileSync(join(folder, "escaped"), "utf8")), "SIGKILL");
  });

  test("leaves nothing of its group running", async () => {
    const { output } = await sh("sleep 60 & echo $!");
    await until("the background command is gone", () => !alive(Number(output)));
  });
});

describe("a command that does not end", () => {
  test("is killed at its deadline with all of its group", async () => {
    const before = performance.now();
    const { outcome, exit, output } = await sh("trap '' TERM INT; echo $$; sleep 60 & echo $!; wait; sleep 60", {
      timeoutMs: 200,
    });
    expect({ outcome, exit }).toEqual({ outcome: "timedOut", exit: { code: null, signal: 9, core: false } });
    expect(performance.now() - before).toBeLessThan(2000);
    const pids = output.trim().split("\n").map(Number);
    expect(pids).toHaveLength(2);
    await until("both are gone", () => pids.every((pid) => !alive(pid)));
  });

  test("is killed when nobody wants its answer any more", async () => {
    const abort = new AbortController();
    const ended = sh("sleep 60", { signal: abort.signal });
    abort.abort();
    expect(await ended).toMatchObject({ outcome: "aborted" });
    expect(await sh("echo never", { signal: abort.signal })).toEqual({ outcome: "aborted", exit: null, output: "" });
  });

  test("cannot make the daemon remember what it floods", async () => {
    const before = process.memoryUsage.rss();
    const { outcome, output } = await run(["yes"], { timeoutMs: 300, maxOutputBytes: 100 });
    expect(outcome).toBe("timedOut");
    expect(output).toHaveLength(100);
    expect(process.memoryUsage.rss() - before).toBeLessThan(100 * 1024 * 1024);
  });
});

describe("a command that cannot be run", () => {
  test.each([
    [["no-such-command"], null, "can't find command 'no-such-command'"],
    [["/etc/passwd"], null, "command at '/etc/passwd' is not executable"],
    [["sh"], "/no/such", "cannot run sh in /no/such: no such directory"],
    [[], null, "command is empty"],
    [["sh", "-c", "a\0b"], null, /null bytes/],
  ])("%j in %s is missing, with the reason", async (words, directory, why) => {
    const { outcome, exit, output } = await run(words, { directory });
    expect({ outcome, exit }).toEqual({ outcome: "missing", exit: null });
    expect(output).toMatch(why);
  });

  test("leaves no descriptor open", async () => {
    await run(["no-such-command"]);
    const before = descriptors(process.pid).length;
    for (let n = 0; n < 5; n++)
      await Promise.all([run(["sh"], { directory: "/no/such" }), run(["true"]), run(["true", "\0"])]);
    await until("every pipe is closed", () => descriptors(process.pid).length <= before);
  });
});

describe.runIf(process.geteuid?.() === 0)("as another user", () => {
  test("a command has that user's groups, all of them, and no privilege", async () => {
    const daemon = user("daemon");
    if (daemon === null) throw new Error("no user called daemon");
    const { output } = await sh("id -u; id -g; id -G; cat /etc/shadow", { user: daemon.uid });
    const all = groups(daemon).join(" ");
    expect(output).toMatch(new RegExp(`^${daemon.uid}\n${daemon.gid}\n${all}\ncat: /etc/shadow: Permission denied\n$`));
  });

  test("a user that does not exist runs nothing", async () => {
    expect(await sh("id", { user: 54_321 })).toEqual({
      outcome: "missing",
      exit: null,
      output: "cannot run as uid 54321: Can't find uid 54321",
    });
  });
});

test("Node's own children and ours are all told to have ended, whoever dies first, under load", async () => {
  const before = orphans.length;
  const script = "exit $(($$ % 7))";
  const ours = Array.from({ length: 150 }, async () => {
    const spawned = spawnChild({
      file: "/bin/sh",
      argv: ["sh", "-c", script],
      environment: {},
      directory: null,
      umask: null,
      uid: null,
      softFiles: null,
      readyFd: null,
      limits: null,
      stdin: null,
      redirectStderr: true,
    });
    if (!spawned.ok) throw new Error(spawned.code);
    const status = await new Promise<WaitStatus>((resolve) => reaper.expect(spawned.pid, resolve));
    closeFd(spawned.stdout);
    if (spawned.stdin !== null) closeFd(spawned.stdin);
    return status.code === spawned.pid % 7;
  });
  const theirs = Array.from({ length: 200 }, () => sh(`echo $$; ${script}`));
  const strangers = Array.from({ length: 50 }, () => promisify(execFile)("sh", ["-c", "sleep 0.05 & echo hi"]));
  for (const { exit, output } of await Promise.all(theirs)) expect(exit?.code).toBe(Number(output) % 7);
  expect(await Promise.all(ours)).not.toContain(false);
  expect(await Promise.all(strangers)).toHaveLength(50);
  // The 50 that were left in the background came to us when their parents had gone.
  await until("the orphans are reaped", () => orphans.length >= before + 50);
}, 30_000);
