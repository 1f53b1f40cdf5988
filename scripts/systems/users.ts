/** Ids of users that Debian packages have made. */
import { execFileSync } from "node:child_process";

/** Uid and primary gid. */
export function userIds(name: string): [uid: number, gid: number] {
  const ids = ["-u", "-g"].map((flag) => Number(execFileSync("id", [flag, name], { encoding: "utf8" })));
  return ids as [number, number];
}
