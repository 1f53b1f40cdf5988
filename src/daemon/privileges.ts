/** Who the daemon is: dropping to `user=`, and the limits that only root may raise before that. */
import type { DaemonSettings } from "../core/program.ts";
import * as accounts from "../system/accounts.ts";
import { raiseLimits } from "../system/limits.ts";
import { StartError } from "./start-error.ts";

export interface Note {
  readonly level: "critical" | "warn" | "info";
  readonly text: string;
}

const runsAsRoot =
  "Supervisor is running as root.  Privileges were not dropped because no user is specified in the config file.  " +
  "If you intend to run as root, you can set user=root in the config file to avoid this message.";

/** Returns what the main log should say of it. Throws a `StartError` when it cannot be done. */
export function dropPrivileges(settings: DaemonSettings): Note[] {
  const notes: Note[] = [];
  const { uid } = settings;
  const own = process.getuid?.();
  if (uid === null) {
    if (own === 0) notes.push({ level: "critical", text: runsAsRoot });
  } else if (uid !== own) {
    if (own !== 0) throw new StartError("Can't drop privilege as nonroot user");
    become(uid);
    notes.push({ level: "info", text: `Set uid to user ${uid} succeeded` });
  } else notes.push({ level: "info", text: `Set uid to user ${uid} succeeded` });
  return notes;
}

/** The same, for the limits; `softFiles` is the soft limit of open files that the daemon was started with. */
export function raiseLimitsOrFail(settings: DaemonSettings, softFiles: string): Note[] {
  try {
    return raiseLimits(settings, softFiles).map((text) => ({ level: "info", text }));
  } catch (error) {
    throw new StartError((error as Error).message);
  }
}

function become(uid: number): void {
  const account = accounts.user(String(uid));
  if (account === null) throw new StartError(`Can't find uid ${uid}`);
  try {
    process.setgroups?.([...accounts.groups(account)]);
    process.setgid?.(account.gid);
    process.setuid?.(uid);
  } catch (error) {
    throw new StartError(`Could not become user ${account.name}: ${(error as Error).message}`);
  }
}
