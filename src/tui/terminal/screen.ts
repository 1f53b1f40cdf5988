/**
 * Puts frames on a terminal. Only lines that have changed are written, each to its own place, so that a slow connection
 * carries little; all of a frame is shown at once where the terminal can do that (synchronized output, mode 2026).
 */

const begin = "\x1b[?2026h";
const end = "\x1b[?2026l";

export class Screen {
  readonly #write: (text: string) => void;
  #shown: readonly string[] = [];
  #isClear = false;

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  /** `frame`: its lines, joined by line feeds. */
  show(frame: string, rows: number): void {
    const lines = frame.split("\n").slice(0, rows);
    let changes = this.#isClear ? "" : "\x1b[0m\x1b[2J";
    for (let row = 0; row < Math.max(lines.length, this.#shown.length); row++) {
      const line = lines[row] ?? "";
      if (this.#isClear && line === (this.#shown[row] ?? "")) continue;
      changes += `\x1b[${row + 1};1H\x1b[0m${this.#isClear ? "\x1b[2K" : ""}${line}`;
    }
    this.#shown = lines;
    this.#isClear = true;
    if (changes !== "") this.#write(`${begin}${changes}\x1b[0m${end}`);
  }

  /** What is on the terminal is not known any more: the next frame is written whole. */
  forget(): void {
    this.#shown = [];
    this.#isClear = false;
  }
}
