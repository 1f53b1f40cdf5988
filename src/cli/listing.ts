/**
 * Arguments of the commands that list something: names, and our own `--json`. Words without `--` are
 * names as they always were; only with one does a parser of options get loaded.
 */
import type { Command } from "./commands.ts";
import { words } from "./names.ts";
import type { Session } from "./session.ts";

export interface ListingArguments {
  readonly names: readonly string[];
  readonly json: boolean;
}

/** Null when the user has been told what is wrong, or shown the help asked for. */
export async function listingArguments(
  session: Session,
  command: Command,
  argument: string,
): Promise<ListingArguments | null> {
  const given = words(argument);
  if (!given.some((word) => word.startsWith("--"))) return { names: given, json: false };
  const { parseListing } = await import("./arguments.ts");
  const parsed = parseListing(command.name, given);
  if (parsed.type === "shown") {
    session.out.write(parsed.text);
    return null;
  }
  session.machineReadable = parsed.type === "refused" || parsed.value.json;
  if (parsed.type === "refused") {
    session.fail(parsed.text);
    return null;
  }
  return parsed.value;
}

/** One JSON document on standard output. */
export function printJson(session: Session, value: unknown): void {
  session.out.line(JSON.stringify(value, null, 2));
}

/** 1700000000 -> `2023-11-14T22:13:20Z`; 0 (never) -> null. */
export function isoTime(seconds: number): string | null {
  if (seconds <= 0) return null;
  return new Date(seconds * 1000).toISOString().replace(".000Z", "Z");
}
