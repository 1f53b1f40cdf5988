/**
 * Whether another user gets to its directory and its program. The reference becomes that user first, and enters
 * and executes then; posix_spawn(3) enters first, and setpriv(1) has other words and another exit status for what it
 * may not execute. Owners and modes are looked at beforehand; as access lists may say otherwise, who is doubted
 * tries it as that user, by a line of shell that tells a failure as the reference does.
 */
import { realpathSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { groups, user } from "./accounts.ts";
import { behind, type Program, tool } from "./shims.ts";

interface Wanted extends Program {
  /** null = that of the daemon. */
  readonly uid: number | null;
  readonly directory: string | null;
}

/** The line of shell to start in the place of the program, in no directory; null when there is no doubt, or no shell. */
export function attempt({ uid, directory, file, argv }: Wanted): Program | null {
  if (uid === null || uid === process.geteuid?.()) return null;
  const account = user(String(uid));
  const shell = tool("sh");
  if (account === null || shell === null) return null;
  const person = { uid, groups: groups(account) };
  const place = resolve(directory ?? ".");
  if ((directory === null || getsTo(place, person)) && getsTo(resolve(place, file), person)) return null;
  return behind(shell, ["-c", script, "sh", directory ?? "", file, argv[0] ?? file], { file, argv: argv.slice(1) });
}

const script = `no() { printf '%s\\n' "supervisor: couldn't $1" "supervisor: child process was not spawned" >&2; exit 127; }
[ -z "$1" ] || CDPATH= cd -P -- "$1" 2>/dev/null || no "chdir to $1: EACCES"
[ -x "$2" ] || no "exec $3: EACCES"
program=$2
shift 4
exec "$program" "$@"`;

interface Person {
  readonly uid: number;
  readonly groups: readonly number[];
}

/** A path that cannot be followed is left to whoever uses it. */
function getsTo(path: string, person: Person): boolean {
  try {
    for (let at = realpathSync(path); ; at = dirname(at)) {
      if (!mayPass(at, person)) return false;
      if (at === "/") return true;
    }
  } catch {
    return true;
  }
}

/** The right to execute, which of a directory is the right to enter. */
function mayPass(path: string, person: Person): boolean {
  const { uid, gid, mode } = statSync(path);
  if (uid === person.uid) return (mode & 0o100) !== 0;
  return (mode & (person.groups.includes(gid) ? 0o010 : 0o001)) !== 0;
}
