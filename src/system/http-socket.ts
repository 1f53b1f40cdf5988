/**
 * Where an HTTP server listens: a unix socket that appears in its place ready, with mode and owner, and
 * that never takes the place of one somebody is listening on; or an IPv4 address. Closing ends every
 * connection within a bounded time and removes no socket but the own one.
 *
 * Texts that supervisor 4.2.5 has for a failure are the same here; where it shows a bare errno for a
 * unix socket, the text names the path and the cause.
 */
import { lookup } from "node:dns/promises";
import { chmod, chown, link, lstat, rename, unlink } from "node:fs/promises";
import type { Server } from "node:http";
import { connect, isIP } from "node:net";
import { userInfo } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { getSystemErrorName } from "node:util";
import type { HttpServerSettings } from "../core/program.ts";

export interface Listening {
  /** Stops listening, lets answers under way leave for a moment, then ends all connections. Never rejects. */
  close(): Promise<void>;
}

export type Report = (message: string, audience: "all" | "people") => void;

type UnixSettings = Extract<HttpServerSettings, { type: "unix" }>;
type InetSettings = Extract<HttpServerSettings, { type: "inet" }>;

const inUse =
  "Another program is already listening on a port that one of our HTTP servers is configured to use.  " +
  "Shut this program down first before starting supervisord.";

/** Of `sun_path` in unix(7), less its final zero byte. */
const pathLimitBytes = 107;
/** A listener that takes no connection within this time is alive all the same. */
const probeMs = 2000;
/** For answers under way at close, e.g. the one to the shutdown that causes it. */
const graceMs = 300;
/** A socket that comes back as often as this is somebody's. */
const attempts = 5;

/**
 * Starts listening.
 * @param report told what a user should know, e.g. that a stale socket is removed, and for whom that is: the reference
 *   tells "all" the same, "people" are helped
 * @throws Error whose message is for the user
 */
export async function listen(server: Server, settings: HttpServerSettings, report: Report): Promise<Listening> {
  if (settings.type === "inet") {
    await listenOnAddress(server, settings, report);
    return { close: () => endConnections(server) };
  }
  const own = await listenOnPath(server, settings, report);
  return {
    close: async () => {
      await removeOwn(settings.path, own);
      await endConnections(server);
    },
  };
}

async function listenOnAddress(server: Server, { host, port }: InetSettings, report: Report): Promise<void> {
  try {
    await started(server, { host: await numericHost(host), port, exclusive: true });
  } catch (error) {
    const { code, errno } = error as NodeJS.ErrnoException;
    if (code === "EADDRINUSE") {
      // The reference's text does not say which.
      report(`cannot listen on ${host === "" ? "*" : host}:${port}: address already in use`, "people");
      throw new Error(inUse, { cause: error });
    }
    if (typeof errno !== "number") throw error;
    throw new Error(
      `Cannot open an HTTP server: socket.error reported errno.${getSystemErrorName(errno)} (${-errno})`,
      { cause: error },
    );
  }
}

/** Names mean IPv4, as in the reference: `localhost` is 127.0.0.1 and none is every address. */
async function numericHost(host: string): Promise<string> {
  if (host === "") return "0.0.0.0";
  if (isIP(host) !== 0) return host;
  try {
    return (await lookup(host, { family: 4 })).address;
  } catch (error) {
    throw new Error(`Cannot open an HTTP server: cannot resolve host name ${host}`, { cause: error });
  }
}

/** Identity of a socket file. */
interface FileId {
  readonly dev: bigint;
  readonly ino: bigint;
}

async function listenOnPath(server: Server, settings: UnixSettings, report: Report): Promise<FileId> {
  const { path } = settings;
  const temporary = temporaryPath(path);
  try {
    await remove(temporary);
    await started(server, { path: temporary, exclusive: true });
    await chmod(temporary, settings.mode);
    await changeOwner(temporary, settings);
    const own = await lstat(temporary, { bigint: true });
    await moveIntoPlace(temporary, path, report);
    return { dev: own.dev, ino: own.ino };
  } catch (error) {
    await new Promise((resolve) => server.close(resolve));
    throw await explained(path, error);
  } finally {
    await remove(temporary).catch(() => undefined);
  }
}

/** `<path>.<pid>`, or a shorter name in the same directory where that would be too long for a socket. */
function temporaryPath(path: string): string {
  const { pid } = process;
  const candidates = [`${path}.${pid}`, join(dirname(path), `.${pid.toString(36)}`)];
  const fitting = candidates.find((candidate) => Buffer.byteLength(candidate) <= pathLimitBytes);
  if (fitting === undefined || Buffer.byteLength(path) > pathLimitBytes) {
    throw new Error(`cannot create socket ${path}: the path is longer than ${pathLimitBytes} bytes`);
  }
  return fitting;
}

async function changeOwner(file: string, { path, uid, gid }: UnixSettings): Promise<void> {
  if (uid === null && gid === null) return;
  const ids = [uid ?? -1, gid ?? -1] as const;
  try {
    await chown(file, ...ids);
  } catch (error) {
    if (codeOf(error) !== "EPERM") throw error;
    throw new Error(
      `Not permitted to chown ${path} to uid/gid (${ids.join(", ")}); adjust "sockchown" value in config file or ` +
        `on command line to values that the current user (${userName()}) can successfully chown`,
      { cause: error },
    );
  }
}

/** Some users of containers have no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.());
  }
}

/** A hard link fails when something is in the way, so nothing is ever replaced unseen. */
async function moveIntoPlace(temporary: string, path: string, report: Report): Promise<void> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    try {
      return await link(temporary, path);
    } catch (error) {
      if (codeOf(error) === "EEXIST") await removeStale(temporary, path, report);
      else if (await isAbsent(path))
        return await rename(temporary, path); // no hard links here (EPERM, ENOTSUP, …)
      else if (!(await removeStale(temporary, path, report))) throw error;
    }
  }
  throw new Error(inUse);
}

/**
 * Removes a socket on which nobody listens. Another daemon may put a live one there between the look and
 * the removal: the file is moved aside, looked at again, and put back if it answers.
 * @returns whether something was removed
 */
async function removeStale(temporary: string, path: string, report: Report): Promise<boolean> {
  const found = await lstat(path).catch(() => null);
  if (found === null) return false;
  if (!found.isSocket()) throw new Error(`cannot create socket ${path}: a file that is no socket is in the way`);
  if (await answers(path)) throw new Error(inUse);
  report(`Unlinking stale socket ${path}`, "all");
  const aside = `${temporary}~`;
  if (!(await moved(path, aside))) return true;
  try {
    if (Buffer.byteLength(aside) <= pathLimitBytes && (await answers(aside))) {
      await link(aside, path).catch(() => undefined);
      throw new Error(inUse);
    }
  } finally {
    await remove(aside);
  }
  return true;
}

/** false when there is nothing to move any more. */
async function moved(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return false;
    throw error;
  }
}

/** Whether somebody listens on a socket file. Rejects when that cannot be known. */
async function answers(path: string): Promise<boolean> {
  const socket = connect(path);
  const signal = AbortSignal.timeout(probeMs);
  try {
    return await new Promise<boolean>((resolve, reject) => {
      signal.addEventListener("abort", () => resolve(true));
      socket.once("connect", () => resolve(true));
      socket.once("error", (error) => {
        const code = codeOf(error);
        if (code === "ECONNREFUSED" || code === "ENOENT") resolve(false);
        else if (code === "EAGAIN") resolve(true);
        else reject(error);
      });
    });
  } finally {
    socket.destroy();
  }
}

const causes: Readonly<Record<string, string>> = {
  ENOENT: "no such directory",
  ENOTDIR: "no such directory",
  EACCES: "permission denied",
  EPERM: "operation not permitted",
  EROFS: "read-only file system",
  ENOSPC: "no space left on device",
};

async function explained(path: string, error: unknown): Promise<unknown> {
  const code = codeOf(error);
  if (code === undefined) return error;
  // libuv says EACCES for a bind in a directory that is not there.
  const cause = (await isAbsent(dirname(path))) ? causes.ENOENT : causes[code];
  return new Error(`cannot create socket ${path}: ${cause ?? code}`, { cause: error });
}

async function started(server: Server, options: Parameters<Server["listen"]>[0]): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

/** Leaves alone what another daemon has put there since. */
async function removeOwn(path: string, own: FileId): Promise<void> {
  try {
    const { dev, ino } = await lstat(path, { bigint: true });
    if (dev === own.dev && ino === own.ino) await unlink(path);
  } catch {
    // It is gone already, or not ours to remove.
  }
}

async function endConnections(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  server.closeIdleConnections();
  // Unreferenced: while something is open, that keeps the loop alive.
  const grace = () => delay(graceMs, undefined, { ref: false });
  await Promise.race([closed, grace()]);
  server.closeAllConnections();
  await Promise.race([closed, grace()]);
}

async function remove(file: string): Promise<void> {
  await unlink(file).catch((error: unknown) => {
    if (codeOf(error) !== "ENOENT") throw error;
  });
}

const isAbsent = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => false,
    (error: unknown) => codeOf(error) === "ENOENT",
  );

const codeOf = (error: unknown): string | undefined => (error as NodeJS.ErrnoException | null)?.code;
