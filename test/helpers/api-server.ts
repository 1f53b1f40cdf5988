/** The real HTTP server over a `FakeDaemon`, on a unix socket and on a TCP port, and real programs to ask it. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, rmSync } from "node:fs";
import type { Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { join } from "node:path";
import { createServer, type Limits } from "../../src/api/server.ts";
import type { Credentials, GuestSettings } from "../../src/core/access.ts";
import type { HttpServerSettings } from "../../src/core/program.ts";
import { type Listening, listen } from "../../src/system/http-socket.ts";
import { newDirectory } from "./daemon.ts";
import type { FakeDaemon } from "./fake-daemon.ts";

export interface ServeOptions {
  /** Where the socket is; default: a new folder. */
  readonly directory?: string;
  readonly credentials?: Credentials | null;
  readonly guests?: GuestSettings;
  readonly limits?: Limits;
  /** Of the TCP server, for rules that depend on it; it listens on 127.0.0.1 whatever it says. */
  readonly host?: string;
}

export interface Served {
  readonly directory: string;
  readonly socket: string;
  readonly unixUrl: string;
  readonly httpUrl: string;
  readonly port: number;
  /** `level message` */
  readonly logged: readonly string[];
  /** How many are open on the unix socket. */
  connections(): Promise<number>;
  close(): Promise<void>;
}

export async function serve(daemon: FakeDaemon, options: ServeOptions = {}): Promise<Served> {
  const directory = options.directory ?? newDirectory();
  mkdirSync(directory, { recursive: true });
  const socket = join(directory, "s.sock");
  const { credentials = null, guests = null } = options;
  const logged: string[] = [];
  const servers: Listening[] = [];
  const start = async (settings: HttpServerSettings): Promise<Server> => {
    const server = createServer(
      daemon,
      settings,
      (level, message) => logged.push(`${level} ${message}`),
      options.limits,
    );
    const where = settings.type === "inet" ? { ...settings, host: "127.0.0.1" } : settings;
    servers.push(await listen(server, where, (message) => logged.push(message)));
    return server;
  };
  const unix = await start({
    type: "unix",
    section: "unix_http_server",
    path: socket,
    mode: 0o700,
    uid: null,
    gid: null,
    credentials,
    guests,
  });
  const host = options.host ?? "127.0.0.1";
  const inet = await start({
    type: "inet",
    section: "inet_http_server",
    host,
    port: 0,
    allowedHosts: [],
    credentials,
    guests,
  });
  const { port } = inet.address() as AddressInfo;
  return {
    directory,
    socket,
    unixUrl: `unix://${socket}`,
    httpUrl: `http://127.0.0.1:${port}`,
    port,
    logged,
    connections: () =>
      new Promise((resolve, reject) =>
        unix.getConnections((error, count) => (error === null ? resolve(count) : reject(error))),
      ),
    close: async () => {
      await Promise.all(servers.map((server) => server.close()));
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program to its end, which must come within `limitMs`. */
export async function run(command: string, args: readonly string[], limitMs = 15_000, input = ""): Promise<Ran> {
  const child = spawn(command, args, { timeout: limitMs, killSignal: "SIGKILL" });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  child.stdin.on("error", () => undefined).end(input);
  const [code] = (await once(child, "close")) as [number | null];
  return { code, stdout, stderr };
}

/** Runs Python with `s` as a server proxy of supervisor's own transport; what is printed as JSON comes back. */
export async function python(serverUrl: string, script: string, credentials?: Credentials): Promise<unknown> {
  const { username, password } = credentials ?? {};
  const prelude = `
import json, sys, xmlrpc.client
from supervisor.xmlrpc import SupervisorTransport
s = xmlrpc.client.ServerProxy("http://127.0.0.1", transport=SupervisorTransport(${literal(username)}, ${literal(password)}, ${literal(serverUrl)}))
def call(method, *args):
    try:
        return getattr(s, method)(*args)
    except xmlrpc.client.Fault as f:
        return "%d %s" % (f.faultCode, f.faultString)
`;
  const { code, stdout, stderr } = await run("/usr/bin/python3", ["-c", `${prelude}\n${script}`]);
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

const literal = (text: string | undefined): string => (text === undefined ? "None" : JSON.stringify(text));

export interface HttpAnswer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/** One request by curl; `args` are its words, the address among them. */
export async function curl(...args: readonly string[]): Promise<HttpAnswer> {
  const { code, stdout, stderr } = await run("curl", ["-si", "--max-time", "10", ...args]);
  if (code !== 0 && code !== 28) throw new Error(`curl ended with ${code}: ${stderr}`);
  const [head = "", ...rest] = stdout.split("\r\n\r\n");
  const [first = "", ...lines] = head.split("\r\n");
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  });
  return { status: Number(first.split(" ")[1]), headers: new Map(headers), body: rest.join("\r\n\r\n") };
}

/** Sends bytes as they are (LF becomes CR LF) and collects what comes until the server closes or `limitMs` are over. */
export async function raw(
  socketPath: string,
  text: string,
  limitMs: number,
): Promise<{ statuses: number[]; open: boolean }> {
  const { received, open } = await conversation(socketPath, text, limitMs);
  return { statuses: [...received.matchAll(/HTTP\/1\.[01] (\d{3})/g)].map(([, status]) => Number(status)), open };
}

/** The same with all that was received. */
export async function conversation(
  socketPath: string,
  text: string,
  limitMs: number,
): Promise<{ received: string; open: boolean }> {
  const socket = connect(socketPath);
  let received = "";
  socket.setEncoding("latin1").on("data", (data: string) => {
    received += data;
  });
  socket.on("error", () => undefined);
  socket.write(text.replaceAll("\n", "\r\n"));
  const closed = once(socket, "close").then(() => false);
  const late = new Promise<boolean>((resolve) => {
    setTimeout(resolve, limitMs, true);
  });
  const open = await Promise.race([closed, late]);
  socket.destroy();
  return { received, open };
}
