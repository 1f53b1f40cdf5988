/**
 * The names of rotated files: `a.log.1` is the newest. Whatever of them is missing is passed over,
 * and what stands at the end is removed.
 */
import { readdir, rename, unlink } from "node:fs/promises";
import { basename, dirname } from "node:path";

/** With more than this many backups the directory is read, instead of trying every name. */
const tryEvery = 32;

/** Makes `path` free: it becomes `path.1`, that `path.2` and so on to `path.<backups>`. @param backups at least 1 */
export async function shiftBackups(path: string, backups: number): Promise<void> {
  // The last is removed, not replaced: on ext4 replacing would start to write the newcomer to disk at once.
  await lenient(unlink(`${path}.${backups}`));
  for (const number of await present(path, backups))
    await lenient(rename(`${path}.${number}`, `${path}.${number + 1}`));
  await lenient(rename(path, `${path}.1`));
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
