/**
 * The file that stands at the path of a log when somebody asks for it by that name, which need not be the one that is
 * written: it may have been put there by others, or taken away. Between two files of a rotation there is none either, for
 * a moment; that moment is not told.
 */
import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";

/** More rotations than can be met by chance. */
const mostTries = 3;

/**
 * Opens it, hands it to `use`, and closes it.
 * @param settled resolves when a rotation that is under way is over
 * @throws the system's error; ENOENT if nothing stands there
 */
export async function useStanding<T>(
  path: string,
  settled: () => Promise<void>,
  use: (file: FileHandle) => Promise<T>,
): Promise<T> {
  const file = await openStanding(path, settled);
  try {
    const isFile = (await file.stat()).isFile();
    if (!isFile) throw new Error(`${path} is no file any more`);
    return await use(file);
  } finally {
    await file.close();
  }
}

async function openStanding(path: string, settled: () => Promise<void>): Promise<FileHandle> {
  for (let tries = 1; ; tries++) {
    await settled();
    try {
      // Not waiting for a writer, should it be a pipe by now.
      return await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    } catch (error) {
      if (tries === mostTries || (error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
  }
}

/** At most `length` bytes from `offset`; fewer at the end. */
export async function readFrom(file: FileHandle, offset: number, length: number): Promise<Buffer> {
  const { size } = await file.stat();
  const bytes = Buffer.allocUnsafe(Math.max(0, Math.min(length, size - offset)));
  let count = 0;
  while (count < bytes.length) {
    const { bytesRead } = await file.read(bytes, count, bytes.length - count, offset + count);
    if (bytesRead === 0) break;
    count += bytesRead;
  }
  return bytes.subarray(0, count);
}
