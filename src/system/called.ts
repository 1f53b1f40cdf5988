/**
 * What the launcher tells the program it starts: under which name it was called, that of a link and not
 * of what the link leads to, and what Node changes on its way up.
 */
import { basename } from "node:path";

/** Environment variables that are meant for us alone; children do not get them. */
export const fromLauncher = {
  /** Path of the launcher as it was called. */
  path: "SPACED_LAUNCHER",
  /** Soft limit of open files before Node raised it. */
  softFiles: "SPACED_SOFT_FILES",
  /** There when the number of libuv's threads is the launcher's, not the user's. */
  threads: "SPACED_THREADS",
} as const;

/** An environment for children: ours, without what was meant for us alone. */
export function withoutOurs(environment: Readonly<Record<string, string>>): Record<string, string> {
  const theirs: Record<string, string> = { ...environment };
  if (theirs[fromLauncher.threads] !== undefined) delete theirs.UV_THREADPOOL_SIZE;
  for (const ours of Object.values(fromLauncher)) delete theirs[ours];
  return theirs;
}

/** The name this program was called by; `otherwise` when it was started without its launcher. */
export function calledAs(otherwise: string): string {
  return basename(process.env[fromLauncher.path] ?? "") || otherwise;
}
