/**
 * What comes from the keyboard and the mouse, by names. Keys are read by Node's readline, which knows the sequences of
 * common terminals; the mouse (SGR, mode 1006) and pasted text (mode 2004) are taken out before.
 */

import { emitKeypressEvents, type Interface, type Key } from "node:readline";
import { PassThrough } from "node:stream";

export type Input =
  | { readonly type: "key"; readonly key: string }
  | { readonly type: "paste"; readonly text: string }
  /** 0-based. */
  | {
      readonly type: "mouse";
      readonly what: "click" | "wheel-up" | "wheel-down";
      readonly x: number;
      readonly y: number;
    };

/** After so long an Escape is the key, not the beginning of a sequence. */
const escapeMs = 40;
const longestHeld = 256 * 1024;

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const special = /\x1b\[<(\d+);(\d+);(\d+)([Mm])|\x1b\[200~([\s\S]*?)\x1b\[201~/g;
/** The beginning of one of these at the end of what has come so far. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const begun = /\x1b\[(?:<[\d;]*|20{0,2}|200~(?:(?!\x1b\[201~)[\s\S])*)?$/;

export class InputReader {
  readonly #take: (input: Input) => void;
  readonly #keys = new PassThrough();
  #held = "";

  constructor(take: (input: Input) => void) {
    this.#take = take;
    emitKeypressEvents(this.#keys, { escapeCodeTimeout: escapeMs } as unknown as Interface);
    this.#keys.on("keypress", (text: string | undefined, key: Key) => {
      for (const name of namesOf(text, key)) take({ type: "key", key: name });
    });
  }

  push(text: string): void {
    let rest = this.#held + text;
    this.#held = begun.exec(rest)?.[0] ?? "";
    if (this.#held.length > longestHeld) this.#held = "";
    rest = rest.slice(0, rest.length - this.#held.length);
    let at = 0;
    for (const match of rest.matchAll(special)) {
      this.#typed(rest.slice(at, match.index));
      at = match.index + match[0].length;
      const [, button, x, y, kind, pasted] = match;
      if (pasted !== undefined) this.#take({ type: "paste", text: pasted });
      else this.#moused(Number(button), Number(x) - 1, Number(y) - 1, kind === "M");
    }
    this.#typed(rest.slice(at));
  }

  end(): void {
    this.#keys.destroy();
  }

  /** Read at once: keys come in the order in which they were pressed, mouse and all. */
  #typed(text: string): void {
    if (text !== "") this.#keys.emit("data", Buffer.from(text));
  }

  #moused(button: number, x: number, y: number, isPressed: boolean): void {
    if (!isPressed) return;
    if (button === 0) this.#take({ type: "mouse", what: "click", x, y });
    if (button === 64) this.#take({ type: "mouse", what: "wheel-up", x, y });
    if (button === 65) this.#take({ type: "mouse", what: "wheel-down", x, y });
  }
}

const renamed: Readonly<Record<string, string>> = { return: "enter" };

/** Readline puts Escapes that came together with a key into that one; they were pressed. */
function namesOf(text: string | undefined, key: Key): string[] {
  const escapes = escapesOf(key.sequence ?? "");
  const pressed = key.name === "escape" ? escapes : Math.max(0, escapes - 1);
  const last = key.name === "escape" ? null : nameOf(text, key);
  return [...Array<string>(pressed).fill("esc"), ...(last === null ? [] : [last])];
}

/** How many it begins with. */
function escapesOf(sequence: string): number {
  let count = 0;
  while (sequence.startsWith("\x1b", count)) count++;
  return count;
}

/** As in the table of commands; null for what has no name. */
function nameOf(text: string | undefined, { name, ctrl, meta, shift, sequence }: Key): string | null {
  const typed = text ?? sequence ?? "";
  if (!ctrl && !meta && typed !== "" && !/\p{Cc}/u.test(typed)) return typed === " " ? "space" : typed;
  if (name === undefined || name === "undefined") return meta ? unnamed(typed.slice(escapesOf(typed))) : null;
  const known = renamed[name] ?? name;
  // A letter with Alt is itself in either case.
  const isLetter = /^[a-z]$/.test(known);
  const own = isLetter && meta && shift ? known.toUpperCase() : known;
  return `${ctrl ? "ctrl-" : ""}${meta ? "alt-" : ""}${shift && !isLetter ? "shift-" : ""}${own}`;
}

/** What readline does not name when it comes with Alt: signs, and letters with Ctrl besides. */
function unnamed(character: string): string | null {
  const code = character.charCodeAt(0);
  if (code >= 1 && code <= 26) return `ctrl-alt-${String.fromCharCode(code + 96)}`;
  return [...character].length === 1 && !/\p{Cc}/u.test(character) ? `alt-${character}` : null;
}
