/**
 * Where a program list is looked for when the command line names none: the reference's places, in its
 * order, so that an image which relies on `/etc/supervisor/supervisord.conf` needs no `-c` with us either.
 */
import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

/**
 * Paths in order of preference, spelled as messages show them. `programDir` is the directory of the launcher as it
 * was called (the dirname of argv[0], not resolved through links): its parent is searched first.
 */
export function searchPaths(programDir: string): string[] {
  const parent = dirname(programDir);
  return [
    join(parent, "etc/supervisord.conf"),
    join(parent, "supervisord.conf"),
    "supervisord.conf",
    "etc/supervisord.conf",
    "/etc/supervisord.conf",
    "/etc/supervisor/supervisord.conf",
  ];
}

/** The first of `searchPaths` that exists, seen from `cwd`, or null. */
export function findConfigFile(programDir: string, cwd: string): string | null {
  return searchPaths(programDir).find((path) => existsSync(resolve(cwd, path))) ?? null;
}

/** What the daemon says (and exits 2) when `findConfigFile` finds nothing. */
export function noConfigFileMessage(programDir: string): string {
  const paths = searchPaths(programDir).join(", ");
  return `No config file found at default paths (${paths}); use the -c option to specify a config file at a different path`;
}
