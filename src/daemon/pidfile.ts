/** The file that tells others our process id. Only ours is removed at the end. */
import { readFileSync, unlinkSync, writeFileSync } from "node:fs";

/** Throws an Error `cannot write pidfile …: cause`. */
export function writePidfile(path: string): void {
  try {
    writeFileSync(path, `${process.pid}\n`);
  } catch (error) {
    throw new Error(`could not write pidfile ${path}`, { cause: error });
  }
}

export function removePidfile(path: string): void {
  try {
    if (readFileSync(path, "utf8").trim() === String(process.pid)) unlinkSync(path);
  } catch {
    // Gone already, or not ours to remove.
  }
}
