/**
 * How many copies of a program somebody has asked for while the daemon runs (`spacectl scale`), in the place of what the
 * list says. That holds until the list is edited there, or the daemon ends. It becomes a key of the document, as if it
 * had been written there, so it is checked as every other number of processes is.
 */
import { type Document, type Entry, entryOf } from "./document.ts";

interface Scale {
  readonly copies: number;
  /** What the list says of it, as written; null = nothing. Unknown until it is read for the first time since. */
  readonly over?: string | null;
}

const kinds = ["program", "fcgi-program", "eventlistener"];

export class Scales {
  readonly #scales = new Map<string, Scale>();

  /** Sets a number for what `attempt` reads, which stays if that succeeds. Rejects as `attempt` does. */
  async trying<T>(program: string, copies: number, attempt: () => Promise<T>): Promise<T> {
    const before = this.#scales.get(program);
    this.#scales.set(program, { copies });
    try {
      return await attempt();
    } catch (error) {
      if (before === undefined) this.#scales.delete(program);
      else this.#scales.set(program, before);
      throw error;
    }
  }

  /** Writes the numbers into a list that has just been read. */
  apply(document: Document): void {
    for (const [program, { copies, over }] of this.#scales) {
      const section = kinds
        .map((kind) => document.sections.get(`${kind}:${program}`))
        .find((found) => found !== undefined);
      if (section === undefined) continue;
      const written = entryOf(document, section, "numprocs");
      const text = written?.value ?? null;
      if (over !== undefined && over !== text) {
        this.#scales.delete(program);
        continue;
      }
      this.#scales.set(program, { copies, over: text });
      section.entries.set("numprocs", {
        ...(written ?? entryAt(section.place)),
        value: String(copies),
        by: "spacectl scale",
      });
    }
  }
}

function entryAt(place: { file: string; line: number; column: number }): Entry {
  const key = "numprocs";
  return { ...place, key, value: "", keyLength: key.length, valueColumn: place.column, lines: null };
}
