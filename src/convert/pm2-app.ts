/** One app of an ecosystem file, which remembers what of it has been read: the rest is told to the user. */
import { duration } from "../config/duration.ts";

export class App {
  readonly notes: string[] = [];
  readonly #values: Readonly<Record<string, unknown>>;
  readonly #read = new Set<string>();

  constructor(values: Readonly<Record<string, unknown>>) {
    this.#values = values;
  }

  keys(): string[] {
    return Object.keys(this.#values);
  }

  value(key: string): unknown {
    this.#read.add(key);
    return Object.hasOwn(this.#values, key) ? this.#values[key] : undefined;
  }

  /** The first of these names that is there with a text or a number. */
  text(...names: readonly string[]): string | null {
    let found: string | null = null;
    for (const name of names) {
      const value = this.value(name);
      if (found === null && (typeof value === "string" || typeof value === "number") && value !== "")
        found = String(value);
    }
    return found;
  }

  flag(...names: readonly string[]): boolean | null {
    const values = names.map((name) => this.value(name));
    const found = values.find((value) => value !== undefined && value !== null);
    return found === undefined ? null : found === true || found === "true" || found === 1;
  }

  /** A list of texts, however it is written: a list, or one text. */
  list(name: string): string[] | null {
    const value = this.value(name);
    if (Array.isArray(value)) return value.map(String);
    return typeof value === "string" || typeof value === "number" ? [String(value)] : null;
  }

  /** PM2's times are milliseconds, or a number with s, m or h. */
  milliseconds(name: string): number | null {
    const text = this.text(name);
    if (text === null) return null;
    if (/^\d+(\.\d+)?$/.test(text)) return Math.round(Number(text));
    try {
      return duration(text);
    } catch {
      this.notes.push(`not carried over: ${name}: ${text}, which is no time`);
      return null;
    }
  }

  /** Keys that nobody has asked for and that say something. */
  unread(): string[] {
    return this.keys().filter((key) => !this.#read.has(key) && this.#values[key] !== undefined);
  }

  /** A key's value for a note; a short one only, and none of anything that could be secret. */
  shown(key: string): string {
    const value = this.#values[key];
    const plain = typeof value === "number" || typeof value === "boolean";
    return plain ? `: ${value}` : "";
  }
}
