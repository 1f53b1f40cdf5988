/** Two program lists in, what has to be added, changed and removed out. Compares structure, never field by field. */
import type { GroupSettings } from "./program.ts";

export interface Changes {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

/** Names of groups, in the order of the lists they stand in. */
export function compareGroups(active: readonly GroupSettings[], wanted: readonly GroupSettings[]): Changes {
  const activeByName = new Map(active.map((group) => [group.name, group]));
  const wantedNames = new Set(wanted.map(({ name }) => name));
  const added: string[] = [];
  const changed: string[] = [];
  for (const group of wanted) {
    const running = activeByName.get(group.name);
    if (running === undefined) added.push(group.name);
    else if (!same(running, group)) changed.push(group.name);
  }
  return { added, changed, removed: active.map(({ name }) => name).filter((name) => !wantedNames.has(name)) };
}

/** Deep equality of plain data: objects, arrays and primitives. */
export function same(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && same((a as never)[key], (b as never)[key]))
  );
}
