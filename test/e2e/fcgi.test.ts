/**
 * FastCGI programs with real FastCGI: php-cgi behind the daemon's socket, cgi-fcgi in front of it. The socket is there
 * before the first child, shared by all, and closed after the last; its name stays, as in the reference.
 */
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { chownSync, existsSync, lstatSync, readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { describe, expect, test } from "vitest";
import { binaries, fixture, iniFile, newDirectory, run, startDaemon, type TestDaemon } from "../helpers/daemon.ts";
import { freePort } from "../helpers/port.ts";
import { descriptors } from "../helpers/processes.ts";
import { until } from "../helpers/until.ts";

const isRoot = process.getuid?.() === 0;

/** `count` php-cgi processes in the group `php`, behind `socket`. */
const php = (socket: string, count = 2, keys = ""): string => `[fcgi-program:php]
command=/usr/bin/php-cgi
socket=${socket}
process_name=%(program_name)s_%(process_num)d
numprocs=${count}
startsecs=0
${keys}
`;

interface Page {
  readonly pid: number;
  readonly query: string;
  readonly body: string;
}

/** One request over FastCGI; throws when there is no whole answer. */
async function ask(address: string, query = "", body = ""): Promise<Page> {
  const env = {
    REQUEST_METHOD: body === "" ? "GET" : "POST",
    SCRIPT_FILENAME: fixture("who.php"),
    QUERY_STRING: query,
    CONTENT_LENGTH: String(Buffer.byteLength(body)),
    CONTENT_TYPE: "text/plain",
    REDIRECT_STATUS: "200", // php-cgi wants to know that a web server asks
  };
  const { code, stdout, stderr } = await run(["/usr/bin/cgi-fcgi", "-bind", "-connect", address], {
    env,
    input: body,
    limitMs: 20_000,
  });
  const [head = "", ...rest] = stdout.split("\r\n\r\n");
  if (code !== 0 || !head.includes(`X-Method: ${env.REQUEST_METHOD}`))
    throw new Error(`cgi-fcgi ended with ${code}: ${stdout}${stderr}`);
  const [pid, asked, ...sent] = rest.join("\r\n\r\n").split("|");
  return { pid: Number(pid), query: asked ?? "", body: sent.join("|") };
}

/** The pids of those that answer when all of them are kept busy. */
async function answering(address: string, requests: number): Promise<Set<number>> {
  const pages = await Promise.all(Array.from({ length: requests }, () => ask(address, "ms=300")));
  return new Set(pages.map(({ pid }) => pid));
}

const pidsOf = async (daemon: TestDaemon, count: number): Promise<number[]> =>
  await Promise.all(Array.from({ length: count }, (_, n) => daemon.reaches(`php:php_${n}`, "RUNNING")));

/** The first `count` things said of the socket in the main log, once there are that many. */
const socketLines = (daemon: TestDaemon, count: number): Promise<string[]> =>
  until(`${count} lines about the socket`, () => {
    const lines: string[] = daemon.log.match(/(Creating|Closing) socket \S+/g) ?? [];
    return lines.length >= count ? lines : null;
  });

/** Whether the name of a socket is there, and nobody behind it. */
const refuses = async (path: string): Promise<boolean> => {
  const client = connect(path);
  const outcome = once(client, "connect").then(
    () => false,
    (error: NodeJS.ErrnoException) => error.code === "ECONNREFUSED",
  );
  return await outcome.finally(() => client.destroy());
};

describe("php-cgi behind a unix socket", () => {
  test("answers requests, each process some of them", async () => {
    await using daemon = await startDaemon(php("unix://%(here)s/php.sock"));
    const pids = await pidsOf(daemon, 2);
    const socket = daemon.path("php.sock");
    const page = await ask(socket, "a=1&b=2", "a body with ümläuts\n\0and bytes");
    expect(page).toEqual({ pid: page.pid, query: "a=1&b=2", body: "a body with ümläuts\n\0and bytes" });
    expect(pids).toContain(page.pid);
    expect(await answering(socket, 6)).toEqual(new Set(pids));
    // A body far larger than the socket's buffers goes both ways.
    const large = "0123456789".repeat(200_000);
    expect((await ask(socket, "", large)).body).toBe(large);
  });

  test("has it as descriptor 0, one and the same, and nobody else has it", async () => {
    await using daemon = await startDaemon(`${php("unix://%(here)s/php.sock")}
[program:other]
command=/bin/sleep 1000
startsecs=0`);
    const [first = 0, second = 0] = await pidsOf(daemon, 2);
    const other = await daemon.reaches("other", "RUNNING");
    const socket = readlinkSync(`/proc/${first}/fd/0`);
    expect(socket).toMatch(/^socket:\[\d+\]$/);
    expect(readlinkSync(`/proc/${second}/fd/0`)).toBe(socket);
    expect(descriptors(first).filter((each) => each === socket)).toHaveLength(1);
    expect(descriptors(other)).not.toContain(socket);
    expect(descriptors(daemon.pid)).toContain(socket);
  });

  test("keeps it while one is killed and comes back; requests that wait are answered", async () => {
    await using daemon = await startDaemon(php("unix://%(here)s/php.sock", 2, "autorestart=true"));
    const [first = 0, second = 0] = await pidsOf(daemon, 2);
    const socket = daemon.path("php.sock");
    const inode = lstatSync(socket).ino;
    process.kill(first, "SIGKILL");
    const next = await until("a new process", async () => {
      const { pid } = await daemon.info("php:php_0");
      return pid !== 0 && pid !== first && pid;
    });
    expect(lstatSync(socket).ino).toBe(inode);
    expect(await answering(socket, 6)).toEqual(new Set([next, second]));
    expect((await socketLines(daemon, 3)).slice(2)).toEqual([`Creating socket unix://${socket}`]);
  });

  test("has it closed after the last one stops, though its name stays, and made anew with the next start", async () => {
    await using daemon = await startDaemon(php("unix://%(here)s/php.sock"));
    const [pid] = await pidsOf(daemon, 2);
    const socket = daemon.path("php.sock");
    const shared = readlinkSync(`/proc/${pid}/fd/0`);
    expect(descriptors(daemon.pid)).toContain(shared);
    await daemon.rpc("supervisor.stopProcess", "php:php_0");
    expect(lstatSync(socket).isSocket()).toBe(true);
    expect((await ask(socket)).pid).toBe((await daemon.info("php:php_1")).pid);
    await daemon.rpc("supervisor.stopProcess", "php:php_1");
    expect(await refuses(socket)).toBe(true);
    expect(descriptors(daemon.pid)).not.toContain(shared);
    await daemon.rpc("supervisor.startProcess", "php:php_1");
    expect((await ask(socket)).pid).toBe((await daemon.info("php:php_1")).pid);
    const [creating, closing] = [`Creating socket unix://${socket}`, `Closing socket unix://${socket}`];
    expect(await socketLines(daemon, 5)).toEqual([creating, closing, creating, closing, creating]);
  });

  test("is served again after a restart of the daemon, and refused after its end", async () => {
    await using daemon = await startDaemon(php("unix://%(here)s/php.sock"));
    const [first] = await pidsOf(daemon, 2);
    const socket = daemon.path("php.sock");
    await daemon.rpc("supervisor.restart");
    await until("new processes", async () => {
      const { pid, statename } = await daemon.info("php:php_0");
      return statename === "RUNNING" && pid !== first;
    });
    expect((await ask(socket)).query).toBe("");
    await daemon.rpc("supervisor.shutdown");
    expect(await daemon.over()).toEqual({ code: 0, signal: null });
    expect(await refuses(socket)).toBe(true);
  });

  test("takes the place of a socket that a crash has left", async () => {
    const directory = newDirectory();
    const stale = `${directory}/php.sock`;
    execFileSync("/usr/bin/python3", ["-c", `import socket; socket.socket(socket.AF_UNIX).bind("${stale}")`]);
    await using daemon = await startDaemon(php("unix://%(here)s/php.sock"), { directory });
    const pids = await pidsOf(daemon, 2);
    expect(pids).toContain((await ask(stale)).pid);
    rmSync(directory, { recursive: true });
  });

  test("is made with mode 0700 unless the list says otherwise", async () => {
    await using daemon = await startDaemon(php("unix://%(here)s/php.sock"));
    await pidsOf(daemon, 2);
    expect((lstatSync(daemon.path("php.sock")).mode & 0o7777).toString(8)).toBe("700");
  });

  test.runIf(isRoot)("belongs to whom and with the mode that the list says", async () => {
    await using daemon = await startDaemon(
      php("unix://%(here)s/php.sock", 1, "socket_owner=nobody:daemon\nsocket_mode=0660"),
    );
    await daemon.reaches("php:php_0", "RUNNING");
    const { uid, gid, mode } = lstatSync(daemon.path("php.sock"));
    expect([uid, gid, (mode & 0o7777).toString(8)]).toEqual([65534, 1, "660"]);
  });

  test.runIf(isRoot)("belongs to the user of its programs, who can be asked by that user", async () => {
    await using daemon = await startDaemon(php("unix://%(here)s/php.sock", 1, "user=nobody"));
    const pid = await daemon.reaches("php:php_0", "RUNNING");
    const { uid, gid } = lstatSync(daemon.path("php.sock"));
    expect([uid, gid]).toEqual([65534, 65534]);
    expect((await ask(daemon.path("php.sock"))).pid).toBe(pid);
    expect(lstatSync(`/proc/${pid}`).uid).toBe(65534);
  });

  test("lets as many wait as the backlog says", async () => {
    await using daemon = await startDaemon(`[fcgi-program:deaf]
command=/bin/sleep 1000
socket=unix://%(here)s/deaf.sock
socket_backlog=3
startsecs=0`);
    await daemon.reaches("deaf", "RUNNING");
    const clients: Socket[] = [];
    const outcomes: string[] = [];
    for (let n = 0; n < 6; n++) {
      const client = connect(daemon.path("deaf.sock"));
      clients.push(client);
      outcomes.push(
        await once(client, "connect").then(
          () => "waits",
          (error: NodeJS.ErrnoException) => error.code ?? "?",
        ),
      );
    }
    for (const client of clients) client.destroy();
    // unix(7): one more than the backlog may wait.
    expect(outcomes).toEqual(["waits", "waits", "waits", "waits", "EAGAIN", "EAGAIN"]);
  });
});

describe("php-cgi behind a TCP socket", () => {
  const reachable = async (port: number): Promise<boolean> => {
    const client = connect(port, "127.0.0.1");
    const connected = await once(client, "connect").then(
      () => true,
      () => false,
    );
    client.destroy();
    return connected;
  };

  test("answers requests, each process some of them, and refuses when the last one has stopped", async () => {
    const port = await freePort();
    const address = `127.0.0.1:${port}`;
    await using daemon = await startDaemon(php(`tcp://${address}`, 3, "socket_backlog=100"));
    const pids = await pidsOf(daemon, 3);
    const page = await ask(address, "x=y", "tcp body");
    expect(page).toEqual({ pid: page.pid, query: "x=y", body: "tcp body" });
    expect(await answering(address, 9)).toEqual(new Set(pids));
    const listening = execFileSync("ss", ["-Hltn", `sport = :${port}`])
      .toString()
      .trim()
      .split(/\s+/);
    expect(listening.slice(0, 4)).toEqual(["LISTEN", "0", "100", address]);
    await daemon.rpc("supervisor.stopProcessGroup", "php");
    expect(await reachable(port)).toBe(false);
    expect((await socketLines(daemon, 4)).at(-1)).toBe(`Closing socket tcp://${address}`);
    // At once again, although connections of before are in TIME_WAIT.
    await daemon.rpc("supervisor.startProcessGroup", "php");
    expect(await pidsOf(daemon, 3)).toContain((await ask(address)).pid);
  });

  test("a port that is taken is said at start, by name", async () => {
    const holder = createServer().listen(0, "127.0.0.1");
    await once(holder, "listening");
    const { port } = holder.address() as { port: number };
    const directory = newDirectory();
    writeFileSync(`${directory}/s.conf`, iniFile(php(`tcp://127.0.0.1:${port}`)));
    const result = await run([...binaries.daemon, "-n", "-c", `${directory}/s.conf`], { limitMs: 15_000 });
    holder.close();
    rmSync(directory, { recursive: true });
    const refusal = `Error: Could not create FastCGI socket tcp://127.0.0.1:${port} of php: bind: address already in use`;
    expect(result.stderr).toBe(`${refusal}\nFor help, use spaced -h\n`);
    expect(result.code).toBe(2);
  });

  test("a port that is taken when the first one starts is a spawn error, and goes when the port is free", async () => {
    const port = await freePort();
    await using daemon = await startDaemon(php(`tcp://127.0.0.1:${port}`, 1, "autostart=false\nstartretries=1"));
    const holder = createServer().listen(port, "127.0.0.1");
    await once(holder, "listening");
    await expect(daemon.rpc("supervisor.startProcess", "php:php_0")).rejects.toThrow("SPAWN_ERROR: php:php_0");
    expect((await daemon.info("php:php_0")).spawnerr).toMatch(/EADDRINUSE/);
    holder.close();
    await once(holder, "close");
    await daemon.reaches("php:php_0", "RUNNING");
    expect((await ask(`127.0.0.1:${port}`)).pid).toBe((await daemon.info("php:php_0")).pid);
  });
});

test("what is told of a socket stands around what is told of those who have it", async () => {
  await using daemon = await startDaemon(`[fcgi-program:f]
command=/bin/sh -c 'exit 3'
socket=unix://%(here)s/f.sock
startsecs=0
autorestart=false
[fcgi-program:none]
command=/no/such
socket=unix://%(here)s/none.sock
startretries=0`);
  await daemon.reaches("f", "EXITED");
  await daemon.reaches("none", "FATAL");
  const socket = `socket unix://${daemon.path("f.sock")}`;
  const lines = daemon.log.split("\n").map((line) => line.split(" ").slice(3).join(" "));
  const at = (text: string, from = 0) => lines.findIndex((line, n) => n >= from && line.startsWith(text));
  const first = at(`Closing ${socket}`);
  expect(at("RPC interface")).toBeGreaterThan(first);
  const closing = at(`Closing ${socket}`, first + 1);
  expect(at("exited: f")).toBe(closing - 1);
  const none = `socket unix://${daemon.path("none.sock")}`;
  const spawnerr = at("spawnerr: can't find command '/no/such'");
  expect([lines[spawnerr - 1], lines[spawnerr + 1]]).toEqual([`Creating ${none}`, `Closing ${none}`]);
});

test("in a [group:x] beside others it has its socket, too, and update makes it anew", async () => {
  const members = "[program:cat]\ncommand=/bin/cat\nstartsecs=0\n[group:site]\nprograms=cat,php\n";
  await using daemon = await startDaemon(`${php("unix://%(here)s/php.sock")}${members}`);
  for (const name of ["cat", "php_0", "php_1"]) await daemon.reaches(`site:${name}`, "RUNNING");
  const pids = new Set(await Promise.all([0, 1].map(async (n) => (await daemon.info(`site:php_${n}`)).pid)));
  expect(await answering(daemon.path("php.sock"), 6)).toEqual(pids);
  await daemon.rpc("supervisor.sendProcessStdin", "site:cat", "meow\n");
  expect(readlinkSync(`/proc/${(await daemon.info("site:cat")).pid}/fd/0`)).toMatch(/^pipe:/);
  writeFileSync(daemon.file, iniFile(`${php("unix://%(here)s/new.sock")}${members}`));
  expect((await daemon.ctl("update")).stdout).toBe("site: stopped\nsite: updated process group\n");
  await daemon.reaches("site:php_0", "RUNNING");
  expect((await ask(daemon.path("new.sock"), "x=1")).query).toBe("x=1");
  await daemon.ctl("stop", "site:*");
  expect(await Promise.all([refuses(daemon.path("new.sock")), refuses(daemon.path("php.sock"))])).toEqual([true, true]);
});

test("a group whose socket changes is made anew by update, and the old socket is closed", async () => {
  await using daemon = await startDaemon(php("unix://%(here)s/old.sock"));
  await pidsOf(daemon, 2);
  writeFileSync(daemon.file, iniFile(php("unix://%(here)s/new.sock", 1)));
  expect((await daemon.ctl("update")).stdout).toBe("php: stopped\nphp: updated process group\n");
  const pid = await daemon.reaches("php:php_0", "RUNNING");
  expect((await ask(daemon.path("new.sock"))).pid).toBe(pid);
  expect(await refuses(daemon.path("old.sock"))).toBe(true);
});

test.runIf(isRoot)("an owner that cannot be given leaves neither a socket nor a descriptor", async () => {
  const directory = newDirectory();
  chownSync(directory, 65534, 65534);
  const users = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
  const programs = php("unix://%(here)s/php.sock", 1, "socket_owner=root");
  writeFileSync(`${directory}/s.conf`, iniFile(programs));
  const result = await run([...users, ...binaries.daemon, "-n", "-c", `${directory}/s.conf`], { limitMs: 15_000 });
  expect(result.stderr).toMatch(
    /Could not create FastCGI socket unix:\S+php.sock of php: EPERM: operation not permitted/,
  );
  expect(result.code).toBe(2);
  expect(existsSync(`${directory}/php.sock`)).toBe(false);
  rmSync(directory, { recursive: true });
});

test("a file that is no socket is not removed for one", async () => {
  const directory = newDirectory();
  writeFileSync(`${directory}/precious`, "data");
  writeFileSync(`${directory}/s.conf`, iniFile(php("unix://%(here)s/precious")));
  const result = await run([...binaries.daemon, "-n", "-c", `${directory}/s.conf`], { limitMs: 15_000 });
  const path = `${directory}/precious`;
  expect(result.stderr).toContain(
    `Could not create FastCGI socket unix://${path} of php: ${path} exists and is no socket`,
  );
  expect(result.code).toBe(2);
  expect(readFileSync(path, "utf8")).toBe("data");
  rmSync(directory, { recursive: true });
});
