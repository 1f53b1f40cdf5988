import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { user } from "../../src/system/accounts.ts";
import { keepToOurselves } from "../../src/system/inherited.ts";
import { closeFd, resourceLimit, resources, type WaitStatus } from "../../src/system/libc.ts";
import { type Reaper, startReaper } from "../../src/system/reaper.ts";
import { type SpawnRequest, spawnChild } from "../../src/system/spawner.ts";

const folder = mkdtempSync(join(tmpdir(), "spawner-"));
const orphans: number[] = [];
let reaper: Reaper;
beforeAll(() => {
  keepToOurselves();
  reaper = startReaper((pid) => orphans.push(pid));
});
afterAll(() => reaper.stop());

/** Runs a child to its end; everything it wrote. */
async function run(request: Partial<SpawnRequest>) {
  const spawned = spawnChild({
    file: "/bin/sh",
    argv: ["sh"],
    environment: { PATH: "/usr/bin:/bin" },
    directory: null,
    umask: null,
    uid: null,
    softFiles: null,
    readyFd: null,
    limits: null,
    stdin: null,
    redirectStderr: false,
    ...request,
  });
  if (!spawned.ok) return { spawned, stdout: "", stderr: "", status: null };
  const status = await new Promise<WaitStatus>((resolve) => reaper.expect(spawned.pid, resolve));
  if (spawned.stdin !== null) closeFd(spawned.stdin);
  return {
    spawned,
    stdout: drain(spawned.stdout),
    stderr: spawned.stderr === null ? "" : drain(spawned.stderr),
    status,
  };
}
const sh = (script: string, rest: Partial<SpawnRequest> = {}) => run({ argv: ["sh", "-c", script], ...rest });

function drain(fd: number): string {
  const chunk = Buffer.alloc(65_536);
  let text = "";
  for (let n = readSync(fd, chunk); n > 0; n = readSync(fd, chunk)) text += chunk.toString("utf8", 0, n);
  closeFd(fd);
  return text;
}

test("exit codes and deaths by signal are told", async () => {
  expect((await sh("exit 3")).status).toEqual({ code: 3, signal: null, core: false });
  expect((await sh("kill -9 $$")).status).toEqual({ code: null, signal: 9, core: false });
});

test("0 to 2 are pipes and nothing else is inherited", async () => {
  openSync("/dev/null", "r");
  const { stdout } = await sh("ls -l /proc/self/fd | grep -o '[0-9]* -> [a-z/]*'");
  expect(stdout).toMatch(/^0 -> pipe\n1 -> pipe\n2 -> pipe\n3 -> \/proc\/\n$/);
});

test("stdout and stderr can be opened again by name, as nginx and php-fpm do", async () => {
  const { stdout, stderr } = await sh("echo out > /dev/stdout; echo err > /dev/stderr");
  expect([stdout, stderr]).toEqual(["out\n", "err\n"]);
});

test("stderr can go where stdout goes", async () => {
  const { spawned, stdout } = await sh("echo one; echo two >&2; echo three", { redirectStderr: true });
  expect(spawned).toMatchObject({ stderr: null });
  expect(stdout).toBe("one\ntwo\nthree\n");
});

test("the child leads a process group of its own in our session, with default signals and an empty mask", async () => {
  const { stdout } = await sh("cut -d' ' -f1,5,6 /proc/$$/stat; exec grep -E 'Sig(Blk|Ign)' /proc/self/status");
  const [pid, group, session] = (stdout.split("\n")[0] as string).split(" ");
  expect(group).toBe(pid);
  expect(session).toBe(readFileSync("/proc/self/stat", "utf8").split(" ")[5]);
  expect(stdout).toMatch(/SigBlk:\s0{16}\nSigIgn:\s0{16}\n/);
});

test("words and variables are the child's own, however many and long those of the child before were", async () => {
  const long = "é".repeat(30_000);
  const many = Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`V${n}`, n === 299 ? long : ""]));
  const before = await run({
    argv: ["sh", "-c", 'echo "$#"; printenv V299; printenv | grep -c ^V', "sh", ...Object.keys(many)],
    environment: { ...many, PATH: "/usr/bin:/bin" },
  });
  expect(before.stdout).toBe(`300\n${long}\n300\n`);
  const after = await run({ argv: ["sh", "-c", 'echo "$#"; /usr/bin/printenv'], environment: { A: "", B: "two" } });
  expect(after.stdout.replace(/^(PWD|OLDPWD|SHLVL|_)=.*\n/gm, "")).toBe("0\nA=\nB=two\n");
});

test("environment, directory and umask are as asked, and ours stay as they were", async () => {
  const before = process.umask();
  const { stdout } = await sh('echo "$A|$B|$HOME"; pwd; umask', {
    environment: { A: "two words", B: "é=ü" },
    directory: "/usr",
    umask: 0o077,
  });
  expect(stdout).toBe("two words|é=ü|\n/usr\n0077\n");
  expect(process.umask()).toBe(before);
});

test("argv[0] stays as written", async () => {
  const { stdout } = await run({ file: "/bin/cat", argv: ["kitten", "/proc/self/cmdline"] });
  expect(stdout).toBe("kitten\0/proc/self/cmdline\0");
});

test("children start with the soft limit of open files they are meant to have", async () => {
  const { stdout } = await sh("ulimit -Sn", { softFiles: 777 });
  expect(stdout).toBe("777\n");
  expect(resourceLimit(0, resources.RLIMIT_NOFILE).soft).not.toBe(777);
});

test("as another user, with its primary and all its supplementary groups, if we may", async () => {
  const uid = user("nobody")?.uid ?? -1;
  const { stdout, stderr, status } = await sh("id -u; id -g; id -G; ps -o pgid= -p $$ | tr -d ' '; echo $$", { uid });
  if (process.getuid?.() === 0) {
    const [id, gid, all, group, pid] = stdout.split("\n");
    expect([id, gid, all]).toEqual(["65534", "65534", "65534"]);
    expect(group).toBe(pid);
  } else {
    expect(status).toMatchObject({ code: 127 });
    expect(stderr).toContain(`couldn't setuid to ${uid}: Can't drop privilege as nonroot user`);
  }
});

test.each([
  [{ directory: "/no/such/dir" }, "couldn't chdir to /no/such/dir: ENOENT"],
  [{ directory: "/etc/passwd" }, "couldn't chdir to /etc/passwd: ENOTDIR"],
  [{ file: "/no/such/program", argv: ["program"] }, "couldn't exec program: ENOENT"],
])("%j ends a child with 127 and the reason on its stderr", async (request, why) => {
  const { stderr, status } = await run(request);
  expect(stderr).toBe(`supervisor: ${why}\nsupervisor: child process was not spawned\n`);
  expect(status).toEqual({ code: 127, signal: null, core: false });
});

test("a file that is no program is not given to a shell", async () => {
  const file = join(folder, "text");
  writeFileSync(file, "echo never\n");
  chmodSync(file, 0o755);
  const { stdout, stderr } = await run({ file, argv: [file] });
  expect(stdout).toBe("");
  expect(stderr).toBe(`supervisor: couldn't exec ${file}: ENOEXEC\nsupervisor: child process was not spawned\n`);
});

test("with no descriptors left there is no child, no leak, and the reason", async () => {
  const { hard, soft } = resourceLimit(0, resources.RLIMIT_NOFILE);
  const opened = openSync("/dev/null", "r");
  closeFd(opened);
  resourceLimit(0, resources.RLIMIT_NOFILE, { soft: opened + 3, hard });
  try {
    expect((await run({})).spawned).toEqual({ ok: false, at: "pipes", code: "EMFILE" });
  } finally {
    resourceLimit(0, resources.RLIMIT_NOFILE, { soft, hard });
  }
  const again = openSync("/dev/null", "r");
  closeFd(again);
  expect(again).toBe(opened);
});

test("orphans are reaped and told", async () => {
  const { stdout } = await sh("(sh -c 'echo $$; exec sleep 0.1' &)");
  const orphan = Number(stdout);
  const deadline = Date.now() + 5000;
  while (!orphans.includes(orphan) && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20));
  expect(orphans).toContain(orphan);
  expect(existsSync(`/proc/${orphan}`)).toBe(false);
});

test("another user enters its directory and executes its program as that user, and is told what it may not", async () => {
  const secret = join(folder, "secret");
  mkdirSync(join(secret, "open"), { recursive: true, mode: 0o755 });
  const program = join(secret, "open", "program");
  writeFileSync(program, '#!/bin/sh\npwd; echo "$@"\n', { mode: 0o755 });
  chmodSync(folder, 0o755);
  const started = (more: Partial<SpawnRequest>) =>
    run({ uid: 65_534, file: program, argv: ["program", "a b", "-c"], ...more });
  const unfit = { code: 127, signal: null, core: false };
  const denied = (what: string) => `supervisor: couldn't ${what}: EACCES\nsupervisor: child process was not spawned\n`;

  chmodSync(secret, 0o700);
  expect(await started({})).toMatchObject({ status: unfit, stderr: denied("exec program") });
  const open = join(secret, "open");
  const inside = await started({ directory: open, file: "/bin/pwd", argv: ["pwd"] });
  expect(inside).toMatchObject({ status: unfit, stdout: "", stderr: denied(`chdir to ${open}`) });

  chmodSync(secret, 0o711);
  const { stdout, stderr } = await started({ directory: open, argv: [program, "a b", "-c"] });
  expect([stdout, stderr]).toEqual([`${open}\na b -c\n`, ""]);
});
