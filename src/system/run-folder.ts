/**
 * Where a daemon that was told of no place for it has its socket, so that `spacectl` finds it without being told either: the
 * first that can be written of /run/spaced, $XDG_RUNTIME_DIR/spaced and /tmp/spaced-UID. Anybody may make a folder in
 * /tmp, so there it has to be the user's own.
 */
import { accessSync, chownSync, constants, existsSync, lstatSync, mkdirSync, readdirSync } from "node:fs";
import { dirname } from "node:path";

const socketName = "spaced.sock";
const own = (): number => process.getuid?.() ?? 0;

function folders(): readonly string[] {
  const { XDG_RUNTIME_DIR: runtime } = process.env;
  return ["/run/spaced", ...(runtime?.startsWith("/") ? [`${runtime}/spaced`] : []), `/tmp/spaced-${own()}`];
}

/** Makes the folder, if need be. null = nothing can be written. */
export function makeRunFolder(): string | null {
  return folders().find(usable) ?? null;
}

/** Which folder that would be, for whoever makes none. */
export function foreseeRunFolder(): string | null {
  return folders().find((folder) => (existsSync(folder) ? mayUse(folder) : mayWrite(dirname(folder)))) ?? null;
}

/** For a daemon that is about to become another user. */
export function giveRunFolder(folder: string, uid: number): void {
  try {
    if (lstatSync(folder).uid === own()) chownSync(folder, uid, -1);
  } catch {
    // Then that user cannot write there, and the daemon will say so.
  }
}

function usable(folder: string): boolean {
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch {
    // There already, or not to be had: that shows next.
  }
  return mayUse(folder);
}

const mayUse = (folder: string): boolean => mayWrite(folder) && trusted(folder);

function mayWrite(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function trusted(folder: string): boolean {
  const status = lstatSync(folder);
  return status.isDirectory() && (!folder.startsWith("/tmp/") || status.uid === own() || own() === 0);
}

/** Where one is sought that was not told of a place, and cannot be found: what `spacectl` then says it has tried. */
export const usualSocket = `/run/spaced/${socketName}`;

/** Path of the socket of a daemon that runs; for root those of all users are looked for. null = there is none. */
export function findRunSocket(): string | null {
  const all = own() === 0 ? [...folders(), ...others()] : folders();
  return all.map((folder) => `${folder}/${socketName}`).find(isSocket) ?? null;
}

function others(): string[] {
  try {
    return readdirSync("/tmp")
      .filter((name) => /^spaced-\d+$/.test(name))
      .map((name) => `/tmp/${name}`);
  } catch {
    return [];
  }
}

function isSocket(path: string): boolean {
  try {
    return trusted(path.slice(0, -socketName.length - 1)) && lstatSync(path).isSocket();
  } catch {
    return false;
  }
}
