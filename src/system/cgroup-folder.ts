/**
 * Control groups as what they are to us: folders of files. Making, holding, filling and removing them, each of
 * which others may be doing at the same time.
 */
import {
  closeSync,
  constants,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { lock } from "./libc.ts";

export function makeFolder(folder: string): void {
  mkdirSync(folder, { recursive: true });
}

/** With all groups in it; false when something lives there. */
export function removeFolder(folder: string): boolean {
  try {
    for (const name of foldersIn(folder)) removeFolder(join(folder, name));
    rmdirSync(folder);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT";
  }
}

/** A descriptor that keeps the lock on a folder until it is closed; null when somebody else has it, or it has gone. */
export function holdFolder(folder: string): number | null {
  let fd: number | undefined;
  try {
    fd = openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY);
    if (lock(fd)) return fd;
  } catch {
    // Gone.
  }
  if (fd !== undefined) closeSync(fd);
  return null;
}

/** Names of the groups in a group. */
export function foldersIn(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
  } catch {
    return [];
  }
}

/** A group and those in it: a program may make groups itself. */
export const withInner = (folder: string): string[] => [
  folder,
  ...foldersIn(folder).flatMap((name) => withInner(join(folder, name))),
];

/** The processes of one group; those of other pid namespaces, which the kernel shows as 0, are left out. */
export const pidsIn = (folder: string): number[] =>
  readFile(folder, "cgroup.procs")
    .split("\n")
    .map(Number)
    .filter((pid) => pid > 0);

/** "" for what is not there, or not to be read. */
export function readFile(folder: string, file: string): string {
  try {
    return readFileSync(join(folder, file), "utf8");
  } catch {
    return "";
  }
}

/** @throws Error that names file and cause */
export function writeFile(folder: string, file: string, value: string): void {
  const path = join(folder, file);
  try {
    writeFileSync(path, value);
  } catch (error) {
    throw new Error(`cannot write ${value} to ${path}: ${(error as NodeJS.ErrnoException).code}`, { cause: error });
  }
}

/** Of a file name. */
const nameLimitBytes = 200;

/** For a process, as one file name. A group's name has no colon, so that two never share one. */
export function folderName(group: string, name: string): string {
  const full = `${group}:${name}`;
  // A line end is refused by the kernel, a slash would be another folder.
  const plain = full.replace(/[/\p{Cc}]/gu, "_");
  if (plain === full && Buffer.byteLength(plain) <= nameLimitBytes) return plain;
  const { createHash } = process.getBuiltinModule("node:crypto");
  const digest = createHash("sha1").update(full).digest("hex").slice(0, 10);
  return `${Buffer.from(plain).subarray(0, nameLimitBytes).toString("utf8").replaceAll("\ufffd", "")}~${digest}`;
}
