/**
 * The single executable, dist/spaced: all programs by their names, in places where nothing can be written, by users
 * that nobody knows, and without the tools of an image.
 */
import { copyFileSync, linkSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Binaries, iniFile, newDirectory, root, run, startDaemon } from "../helpers/daemon.ts";
import { alive, killAllWith, markerName } from "../helpers/processes.ts";
import { until } from "../helpers/until.ts";

const isRoot = process.getuid?.() === 0;
const names = ["spacectl", "supervisord", "supervisorctl", "echo_supervisord_conf", "pidproxy"];
let directory: string;
let binaries: Binaries;

beforeAll(async () => {
  const built = await run([process.execPath, "scripts/binary.ts"], { cwd: root });
  expect(built).toMatchObject({ code: 0, stderr: "" });
  directory = newDirectory();
  copyFileSync(join(root, "dist/spaced"), join(directory, "spaced"));
  for (const name of names) symlinkSync("spaced", join(directory, name));
  binaries = { daemon: [join(directory, "spaced")], ctl: [join(directory, "spacectl")] };
}, 60_000);
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe("acts by the name it is called by", () => {
  const called = (name: string, ...words: string[]) => run([join(directory, name), ...words], { cwd: "/" });

  test("through symlinks", async () => {
    expect((await called("spaced", "--version")).stdout).toBe("0.1.0\n");
    expect((await called("supervisord", "--version")).stdout).toBe("4.2.5\n");
    expect((await called("spacectl", "-h")).stdout).toMatch(/^spacectl: /);
    expect((await called("supervisorctl", "-h")).stdout).toMatch(/^supervisorctl: /);
    expect((await called("echo_supervisord_conf")).stdout).toContain("[supervisord]");
    expect((await called("pidproxy")).stdout).toContain("Usage: pidproxy ");
  });

  test("through hard links, symlinks to symlinks, and by its name on PATH", async () => {
    const folder = join(directory, "other names");
    mkdirSync(folder);
    linkSync(join(directory, "spaced"), join(folder, "supervisorctl"));
    symlinkSync("../supervisord", join(folder, "supervisord"));
    const env = { PATH: `/nowhere:${folder}:${process.env.PATH}` };
    expect((await run([join(folder, "supervisorctl"), "-h"])).stdout).toMatch(/^supervisorctl: /);
    expect((await run(["sh", "-c", "supervisord --version"], { env })).stdout).toBe("4.2.5\n");
    // The list that belongs to the folder it was found in.
    mkdirSync(join(directory, "etc"));
    writeFileSync(join(directory, "etc/supervisord.conf"), "[supervisorctl]\nserverurl=unix:///nowhere/its.sock\n");
    const status = await run(["sh", "-c", "supervisorctl status"], { env, cwd: "/" });
    expect(status.stdout).toBe("unix:///nowhere/its.sock no such file\n");
    rmSync(join(directory, "etc"), { recursive: true });
  });

  test("as a program that evaluates a file for import, in CommonJS and as a module", async () => {
    const [old, young] = [join(directory, "old.config.js"), join(directory, "young.config.mjs")];
    writeFileSync(old, "console.log('noise'); module.exports = { apps: [{ name: 'old', script: 'a.js' }] };");
    writeFileSync(young, "const name = await Promise.resolve('young'); export default { name, script: 'a.js' };");
    for (const [name, file] of [
      ["old", old],
      ["young", young],
    ] as const) {
      const imported = await called("spacectl", "import", "pm2", "--allow-exec", file);
      expect(imported).toMatchObject({ code: 0, stdout: expect.stringContaining(`\n  ${name}:\n`) });
    }
    writeFileSync(old, "throw new Error('no database')");
    const thrown = await called("spacectl", "import", "pm2", "--allow-exec", old);
    expect(thrown).toMatchObject({ code: 1, stdout: "" });
    expect(thrown.stderr).toContain("Error: no database");
  });

  test("with none of Node's options, neither from the environment nor from the command line", async () => {
    const env = { ...process.env, NODE_OPTIONS: "--no-such-option" };
    expect(await run([join(directory, "spaced"), "-v"], { env })).toMatchObject({ code: 0, stdout: "0.1.0\n" });
    const refused = await called("spaced", "--eval=1");
    expect(refused).toMatchObject({ code: 2, stdout: "" });
    expect(refused.stderr).toContain("option --eval not recognized");
  });
});

test("gives children the soft limit of open files that it was started with, and takes all for itself", async () => {
  await using daemon = await startDaemon(
    "[program:a]\ncommand=/bin/sh -c 'ulimit -Sn; ulimit -Hn; env; exec sleep 1000'\nstdout_logfile=%(here)s/a.log\n",
    { binaries, wrap: ["prlimit", "--nofile=3000:8000"] },
  );
  await until("the program has told", () => daemon.read("a.log").includes("PATH="));
  expect(daemon.read("a.log")).toMatch(/^3000\n8000\n/);
  expect(daemon.read("a.log")).not.toMatch(/^(SPACED_(LAUNCHER|SOFT|THREADS)|UV_THREADPOOL_SIZE)/m);
  expect(readFileSync(`/proc/${daemon.pid}/limits`, "utf8")).toMatch(/^Max open files +8000 +8000 /m);
});

test("writes floods with its thread, reads YAML, and has the web page", async () => {
  const mib = 300;
  const directory = newDirectory();
  const file = join(directory, "s.yaml");
  writeFileSync(
    file,
    `unix_http_server: { file: "%(here)s/s.sock" }
supervisord: { logfile: "%(here)s/s.log", pidfile: "%(here)s/s.pid", loglevel: info }
programs:
  flood:
    command: [head, -c, ${mib}M, /dev/zero]
    autorestart: false
    startsecs: 0
    stdout: { logfile: "%(here)s/flood.log", logfile_maxbytes: 0 }
`,
  );
  await using daemon = await startDaemon("", {
    binaries,
    directory,
    existing: { file, socket: join(directory, "s.sock"), log: join(directory, "s.log") },
  });
  await daemon.reaches("flood", "EXITED", 30_000);
  expect(statSync(daemon.path("flood.log")).size).toBe(mib * 2 ** 20);
  const page = await run(["curl", "-sS", "--unix-socket", daemon.path("s.sock"), "http://localhost/"]);
  expect(page.stdout).toContain("<html");
  expect(page.stdout).toContain("flood");
  rmSync(directory, { recursive: true, force: true });
});

test("goes into the background", async () => {
  const folder = newDirectory();
  const env = { ...process.env, [markerName]: folder };
  try {
    writeFileSync(join(folder, "s.conf"), iniFile("[program:a]\ncommand=sleep 1000\nstartsecs=0\n"));
    const started = await run([...binaries.daemon, "-c", join(folder, "s.conf")], { cwd: "/", env });
    expect(started).toEqual({ code: 0, stdout: "", stderr: "" });
    const pid = Number(readFileSync(join(folder, "s.pid"), "utf8"));
    const status = await run([...binaries.ctl, "-c", join(folder, "s.conf"), "status"], { env });
    expect(status.stdout).toMatch(/^a +RUNNING/);
    process.kill(pid, "SIGTERM");
    await until("the daemon has ended", () => !alive(pid));
  } finally {
    killAllWith(folder);
    rmSync(folder, { recursive: true, force: true });
  }
});

describe.skipIf(!isRoot)("in an image of its own", () => {
  const unshared = ["unshare", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child", "sh", "-c"];

  test("runs where nothing but its own folder can be written, as a user that nobody knows", async () => {
    const folder = newDirectory();
    const script = `set -e; chown 12345:12345 "$1"; mount --bind "$1" "$1"
      mountpoint -q /tmp && mount -o remount,bind,ro /tmp
      mount -o remount,bind,ro /; shift
      ! touch /tmp/x 2>/dev/null
      exec setpriv --reuid=12345 --regid=12345 --clear-groups "$@"`;
    await using daemon = await startDaemon(
      "[program:a]\ncommand=/bin/sh -c 'id -u; touch /tmp/x; exec sleep 1000'\nredirect_stderr=true\nstdout_logfile=%(here)s/a.log\n",
      { binaries, directory: folder, wrap: [...unshared, script, "sh", folder] },
    );
    await daemon.reaches("a", "RUNNING");
    expect(daemon.read("a.log")).toMatch(/^12345\n.*Read-only file system/);
    expect(await daemon.rpc("supervisor.getPID")).toBe(1);
    expect((await daemon.ctl("status")).stdout).toMatch(/^a +RUNNING/);
    expect(daemon.stderr).toBe("");
    daemon.signal("SIGTERM");
    expect(await daemon.over()).toEqual({ code: 0, signal: null });
    rmSync(folder, { recursive: true, force: true });
  });

  test("needs no libraries but those of C, C++ and the compiler's support", async () => {
    const folder = newDirectory();
    const image = newDirectory();
    const program = join(directory, "spaced");
    // Of what the dynamic linker would take here, what images of distributions have.
    const known = /^(ld-linux-.*|lib(c|dl|m|pthread)\.so\.\d+|libstdc\+\+\.so\.6|libgcc_s\.so\.1)$/;
    const { stdout } = await run(["ldd", program]);
    const libraries = [...stdout.matchAll(/(\/\S+) \(0x/g)].map(([, path = ""]) => path);
    for (const path of [program, "/bin/sleep", ...libraries.filter((each) => known.test(basename(each)))]) {
      mkdirSync(join(image, dirname(path)), { recursive: true });
      copyFileSync(path, join(image, path));
    }
    const script = `set -e; image=$1; folder=$2; shift 2; mkdir -p "$image$folder" "$image/proc"
      mount --bind "$folder" "$image$folder"; mount -t proc proc "$image/proc"; exec chroot "$image" "$@"`;
    await using daemon = await startDaemon(
      `[program:a]\ncommand=/bin/sleep 1000\nstartsecs=0\n[program:self]\ncommand=${program} --version\nstartsecs=0\nautorestart=false\n`,
      { binaries, directory: folder, wrap: [...unshared, script, "sh", image, folder] },
    );
    await daemon.reaches("a", "RUNNING");
    await daemon.logged(/exited: self \(exit status 0; expected\)/);
    expect(daemon.stderr).toBe("");
    daemon.signal("SIGTERM");
    expect(await daemon.over()).toEqual({ code: 0, signal: null });
    for (const each of [folder, image]) rmSync(each, { recursive: true, force: true });
  });

  test("needs no shell and no tools for what changes a process before it becomes a program", async () => {
    const folder = newDirectory();
    copyFileSync("/bin/sleep", join(folder, "sleep"));
    await using daemon = await startDaemon(
      `[program:nice]\ncommand=%(here)s/sleep 1000\nnice=7\noom_score_adj=300\nrlimit_nofile=64:128
[program:other]\ncommand=%(here)s/sleep 1000\nuser=nobody
[program:nowhere]\ncommand=%(here)s/sleep 1000\ndirectory=%(here)s/gone\nstartretries=0
`,
      {
        binaries,
        directory: folder,
        wrap: [...unshared, 'mount -t tmpfs none /usr/bin; mount -t tmpfs none /usr/sbin; exec "$@"', "sh"],
      },
    );
    const pid = daemon.outside(await daemon.reaches("nice", "RUNNING"));
    // nice(5) is field 19 of proc_pid_stat(5).
    expect(readFileSync(`/proc/${pid}/stat`, "utf8").split(" ")[18]).toBe("7");
    expect(readFileSync(`/proc/${pid}/oom_score_adj`, "utf8")).toBe("300\n");
    expect(readFileSync(`/proc/${pid}/limits`, "utf8")).toMatch(/^Max open files +64 +128 /m);
    const other = daemon.outside(await daemon.reaches("other", "RUNNING"));
    expect(readFileSync(`/proc/${other}/status`, "utf8")).toMatch(/^Uid:\t65534\t65534/m);
    await daemon.logged(/exited: nowhere \(exit status 127; not expected\)/);
    rmSync(folder, { recursive: true, force: true });
  });
});
