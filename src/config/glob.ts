/**
 * File patterns of `[include]`: `*`, `?`, `[a-z]` and `[!a-z]` within one part of a path, as Python's
 * glob matches them. A leading dot is matched by a dot only; braces and `**` mean nothing special.
 */
import { lstatSync, readdirSync, statSync } from "node:fs";
import { isGlob, nameExpression } from "../core/glob.ts";

/** Sorted paths that match an absolute pattern, at most `limit` of them. Directories match too. */
export function glob(pattern: string, limit: number): string[] {
  if (!isGlob(pattern)) return exists(pattern) ? [pattern] : [];
  let found = [pattern.startsWith("//") && !pattern.startsWith("///") ? "//" : "/"];
  const parts = pattern.split("/").filter((part) => part !== "");
  for (const [index, part] of parts.entries()) {
    const last = index === parts.length - 1 && !pattern.endsWith("/");
    const next: string[] = [];
    for (const directory of found) {
      for (const name of isGlob(part) ? matching(directory, part) : [part]) {
        const path = directory.endsWith("/") ? directory + name : `${directory}/${name}`;
        if (isGlob(part) && last) next.push(path);
        else if (last ? exists(path) : isDirectory(path)) next.push(path);
        if (next.length >= limit) break;
      }
    }
    found = next;
  }
  return found.sort();
}

function matching(directory: string, part: string): string[] {
  const expression = nameExpression(part);
  try {
    return readdirSync(directory).filter(
      (name) => (part.startsWith(".") || !name.startsWith(".")) && expression.test(name),
    );
  } catch {
    return [];
  }
}

function exists(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false;
  }
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  } catch {
    return false;
  }
}
