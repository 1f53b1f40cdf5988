/**
 * The files of `stdout_logfile=AUTO`: made when a program is first known, removed at the next start.
 * Their names are those of supervisord, so that either daemon clears what the other has left.
 */
import { randomInt } from "node:crypto";
import * as fs from "node:fs";
import { join } from "node:path";

const letters = "abcdefghijklmnopqrstuvwxyz0123456789_";
const attempts = 100;

/** Permissions of AUTO files: output may hold secrets, and `childlogdir` is `/tmp` by default. */
export const autoLogMode = 0o600;

/**
 * Creates `<directory>/<process>-<channel>---<identifier>-<8 random>.log`, which nobody else had, and
 * returns its path.
 * @throws Error `cannot create a log in DIRECTORY: cause`, with the system's `code`
 */
export function createAutoLog(directory: string, process: string, channel: string, identifier: string): string {
  for (let attempt = 1; ; attempt++) {
    const random = Array.from({ length: 8 }, () => letters[randomInt(letters.length)]).join("");
    const path = join(directory, `${process}-${channel}---${identifier}-${random}.log`);
    try {
      fs.closeSync(fs.openSync(path, "wx", autoLogMode));
      return path;
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code === "EEXIST" && attempt < attempts) continue;
      throw Object.assign(new Error(`cannot create a log in ${directory}: ${message}`, { cause: error }), { code });
    }
  }
}

/**
 * Removes what an earlier run of the same identifier has left, rotated files included.
 * Returns a line for the main log for each thing that could not be done.
 */
export function removeAutoLogs(directory: string, identifier: string): string[] {
  let names: string[];
  try {
    names = fs.readdirSync(directory);
  } catch {
    return ["Could not clear childlog dir"];
  }
  const complaints: string[] = [];
  for (const name of names) {
    if (!isAutoLog(name, identifier)) continue;
    const path = join(directory, name);
    try {
      fs.unlinkSync(path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") complaints.push(`Failed to clean up '${path}'`);
    }
  }
  return complaints;
}

/** The pattern of supervisord 4.2.5, which lets anything follow `.log`, but with the identifier taken literally. */
function isAutoLog(name: string, identifier: string): boolean {
  const mark = `---${identifier}-`;
  for (let at = name.indexOf(mark, 1); at >= 0; at = name.indexOf(mark, at + 1))
    if (/^\S+\.log/.test(name.slice(at + mark.length))) return true;
  return false;
}
