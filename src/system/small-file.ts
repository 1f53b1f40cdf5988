/**
 * Reads the text of a small file that people or their tools write: variables, a secret. Whatever the path
 * leads to, be it a pipe that nobody writes to, an endless device or a server that does not answer, the
 * outcome is the text or one clear refusal within seconds, and nobody else waits meanwhile.
 */
import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { size } from "../core/quantity.ts";
import { explained } from "./log-trouble.ts";

const patienceMs = 5000;

/** @throws Error `cannot read PATH: cause` */
export async function readSmallFile(path: string, limitBytes: number): Promise<string> {
  const ended = new AbortController();
  try {
    const late = delay(patienceMs, null, { signal: ended.signal });
    const text = await Promise.race([readOnce(path, limitBytes), late]);
    if (text === null) throw new Error(`no answer within ${patienceMs / 1000} seconds`);
    return text;
  } catch (error) {
    throw explained("read", path, error);
  } finally {
    ended.abort();
  }
}

/** A path that hangs holds a thread: whoever asks again waits for the same answer, and not with a thread more. */
const reading = new Map<string, Promise<string>>();

function readOnce(path: string, limitBytes: number): Promise<string> {
  const key = `${limitBytes} ${path}`;
  const known = reading.get(key);
  if (known !== undefined) return known;
  const text = readText(path, limitBytes).finally(() => reading.delete(key));
  reading.set(key, text);
  return text;
}

async function readText(path: string, limitBytes: number): Promise<string> {
  // Opening a pipe must not wait for its writer.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    if (!(await file.stat()).isFile()) throw new Error("it is no regular file");
    const bytes = await readUpTo(file, limitBytes + 1);
    if (bytes.length > limitBytes) throw new Error(`it is larger than ${size(limitBytes)}`);
    return decode(bytes);
  } finally {
    await file.close();
  }
}

/** Until its end: what stat says of a file in /proc is nothing. */
async function readUpTo(file: FileHandle, limitBytes: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(limitBytes);
  let length = 0;
  while (length < limitBytes) {
    const { bytesRead } = await file.read(bytes, length, limitBytes - length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return bytes.subarray(0, length);
}

function decode(bytes: Buffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Error("it is not UTF-8 text");
  }
}
