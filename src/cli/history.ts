/**
 * The shell's history file: one line each, the oldest first, as GNU readline keeps it, so the file
 * may be shared with supervisorctl. What cannot be read or written is done without.
 */
import { readFileSync, statSync, writeFileSync } from "node:fs";

const limitBytes = 4 * 1024 * 1024;

/** Newest first. */
export function readHistory(file: string | null): string[] {
  if (file === null) return [];
  try {
    if (statSync(file).size > limitBytes) return [];
    return readFileSync(file, "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .reverse();
  } catch {
    return [];
  }
}

export function writeHistory(file: string | null, newestFirst: readonly string[]): void {
  if (file === null) return;
  const text = newestFirst
    .toReversed()
    .map((line) => `${line}\n`)
    .join("");
  try {
    writeFileSync(file, text, { mode: 0o600 });
  } catch {
    // As with supervisorctl: a shell without history is still a shell.
  }
}
