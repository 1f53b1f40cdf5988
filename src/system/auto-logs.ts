/**
 * The files of `stdout_logfile=AUTO`: made when a program is first known, removed at the next start.
 * Their names are those of supervisord, so that either daemon clears what the other has left.
 */
import * as fs from "node:fs";
import { join, resolve } from "node:path";

const letters = "abcdefghijklmnopqrstuvwxyz0123456789_";

/** Permissions of AUTO files: output may hold secrets, and `childlogdir` is `/tmp` by default. */
export const autoLogMode = 0o600;

/**
 * A whole path that no file has: `<directory>/<process>-<channel>---<identifier>-<8 random>.log`. It need not be a secret,
 * as the file is created exclusively.
 */
export function autoLogPath(directory: string, process: string, channel: string, identifier: string): string {
  const random = Array.from({ length: 8 }, () => letters[Math.floor(Math.random() * letters.length)]).join("");
  return resolve(directory, `${process}-${channel}---${identifier}-${random}.log`);
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
