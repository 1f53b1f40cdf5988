/**
 * One connection to a daemon: opened within a bounded time, then one request and its response at a
 * time. A slow taker of the response slows the sender down: nothing piles up here.
 */
import { connect as open, type Socket } from "node:net";
import type { Address } from "./address.ts";
import { ConnectionFailure, CutShort, Disconnected } from "./failures.ts";
import { type Head, ResponseReader } from "./response.ts";

/** How long the daemon may take to accept. A full backlog of a unix socket is waited for, too. */
const connectDeadlineMs = 15_000;
const backlogRetryMs = 50;
/** unix(7): 108 with the terminating zero. */
const socketPathLimitBytes = 107;

/** Throws `ConnectionFailure`. The socket swallows errors while nobody uses it. */
export async function connect(address: Address): Promise<Socket> {
  const deadline = Date.now() + connectDeadlineMs;
  for (;;) {
    try {
      return await attempt(address, deadline - Date.now());
    } catch (error) {
      if (!(error instanceof ConnectionFailure) || error.code !== "EAGAIN" || Date.now() > deadline) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, backlogRetryMs));
  }
}

function attempt(address: Address, timeoutMs: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    if (address.type === "unix" && Buffer.byteLength(address.path) > socketPathLimitBytes) {
      throw new ConnectionFailure("ENAMETOOLONG");
    }
    const socket = open(address.type === "unix" ? { path: address.path } : { host: address.host, port: address.port });
    const timer = setTimeout(() => socket.destroy(new ConnectionFailure("ETIMEDOUT")), Math.max(1, timeoutMs));
    socket.once("connect", () => {
      clearTimeout(timer);
      socket.setNoDelay(true);
      resolve(socket);
    });
    socket.on("error", (error) => {
      clearTimeout(timer);
      reject(failureOf(error));
    });
  });
}

/** Takes the response as it comes. `data` may take its time: no more is read until it is done. */
export interface ResponseTaker {
  head(head: Head): void;
  data(data: Buffer): void | Promise<void>;
}

/**
 * Sends a request and resolves when the response is complete, with its head. On any failure the
 * socket is destroyed. `deadlineMs` null: as long as it takes. Throws `ConnectionFailure`,
 * `Disconnected`, `BadReply`, and whatever the taker throws.
 */
export function exchange(
  socket: Socket,
  request: string,
  taker: ResponseTaker,
  deadlineMs: number | null,
): Promise<Head> {
  return new Promise((resolve, reject) => {
    const reader = new ResponseReader();
    let head: Head | null = null;
    let settled = false;
    let work = Promise.resolve();
    const timer = deadlineMs === null ? null : setTimeout(() => settle(new ConnectionFailure("ETIMEDOUT")), deadlineMs);

    const settle = (outcome: Head | Error): void => {
      if (settled) return;
      settled = true;
      if (timer !== null) clearTimeout(timer);
      socket.pause();
      socket.off("data", onData).off("end", onEnd).off("error", onError).off("close", onClose);
      if (outcome instanceof Error) {
        socket.destroy();
        reject(outcome);
      } else resolve(outcome);
    };
    const take = async (chunk: Buffer): Promise<void> => {
      for (const part of reader.push(chunk)) {
        if (settled) return;
        if (part.type === "head") {
          head = part.head;
          taker.head(head);
        } else if (part.type === "data") {
          const pending = taker.data(part.data);
          if (pending !== undefined) await pending;
        } else if (head !== null) settle(head);
      }
    };
    const onData = (chunk: Buffer): void => {
      socket.pause();
      work = work.then(() => take(chunk)).then(() => void (settled || socket.resume()), settle);
    };
    // What has arrived is handed on before the end of the connection is.
    const onEnd = (): void => {
      work = work.then(() => {
        if (reader.untouched) settle(new Disconnected());
        else if (reader.finish() && head !== null) settle(head);
        else settle(new CutShort("the connection ended in the middle of the response"));
      });
    };
    const onError = (error: Error): void => {
      work = work.then(() => settle(failureOf(error)));
    };
    const onClose = (): void => onEnd();
    socket.on("data", onData).on("end", onEnd).on("error", onError).on("close", onClose);
    socket.write(request);
    socket.resume();
  });
}

function failureOf(error: unknown): ConnectionFailure {
  if (error instanceof ConnectionFailure) return error;
  const code = error instanceof Error && "code" in error ? String(error.code) : "EIO";
  return new ConnectionFailure(code);
}
