/**
 * Becoming another user between fork and exec, as the reference does: its primary and all its
 * supplementary groups. libuv's uid and gid options drop the latter, and posix_spawn has none.
 */
import { existsSync } from "node:fs";
import { groups, user } from "./accounts.ts";
import type { Image } from "./libc.ts";

type Program = Pick<Image, "file" | "argv">;

const setpriv = ["/usr/bin/setpriv", "/bin/setpriv", "/usr/sbin/setpriv", "/sbin/setpriv"].find((path) =>
  existsSync(path),
);

/**
 * What to execute so that `program` runs as `uid` (null = as we do): itself, or a command line that becomes
 * that user and then the program: setpriv(1), or this runtime where that is missing. Or why that is impossible.
 */
export function asUser(uid: number | null, program: Program): Program | string {
  if (uid === null || uid === process.geteuid?.()) return program;
  if (process.geteuid?.() !== 0) return "Can't drop privilege as nonroot user";
  const account = user(String(uid));
  if (account === null) return `Can't find uid ${uid}`;
  const all = groups(account).join(",");
  if (setpriv !== undefined) {
    const who = [`--reuid=${uid}`, `--regid=${account.gid}`, `--groups=${all}`];
    return { file: setpriv, argv: ["setpriv", ...who, "--", ...program.argv] };
  }
  const script =
    "const [uid, gid, groups, file, ...argv] = process.argv.slice(1);" +
    "process.setgroups(groups.split(',').map(Number)); process.setgid(+gid); process.setuid(+uid);" +
    "process.execve(file, argv, process.env);";
  const words = [String(uid), String(account.gid), all, program.file, ...program.argv];
  return {
    file: process.execPath,
    argv: [process.execPath, "--disable-warning=ExperimentalWarning", "-e", script, "--", ...words],
  };
}
