/**
 * Becoming another user between fork and exec, as the reference does: its primary and all its
 * supplementary groups. libuv's uid and gid options drop the latter, and posix_spawn has none.
 */
import { groups, user } from "./accounts.ts";
import { behind, byRuntime, type Program, tool } from "./shims.ts";

/**
 * What to execute so that `program` runs as `uid` (null = as we do): itself, or a command line that becomes
 * that user and then the program: setpriv(1), or this runtime where that is missing. Or why that is impossible.
 */
export function asUser(uid: number | null, program: Program): Program | string {
  if (uid === null || uid === process.geteuid?.()) return program;
  if (process.geteuid?.() !== 0) return "Can't drop privilege as nonroot user";
  const account = user(String(uid));
  if (account === null) return `Can't find uid ${uid}`;
  const all = groups(account);
  const setpriv = tool("setpriv");
  if (setpriv === null) return byRuntime({ groups: all, gid: account.gid, uid }, program);
  return behind(setpriv, [`--reuid=${uid}`, `--regid=${account.gid}`, `--groups=${all.join(",")}`], program);
}
