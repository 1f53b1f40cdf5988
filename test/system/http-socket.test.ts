import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { type AddressInfo, createServer as createNetServer } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { HttpServerSettings } from "../../src/core/program.ts";
import { type Listening, listen } from "../../src/system/http-socket.ts";
import { curl } from "../helpers/api-server.ts";
import { newDirectory } from "../helpers/daemon.ts";

const inUse =
  "Another program is already listening on a port that one of our HTTP servers is configured to use.  " +
  "Shut this program down first before starting supervisord.";

let directory: string;
let file: string;
let reports: string[];
let open: Listening[];

beforeEach(() => {
  directory = newDirectory();
  file = join(directory, "s.sock");
  reports = [];
  open = [];
});

afterEach(async () => {
  await Promise.all(open.map((listening) => listening.close()));
  rmSync(directory, { recursive: true, force: true });
});

const answering = (text = "hello"): Server => createServer((_, response) => response.end(text));
const unix = (path = file, more = {}): HttpServerSettings => ({
  type: "unix",
  section: "unix_http_server",
  path,
  mode: 0o700,
  uid: null,
  gid: null,
  credentials: null,
  guests: null,
  ...more,
});
const inet = (host: string, port: number): HttpServerSettings => ({
  type: "inet",
  section: "inet_http_server",
  host,
  port,
  allowedHosts: [],
  credentials: null,
  guests: null,
});

async function start(settings: HttpServerSettings, server = answering()): Promise<Server> {
  open.push(await listen(server, settings, (message) => reports.push(message)));
  return server;
}

const ask = async (path = file) => (await curl("--unix-socket", path, "http://x/")).body;

/** Leaves a socket behind as a daemon does that is killed. */
function leaveStale(path = file): void {
  const script = "import socket, sys; s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1])";
  expect(spawnSync("/usr/bin/python3", ["-c", script, path]).status).toBe(0);
}

describe("a unix socket", () => {
  test("is there with its mode and owner, answers, and is gone after close, with nothing else left", async () => {
    await start(unix(file, { mode: 0o622, uid: process.getuid?.(), gid: process.getgid?.() }));
    expect(lstatSync(file).mode & 0o777).toBe(0o622);
    expect(await ask()).toBe("hello");
    expect(readdirSync(directory)).toEqual(["s.sock"]);
    await open[0]?.close();
    expect(readdirSync(directory)).toEqual([]);
  });

  test("of a daemon that lives is left alone", async () => {
    await start(unix(), answering("first"));
    await expect(start(unix())).rejects.toThrow(inUse);
    expect(await ask()).toBe("first");
    expect(reports).toEqual([]);
    expect(readdirSync(directory)).toEqual(["s.sock"]);
  });

  test("of a daemon that lives but answers nothing is left alone", async () => {
    const mute = createNetServer(() => undefined).listen(file);
    await expect(start(unix())).rejects.toThrow(inUse);
    expect(lstatSync(file).isSocket()).toBe(true);
    mute.close();
  });

  test("left by a dead one is replaced, and the user is told", async () => {
    leaveStale();
    await start(unix());
    expect(reports).toEqual([`Unlinking stale socket ${file}`]);
    expect(await ask()).toBe("hello");
    expect(readdirSync(directory)).toEqual(["s.sock"]);
  });

  test("two that start at once over a stale one: one serves, the other gives up", async () => {
    for (let round = 0; round < 10; round++) {
      leaveStale();
      // In one process the two share the name at which they bind, so the other is a process of its own.
      const script = `import { createServer } from "node:http";
const { listen } = await import(${JSON.stringify(join(import.meta.dirname, "../../src/system/http-socket.ts"))});
const listening = await listen(createServer((_, r) => r.end("other")), ${JSON.stringify(unix())}, () => {}).catch((e) => { console.log(e.message); process.exit(3); });
console.log("up"); process.stdin.on("end", async () => { await listening.close(); process.exit(0); }).resume();`;
      const other = spawn(process.execPath, ["--input-type=module", "-e", script], {
        stdio: ["pipe", "pipe", "inherit"],
      });
      const said = once(other.stdout, "data");
      const gone = once(other, "exit");
      const ours = start(unix()).then(
        () => "up",
        (error: Error) => error.message,
      );
      const results = [await ours, String(await said).trim()].sort();
      expect(results).toEqual([inUse, "up"]);
      expect(["hello", "other"]).toContain(await ask());
      other.stdin.end();
      await gone;
      await Promise.all(open.splice(0).map((listening) => listening.close()));
      expect(readdirSync(directory)).toEqual([]);
    }
  });

  test("that another daemon has put there since is not removed at close", async () => {
    await start(unix());
    rmSync(file);
    const [first] = open.splice(0);
    await start(unix(), answering("second"));
    await first?.close();
    expect(await ask()).toBe("second");
  });

  test("may be as long as the system allows", async () => {
    const long = join(directory, "x".repeat(107 - directory.length - 1));
    await start(unix(long));
    expect(await ask(long)).toBe("hello");
    expect(readdirSync(directory)).toHaveLength(1);
  });

  test.each([
    [
      "a path that is too long",
      () => join(directory, "x".repeat(107 - directory.length)),
      "the path is longer than 107 bytes",
    ],
    ["a missing directory", () => join(directory, "no/s.sock"), "no such directory"],
    ["a file for a directory", () => join(directory, "file/s.sock"), "no such directory"],
    ["a file in the way", () => join(directory, "file"), "a file that is no socket is in the way"],
    ["a directory in the way", () => join(directory, "folder"), "a file that is no socket is in the way"],
    ["a link in the way", () => join(directory, "link"), "a file that is no socket is in the way"],
  ])("%s is told with path and cause, and harmed by nothing", async (_, path, cause) => {
    writeFileSync(join(directory, "file"), "precious");
    mkdirSync(join(directory, "folder"));
    symlinkSync("file", join(directory, "link"));
    await expect(start(unix(path()))).rejects.toThrow(`cannot create socket ${path()}: ${cause}`);
    expect(readdirSync(directory)).toEqual(["file", "folder", "link"]);
  });

  test.runIf(process.getuid?.() === 0)("a user who may not is told so", () => {
    chmodSync(directory, 0o755);
    const url = JSON.stringify(join(import.meta.dirname, "../../src/system/http-socket.ts"));
    const attempt = (settings: HttpServerSettings) => {
      const script = `process.setgroups([]); process.setgid(65534); process.setuid(65534);
        await listen(createServer(), ${JSON.stringify(settings)}, () => {}).then(() => console.log("up"), (e) => console.log(e.message)); process.exit(0);`;
      const imports = `import { createServer } from "node:http"; const { listen } = await import(${url});`;
      return spawnSync(process.execPath, ["--input-type=module", "-e", imports + script], {
        encoding: "utf8",
      }).stdout.trim();
    };
    expect(attempt(unix())).toBe(`cannot create socket ${file}: permission denied`);
    chmodSync(directory, 0o777);
    expect(attempt(unix(file, { uid: 0, gid: 0 }))).toBe(
      `Not permitted to chown ${file} to uid/gid (0, 0); adjust "sockchown" value in config file or on command line ` +
        "to values that the current user (nobody) can successfully chown",
    );
    expect(existsSync(file)).toBe(false);
  });
});

describe("an address", () => {
  test("answers, and is free again after close", async () => {
    const server = await start(inet("localhost", 0));
    const { port, family, address } = server.address() as AddressInfo;
    expect([family, address]).toEqual(["IPv4", "127.0.0.1"]);
    expect((await curl(`http://127.0.0.1:${port}/`)).body).toBe("hello");
    await open.pop()?.close();
    await start(inet("", port), answering("again"));
    expect((await curl(`http://127.0.0.1:${port}/`)).body).toBe("again");
  });

  test("that is taken is told in supervisor's words", async () => {
    const server = await start(inet("127.0.0.1", 0));
    const { port } = server.address() as AddressInfo;
    await expect(start(inet("127.0.0.1", port))).rejects.toThrow(inUse);
    await expect(start(inet("", port))).rejects.toThrow(inUse);
    // Its words do not say which address.
    expect(reports).toEqual([
      `cannot listen on 127.0.0.1:${port}: address already in use`,
      `cannot listen on *:${port}: address already in use`,
    ]);
  });

  test("that is not ours, or no address at all, is told too", async () => {
    await expect(start(inet("192.0.2.1", 9001))).rejects.toThrow(
      "Cannot open an HTTP server: socket.error reported errno.EADDRNOTAVAIL (99)",
    );
    await expect(start(inet("no such name", 9001))).rejects.toThrow(
      "Cannot open an HTTP server: cannot resolve host name no such name",
    );
  });
});
