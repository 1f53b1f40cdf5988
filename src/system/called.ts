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
} as const;

/** The name this program was called by; `otherwise` when it was started without its launcher. */
export function calledAs(otherwise: string): string {
  return basename(process.env[fromLauncher.path] ?? "") || otherwise;
}
