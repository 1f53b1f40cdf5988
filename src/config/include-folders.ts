/** Where files may come that `[include]` would take: what a watcher has to watch besides the files that are there. */
import { isGlob, nameExpression } from "../core/glob.ts";

/** A pattern whose last parts hold wildcards. */
export interface IncludeFolder {
  /** Absolute; all of the pattern before its first wildcard. */
  readonly path: string;
  /** Whether a file or folder, in parts from `path` on, is one that the pattern means or that leads to such. */
  readonly means: (parts: readonly string[]) => boolean;
}

/** @param patterns absolute ones */
export function includeFolders(patterns: readonly string[]): IncludeFolder[] {
  return patterns.flatMap((pattern) => {
    const parts = pattern.split("/").filter((part) => part !== "");
    const wild = parts.findIndex(isGlob);
    if (wild < 0) return [];
    const expressions = parts.slice(wild).map(nameExpression);
    return {
      path: `/${parts.slice(0, wild).join("/")}`,
      means: (names) =>
        names.length <= expressions.length && names.every((name, place) => expressions[place]?.test(name) === true),
    };
  });
}
