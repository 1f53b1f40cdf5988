/**
 * The socket and the process id where daemons have them that were told of no place: for the command behind `--`, and for a
 * list in YAML whose `unix_http_server` names no file, so that one list serves whoever runs it.
 */
import type { Complaints } from "./complaint.ts";
import { type Document, type Entry, entryOf } from "./document.ts";

const place = { file: "command line", line: 1, column: 1, length: 1 };

/** Sets a key as if it had been written. What the list says itself stays, unless `always`. */
export function setKey(document: Document, section: string, key: string, value: string, always = false): void {
  const found = document.sections.get(section) ?? { name: section, entries: new Map<string, Entry>(), place };
  document.sections.set(section, found);
  if (!always && entryOf(document, found, key) !== undefined) return;
  const entry = { ...place, key, value, keyLength: key.length, valueColumn: 1, lines: null, by: place.file };
  found.entries.set(key, entry);
}

/** Where nothing can be written, the programs run without a socket. */
export function placeSocket(document: Document, runFolder: () => string | null, complaints: Complaints): void {
  const section = document.sections.get(socketSection);
  if (section === undefined || entryOf(document, section, "file") !== undefined) return;
  const folder = runFolder();
  placePidfile(document, folder);
  if (folder !== null) {
    setKey(document, socketSection, "file", socketIn(folder));
    return;
  }
  document.sections.delete(socketSection);
  const hint = "make /run/spaced, XDG_RUNTIME_DIR or /tmp writable, or name a file";
  complaints.warn("there is no socket: nothing can be written where it would be", section.place, {
    section: socketSection,
    key: "file",
    hint,
  });
}

export const socketIn = (folder: string): string => `${folder}/spaced.sock`;

export function placePidfile(document: Document, folder: string | null): void {
  setKey(document, "supervisord", "pidfile", folder === null ? "/dev/null" : `${folder}/spaced.pid`);
}

const socketSection = "unix_http_server";
