/**
 * The settings of `spacectl top`, which belong to a person and not to a program list:
 * `$XDG_CONFIG_HOME/spacectl/top.yaml` (XDG Base Directory Specification). Nobody has to have one.
 */
import { homedir } from "node:os";
import { join } from "node:path";

export interface ScreenSettings {
  /** null: as the terminal says. */
  readonly theme: string | null;
  readonly mouse: boolean;
  /** Nothing but ASCII is shown; null: as the locale says. */
  readonly ascii: boolean | null;
  /** Keys by command. */
  readonly keys: Readonly<Record<string, readonly string[]>>;
}

export const usualScreen: ScreenSettings = { theme: null, mouse: true, ascii: null, keys: {} };

export function screenFile(environment: Readonly<Record<string, string | undefined>>): string {
  const { XDG_CONFIG_HOME: base } = environment;
  // One that is relative is to be ignored.
  return join(base?.startsWith("/") ? base : join(homedir(), ".config"), "spacectl", "top.yaml");
}

/** @throws Error in one line, without the file's name */
export async function readScreen(text: string): Promise<ScreenSettings> {
  const { plainYaml } = await import("./yaml.ts");
  const value = plainYaml(text) ?? null;
  if (value === null) return usualScreen;
  const { theme = null, mouse = true, ascii = null, keys = {}, ...unknown } = record(value, "the file");
  const [key] = Object.keys(unknown);
  if (key !== undefined) throw new Error(`${key} is not known; known are theme, mouse, ascii and keys`);
  return {
    theme: theme === null ? null : word(theme, "theme"),
    mouse: truth(mouse, "mouse"),
    ascii: ascii === null ? null : truth(ascii, "ascii"),
    keys: Object.fromEntries(
      Object.entries(record(keys ?? {}, "keys")).map(([command, wanted]) => [
        command,
        (Array.isArray(wanted) ? wanted : [wanted]).map((each) => word(each, `keys.${command}`)),
      ]),
    ),
  };
}

function record(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Error(`${what} has to be a map`);
  return value as Readonly<Record<string, unknown>>;
}

/** A digit is a key, too. */
function word(value: unknown, what: string): string {
  if (typeof value === "string" || typeof value === "number") return String(value);
  throw new Error(`${what} has to be a word`);
}

function truth(value: unknown, what: string): boolean {
  if (typeof value === "boolean") return value;
  throw new Error(`${what} has to be true or false`);
}
