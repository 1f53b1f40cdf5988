/**
 * What goes wrong outside: files that are none, folders that may not be written, limits that are reached.
 * The daemon says one clear line and leaves with code 2, or it stays up and the program concerned has the
 * trouble; there is never a stack trace, and never harm to another daemon.
 */
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { binaries, type Finished, fixture, iniFile, newDirectory, run, startDaemon } from "../helpers/daemon.ts";
import { freePort } from "../helpers/port.ts";
import { alive } from "../helpers/processes.ts";
import { until } from "../helpers/until.ts";

const isRoot = process.getuid?.() === 0;
/** Somebody without any rights: for root a user of its own that owns nothing, for others themselves. */
const nobody = isRoot ? 54321 : (process.getuid?.() ?? 0);
const asNobody = isRoot ? ["setpriv", `--reuid=${nobody}`, `--regid=${nobody}`, "--clear-groups"] : [];

let directory: string;
beforeEach(() => {
  directory = newDirectory();
});
afterEach(() => {
  chmodSync(directory, 0o755);
  rmSync(directory, { recursive: true, force: true });
});

function file(name: string, content: string | Buffer): string {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
}

const start = (path: string, wrap: readonly string[] = []): Promise<Finished> =>
  run([...wrap, ...binaries.daemon, "-n", "-c", path], { cwd: directory, limitMs: 15_000 });

/** A line that says what is wrong (the parser's adds one per bad line), one that says where to find help, nothing else. */
function expectRefusal(result: Finished, cause: RegExp): void {
  const said = result.stderr.slice(0, 10_000); // a failing test must not print ten megabytes
  expect(said).toMatch(/^Error: [^\n]+\n(\t[^\n]+\n)*For help, use \S+ -h\n$/);
  expect(said).toMatch(cause);
  expect(result.stdout.slice(0, 10_000) + said).not.toMatch(/^\s+at |Traceback/m);
  expect(result.code).toBe(2);
}

describe("a program list that is none is refused with one line and code 2", () => {
  test("a missing file", async () => {
    expectRefusal(await start(join(directory, "nosuch.conf")), /could not find config file .*nosuch\.conf/);
  });

  test("a file that may not be read", async () => {
    const path = file("s.conf", iniFile(""));
    chmodSync(path, 0);
    expectRefusal(await start(path, asNobody), /could not read config file .*s\.conf/);
  });

  test("a directory", async () => {
    expectRefusal(await start(directory), /could not (read|find) config file/);
  });

  test("an empty file", async () => {
    expectRefusal(await start(file("s.conf", "")), /does not include supervisord section/);
  });

  test("a line of ten megabytes without a delimiter", async () => {
    expectRefusal(await start(file("s.conf", `${iniFile("")}${"x".repeat(10_000_000)}\n`)), /s\.conf/);
  });

  test("a value of ten megabytes where a number is wanted", async () => {
    expectRefusal(
      await start(file("s.conf", `${iniFile("[program:a]\ncommand=cat")}startsecs=${"9".repeat(10_000_000)}x\n`)),
      /program:a/,
    );
  });

  test("a command of ten megabytes", async () => {
    const list = iniFile(`[program:a]\ncommand=/bin/true ${"x".repeat(10_000_000)}`);
    expectRefusal(await start(file("s.conf", list)), /the command has 10000010 characters; 1048576 are allowed/);
  });

  test("NUL bytes", async () => {
    expectRefusal(await start(file("s.conf", "[supervisord]\n\0\0\0\0\n")), /s\.conf/);
  });

  test("somebody else's binary", async () => {
    expectRefusal(await start(file("s.conf", readFileSync("/bin/sh"))), /s\.conf|'utf-8' codec/);
  });

  test("an included file that is junk", async () => {
    file("junk.ini", Buffer.from([0xff, 0xfe, 0, 1, 2, 10, 0x80]));
    expectRefusal(await start(file("s.conf", iniFile("[include]\nfiles=junk.ini"))), /junk\.ini|'utf-8' codec/);
  });
});

describe("a strange but sound program list comes up", () => {
  test("a comment of ten megabytes and a command of one", async () => {
    await using daemon = await startDaemon(
      `; ${"x".repeat(10_000_000)}\n[program:a]\ncommand=/bin/true ${"x".repeat(1_000_000)}\nautostart=false\nautorestart=false\nstartretries=0\n`,
    );
    // Longer than the kernel takes: the program's trouble, not the daemon's.
    expect((await daemon.ctl("start", "a")).stdout).toMatch(
      /^a: (started|ERROR \((spawn error|abnormal termination)\))$/m,
    );
    await daemon.logged(/exited: a \(exit status 127; not expected\)|spawnerr: /);
    expect((await daemon.info("a")).pid).toBe(0);
  });

  test("a file that includes itself and one that includes the first", async () => {
    await using daemon = await startDaemon("[include]\nfiles=s.conf other.ini\n", { directory });
    file("other.ini", "[include]\nfiles=s.conf\n[program:b]\ncommand=/bin/sleep 1000\nautostart=false\n");
    expect((await daemon.ctl("reread")).stdout).toBe("b: available\n");
  });

  test("a hundred thousand processes that are not started", async () => {
    await using daemon = await startDaemon(
      "[program:p]\ncommand=/bin/sleep 1000\nprocess_name=%(program_name)s_%(process_num)05d\nnumprocs=100000\nautostart=false\nstdout_logfile=NONE\nstderr_logfile=NONE\n",
      { readyLimitMs: 60_000 },
    );
    expect((await daemon.ctl("status", "p:p_99999")).stdout).toBe(
      "p:p_99999                        STOPPED   Not started\n",
    );
    expect((await daemon.ctl("start", "p:p_50000")).stdout).toBe("p:p_50000: started\n");
    daemon.signal("SIGTERM");
    expect(await daemon.over()).toEqual({ code: 0, signal: null });
  });
});

describe("where the daemon may not write", () => {
  /** A list with its paths in a folder that its reader cannot write, except for one. */
  function forbidden(key: "socket" | "log" | "pid"): string {
    mkdirSync(join(directory, "open"), { mode: 0o777 });
    chmodSync(join(directory, "open"), 0o777);
    if (!isRoot) chmodSync(directory, 0o555);
    const at = (what: string): string => `%(here)s/${what === key ? "" : "open/"}s.${what}`;
    const text = `[unix_http_server]\nfile=${at("socket")}\n[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
[supervisord]\nlogfile=${at("log")}\npidfile=${at("pid")}\nchildlogdir=%(here)s/open\n[program:a]\ncommand=/bin/sleep 1000\n`;
    const path = join(directory, "open", "s.conf");
    writeFileSync(path, text.replaceAll("%(here)s", directory));
    return path;
  }

  test("it refuses to start without its log", async () => {
    const result = await start(forbidden("log"), asNobody);
    expectRefusal(result, /s\.log/);
  });

  test("it refuses to start without its socket", async () => {
    const result = await start(forbidden("socket"), asNobody);
    expect(result.code).toBe(2);
    expect(result.stderr).toMatch(/^Error: .*(socket|EACCES|ermission)/m);
    expect(result.stdout + result.stderr).not.toMatch(/^\s+at |Traceback/m);
  });

  test("it goes on without its pid file, and says so", async () => {
    await using daemon = await startDaemon("", {
      ready: false,
      directory,
      wrap: asNobody.length > 0 ? asNobody : ["env"],
      existing: {
        file: forbidden("pid"),
        socket: join(directory, "open/s.socket"),
        log: join(directory, "open/s.log"),
      },
    });
    await daemon.answering(15_000);
    await daemon.logged(/CRIT could not write pidfile .*s\.pid/);
    await daemon.reaches("a", "RUNNING");
  });
});

describe("a full disk", () => {
  test("costs log lines, not the daemon nor the program, and logging resumes when there is room", async () => {
    const small = join(directory, "small");
    mkdirSync(small);
    const wrap = [
      "unshare",
      ...(isRoot ? [] : ["--map-root-user"]),
      "--mount",
      "sh",
      "-c",
      `mount -t tmpfs -o size=64k none ${small} && head -c 60k /dev/zero > ${small}/filler; exec "$@"`,
      "sh",
    ];
    await using daemon = await startDaemon(
      `[program:a]\ncommand=${fixture("tick")} ${directory}/ticks\nstartsecs=0\nstdout_logfile=${small}/a.log\n[program:b]\ncommand=/bin/sleep 1000\nstartsecs=0\n`,
      { wrap, directory, daemonKeys: "" },
    );
    const inside = join(`/proc/${daemon.pid}/root`, small);
    const length = (): number => readFileSync(join(inside, "a.log")).length;
    const filler = join(inside, "filler");
    await until("the program logs", () => length() > 0);
    await until("the disk is full", () => full(filler));
    const pid = await daemon.reaches("a", "RUNNING");
    const ticks = (count: number): Promise<unknown> => {
      const wanted = Number(daemon.read("ticks")) + count;
      return until("the program goes on", () => Number(daemon.read("ticks")) > wanted, 30_000);
    };
    await ticks(100); // more than fits into what the last page of the log had left
    const stuck = length();
    await ticks(50);
    expect(length()).toBe(stuck);
    expect((await daemon.ctl("status")).code).toBe(0);
    rmSync(filler);
    await until("logging resumes", () => length() > stuck);
    expect(await daemon.reaches("a", "RUNNING")).toBe(pid);
  });

  test("that has no room for one more file costs programs their AUTO logs, and nothing else", async () => {
    const small = join(directory, "small");
    mkdirSync(small);
    const mount = `mount -t tmpfs -o nr_inodes=3 none ${small}; touch ${small}/1 ${small}/2; exec "$@"`;
    await using daemon = await startDaemon(
      `[supervisord]\nlogfile=%(here)s/s.log\npidfile=%(here)s/s.pid\nchildlogdir=%(here)s/small
[unix_http_server]\nfile=%(here)s/s.sock
[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
[program:a]\ncommand=/bin/sh -c 'echo a; sleep 1000'\nstartsecs=0\n`,
      { wrap: ["unshare", ...(isRoot ? [] : ["--map-root-user"]), "--mount", "sh", "-c", mount, "sh"], directory },
    );
    await daemon.reaches("a", "RUNNING");
    expect(daemon.log).toMatch(/WARN cannot create .*: no space left on device; programs run without such logs/);
  });
});

/** Fills what is left with one byte writes to the file; true when nothing more fits. */
function full(path: string): boolean {
  try {
    writeFileSync(path, Buffer.alloc(4096), { flag: "a" });
    return false;
  } catch {
    return true;
  }
}

describe("limits of the system", () => {
  const many =
    "[program:p]\ncommand=/bin/sleep 1000\nprocess_name=%(program_name)s_%(process_num)02d\nnumprocs=40\nstartsecs=0\nstartretries=100\nstdout_logfile=NONE\nstderr_logfile=NONE\n";
  const states = async (daemon: { rpc: (method: string) => Promise<unknown> }) =>
    (await daemon.rpc("supervisor.getAllProcessInfo")) as { name: string; statename: string; spawnerr: string }[];

  test("out of descriptors: programs back off with the cause, and start when there are some again", async () => {
    await using daemon = await startDaemon(many, { daemonKeys: "minfds=1\n", wrap: ["prlimit", "--nofile=105:105"] });
    await daemon.logged(/spawnerr: too many open files to spawn 'p_\d\d'/, 15_000);
    const running = (await states(daemon)).filter((each) => each.statename === "RUNNING");
    expect(running.length).toBeGreaterThan(5);
    const rest = (await states(daemon)).filter((each) => each.statename !== "RUNNING");
    for (const each of running) await daemon.rpc("supervisor.stopProcess", `p:${each.name}`, false);
    await until(
      "the others run",
      async () => {
        const now = await states(daemon);
        return rest.every(({ name }) => now.some((each) => each.name === name && each.statename === "RUNNING"));
      },
      60_000,
      100,
    );
  });

  test("clients that open connection after connection leave programs and operators the descriptors they need", async () => {
    const port = await freePort();
    await using daemon = await startDaemon(`${many}[inet_http_server]\nport=127.0.0.1:${port}\n`, {
      daemonKeys: "minfds=1\n",
      wrap: ["prlimit", "--nofile=200:200"],
    });
    await until("all run", async () => (await states(daemon)).every((each) => each.statename === "RUNNING"));
    const sockets = Array.from({ length: 300 }, () => connect(port, "127.0.0.1").on("error", () => undefined));
    try {
      await daemon.logged(/WARN refusing connections: only 48 file descriptors are left/);
      const { pid } = await daemon.info("p:p_00");
      process.kill(pid, "SIGKILL");
      await until("it runs again", async () => {
        const again = await daemon.info("p:p_00");
        return again.statename === "RUNNING" && again.pid !== pid;
      });
      expect((await daemon.ctl("status")).code).toBe(0);
      expect(daemon.log).not.toContain("spawnerr");
    } finally {
      for (const socket of sockets) socket.destroy();
    }
  });

  test("programs that take all descriptors leave some for those who ask why", async () => {
    const port = await freePort();
    await using daemon = await startDaemon(`${many}[inet_http_server]\nport=127.0.0.1:${port}\n`, {
      daemonKeys: "minfds=1\n",
      wrap: ["prlimit", "--nofile=110:110"],
    });
    await daemon.logged(/spawnerr: too many open files to spawn 'p_\d\d'/);
    expect((await fetch(`http://127.0.0.1:${port}/metrics`)).status).toBe(200);
    expect((await daemon.ctl("status")).stdout).toMatch(/BACKOFF +too many open files/);
    expect(daemon.log).not.toMatch(/internal error|cannot reopen/);
  });

  test("out of processes: programs back off with the cause, and start when there are some again", async () => {
    chmodSync(directory, 0o777);
    await using daemon = await startDaemon(many, {
      directory,
      daemonKeys: "minprocs=1\n",
      wrap: [...asNobody, "prlimit", `--nproc=${tasksOf(nobody) + 40}:4096`],
      ready: false,
    });
    await daemon.answering(15_000);
    await until("one has backed off", async () =>
      (await states(daemon)).some((each) =>
        /^Too many processes in process table to spawn 'p_\d\d'$/.test(each.spawnerr),
      ),
    );
    expect((await states(daemon)).some((each) => each.statename === "RUNNING")).toBe(true);
    // As the same user: root may lack the capability to change the limits of others.
    await run([...asNobody, "prlimit", "--pid", String(daemon.pid), "--nproc=4096:4096"]);
    await until(
      "all run",
      async () => (await states(daemon)).every((each) => each.statename === "RUNNING"),
      60_000,
      100,
    );
  });
});

/** Tasks (processes and their threads) a user has: what RLIMIT_NPROC counts. */
function tasksOf(uid: number): number {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .reduce((sum, pid) => {
      try {
        const status = readFileSync(`/proc/${pid}/status`, "utf8");
        if (!new RegExp(`^Uid:\\t${uid}\\t`, "m").test(status)) return sum;
        return sum + Number(/^Threads:\t(\d+)/m.exec(status)?.[1] ?? 0);
      } catch {
        return sum;
      }
    }, 0);
}

describe("a second daemon on the same files", () => {
  const programs = "[program:a]\ncommand=/bin/sh -c 'echo hello; exec sleep 1000'\nstartsecs=0\n";

  test("is refused with one line and harms nothing of the first", async () => {
    await using first = await startDaemon(programs, { directory });
    const pid = await first.reaches("a", "RUNNING");
    await until("the program has spoken", async () => (await first.ctl("tail", "a")).stdout.includes("hello"));
    const pidfile = first.read("s.pid");
    expectRefusal(await start(first.file), /Another program is already listening on a port/);
    expect(await first.reaches("a", "RUNNING")).toBe(pid);
    expect((await first.ctl("tail", "a")).stdout).toContain("hello");
    expect(first.read("s.pid")).toBe(pidfile);
  });

  test("takes over a socket whose daemon is dead", async () => {
    await using first = await startDaemon(programs, { directory });
    first.signal("SIGKILL");
    await first.over();
    await using second = await startDaemon(programs, { directory });
    await second.reaches("a", "RUNNING");
    expect(second.stderr).toBe(`Unlinking stale socket ${second.path("s.sock")}\n`);
  });

  test("names what a killed one has left running, and leaves it alone", async () => {
    await using first = await startDaemon(programs, { directory });
    const pid = await first.reaches("a", "RUNNING");
    first.signal("SIGKILL");
    await first.over();
    await using second = await startDaemon(programs, { directory });
    await second.reaches("a", "RUNNING");
    expect(second.log).toContain(`WARN an earlier daemon has left running: a (pid ${pid});`);
    expect(alive(pid)).toBe(true);
    await second.ctl("shutdown");
    await second.over();
    await using third = await startDaemon(programs, { directory });
    await third.reaches("a", "RUNNING");
    expect(third.log.match(/an earlier daemon/g)).toHaveLength(1);
  });
});
