/**
 * The names of rotated files: `a.log.1` is the newest. Whatever of them is missing is passed over,
 * and what stands at the end is removed.
 */
import { constants } from "node:fs";
import { open, readdir, rename, unlink } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { type FileHistory, ftruncate } from "./log-follow.ts";
import { FileSink } from "./log-sink.ts";

const { O_RDONLY, O_NONBLOCK, O_NOFOLLOW } = constants;

/** With more than this many backups the directory is read, instead of trying every name. */
const tryEvery = 32;

/** Shifts the backups of `path` and returns the new, empty file that stands there. @param backups at least 1 */
export async function rotated(path: string, backups: number, mode: number): Promise<FileSink> {
  await shiftBackups(path, backups);
  try {
    return await FileSink.reopen(path, mode, true);
  } catch (error) {
    // Without a new file the old one gets its name back, and is written on.
    await rename(`${path}.1`, path).catch(() => {});
    throw error;
  }
}

/**
 * Empties the file in place if `inPlace` and nobody follows; otherwise a new file takes its place,
 * as after supervisord's `clear`, so that followers can read the old one to its end. Where files
 * cannot be unlinked (a single file mounted into a container, a read-only directory) in place too.
 */
export async function empty(path: string, history: FileHistory, inPlace: boolean, mode: number): Promise<void> {
  if ((!inPlace || history.followed) && (await unlinked(path))) {
    history.replaced(await FileSink.reopen(path, mode, true), inPlace);
    return;
  }
  await ftruncate(history.sink.fd);
  history.emptied();
}

/** Whether nothing stands at the path any more. */
const unlinked = (path: string): Promise<boolean> =>
  unlink(path).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code === "ENOENT",
  );

/** Makes `path` free: it becomes `path.1`, that `path.2` and so on to `path.<backups>`. @param backups at least 1 */
async function shiftBackups(path: string, backups: number): Promise<void> {
  // The last is removed, not replaced: on ext4 replacing would start to write the newcomer to disk at once.
  await remove(`${path}.${backups}`);
  for (const number of await present(path, backups))
    await lenient(rename(`${path}.${number}`, `${path}.${number + 1}`));
  await lenient(rename(path, `${path}.1`));
}

/** Takes the name away at once; the blocks of the file are freed afterwards, for which nobody waits. */
async function remove(path: string): Promise<void> {
  const held = await open(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW).catch(() => null);
  try {
    await lenient(unlink(path));
  } finally {
    held?.close().catch(() => {});
  }
}

/** Numbers of backups that may exist and have to move, the highest first. */
async function present(path: string, backups: number): Promise<number[]> {
  if (backups <= tryEvery) return Array.from({ length: backups - 1 }, (_, index) => backups - 1 - index);
  const prefix = `${basename(path)}.`;
  const numbers: number[] = [];
  for (const name of await readdir(dirname(path))) {
    const suffix = name.startsWith(prefix) ? name.slice(prefix.length) : "";
    if (/^[1-9]\d*$/.test(suffix) && Number(suffix) < backups) numbers.push(Number(suffix));
  }
  return numbers.sort((a, b) => b - a);
}

async function lenient(operation: Promise<void>): Promise<void> {
  try {
    await operation;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}
