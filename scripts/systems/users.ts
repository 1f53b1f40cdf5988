/** Users that Debian packages have made. */
import { execFileSync } from "node:child_process";

/** Uid and primary gid. */
export function userIds(name: string): [uid: number, gid: number] {
  const ids = ["-u", "-g"].map((flag) => Number(execFileSync("id", [flag, name], { encoding: "utf8" })));
  return ids as [number, number];
}

/** The words of a command, to be run as that user. */
export function asUser(name: string, ...words: string[]): string[] {
  return ["setpriv", `--reuid=${name}`, `--regid=${name}`, "--clear-groups", ...words];
}
