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
  /** The environment as it was before the launcher's shell took it in, in base64. */
  environment: "SPACED_ENVIRONMENT",
} as const;

/**
 * Gives back what a shell does to an environment: dash drops variables with names such as `spring.datasource.url`
 * and sets PWD. To be called before anybody reads it.
 */
export function restoreEnvironment(): void {
  const packed = process.env[fromLauncher.environment];
  if (packed === undefined) return;
  delete process.env[fromLauncher.environment];
  const original = new Map<string, string>();
  for (const pair of Buffer.from(packed, "base64").toString("utf8").split("\0")) {
    const equals = pair.indexOf("=", 1);
    if (equals > 0) original.set(pair.slice(0, equals), pair.slice(equals + 1));
  }
  if (original.size === 0) return;
  for (const name of Object.keys(process.env)) if (!original.has(name) && !isOurs(name)) delete process.env[name];
  for (const [name, value] of original) if (process.env[name] !== value && !isOurs(name)) process.env[name] = value;
}

const isOurs = (name: string): boolean => name.startsWith("SPACED_") || name === "UV_THREADPOOL_SIZE";

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
