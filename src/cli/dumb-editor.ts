/**
 * The least a line editor can be: for terminals that only know characters and backspace, and for
 * passwords, which are not to be seen. The keys of readline that edit and go through the history, TAB, Enter, Ctrl-C
 * and Ctrl-D.
 */
import { EventEmitter } from "node:events";
import { StringDecoder } from "node:string_decoder";
import type { Completer } from "./completion.ts";
import { type Draft, draftOf, edits, emptyDraft, inColumns, inserted, redrawn } from "./draft.ts";
import { standardOutput } from "./output.ts";

interface Settings {
  readonly echo: boolean;
  readonly prompt?: string;
  readonly completer?: Completer | null;
  /** Newest first. */
  readonly history?: readonly string[];
}

interface Events {
  line: [text: string];
  SIGINT: [];
  close: [];
}

/** A key each: what begins with an escape character, another control character, or text as long as it comes. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what keys send
const keyExpression = /\x1b(?:\[[0-9;]*[A-Za-z~]|O[A-Za-z]|.)?|[\0-\x1f\x7f]|[^\0-\x1f\x7f]+/gsu;
// biome-ignore lint/suspicious/noControlCharactersInRegex: as above
const unfinished = /\x1b(?:\[[0-9;]*|O)?$/;
/** Of a terminal that does not say how wide it is. */
const usualWidth = 80;

/** Emits `line` for each Enter, `SIGINT` for Ctrl-C, `close` for Ctrl-D on an empty line and the end of input. */
export class DumbEditor extends EventEmitter<Events> {
  readonly #settings: Settings;
  readonly #decoder = new StringDecoder("utf8");
  #draft = emptyDraft;
  /** How far back in the history we are; 0 = in the line that is being written. */
  #back = 0;
  #written = "";
  /** Whether the latest key was a TAB that added nothing: another one lists. */
  #tabbed = false;
  /** The beginning of a key that is still to come. */
  #begun = "";
  #closed = false;
  /** Keys are handled one after the other, also while a completion is being fetched. */
  #work = Promise.resolve();

  constructor(settings: Settings) {
    super();
    this.#settings = settings;
  }

  /** What has been typed since the latest Enter. */
  get line(): string {
    return this.#draft.typed.join("");
  }

  start(): void {
    // Raw before the prompt: what answers that is for us, and not for the terminal's own editing.
    process.stdin.setRawMode(true);
    process.stdin.on("data", this.#onData).on("end", this.#onEnd).resume();
    this.#show(this.#settings.prompt ?? "");
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    process.stdin.off("data", this.#onData).off("end", this.#onEnd);
    process.stdin.setRawMode(false);
    process.stdin.pause();
  }

  /** As if it had been typed. */
  write(text: string): void {
    this.#become(inserted(this.#draft, text));
  }

  readonly #onData = (chunk: Buffer): void => {
    const text = this.#begun + this.#decoder.write(chunk);
    this.#begun = unfinished.exec(text)?.[0] ?? "";
    const keys = text.slice(0, text.length - this.#begun.length).match(keyExpression) ?? [];
    this.#work = this.#work.then(async () => {
      for (const key of keys) await this.#press(key);
    });
  };

  readonly #onEnd = (): void => void this.emit("close");

  async #press(key: string): Promise<void> {
    const again = this.#tabbed;
    this.#tabbed = key === "\t";
    switch (key) {
      case "\r":
      case "\n":
        return this.#enter();
      case "\x03":
        this.emit("SIGINT");
        return;
      case "\t":
        return this.#complete(again);
      case "\x10":
      case "\x1b[A":
      case "\x1bOA":
        return this.#goBack(1);
      case "\x0e":
      case "\x1b[B":
      case "\x1bOB":
        return this.#goBack(-1);
    }
    const edit = edits.get(key);
    if (key === "\x04" && this.#draft.typed.length === 0) this.emit("close");
    else if (edit !== undefined) this.#become(edit(this.#draft));
    else if (key >= " ") this.write(key);
  }

  #enter(): void {
    const text = this.line;
    this.#become({ ...this.#draft, at: this.#draft.typed.length });
    this.#show("\n");
    this.#draft = emptyDraft;
    this.#back = 0;
    this.emit("line", text);
  }

  #goBack(lines: number): void {
    const history = this.#settings.history ?? [];
    const back = this.#back + lines;
    if (back < 0 || back > history.length) return;
    if (this.#back === 0) this.#written = this.line;
    this.#back = back;
    this.#become(draftOf(back === 0 ? this.#written : (history[back - 1] ?? "")));
  }

  #become(draft: Draft): void {
    this.#show(redrawn(this.#draft, draft));
    this.#draft = draft;
  }

  /** Adds what all matches have in common; when that is nothing and TAB is pressed again, lists them. */
  async #complete(again: boolean): Promise<void> {
    const { completer, prompt = "" } = this.#settings;
    if (completer === undefined || completer === null) return;
    const { typed, at } = this.#draft;
    const before = typed.slice(0, at).join("");
    const { matches, fragment } = await completer(before);
    const common = matches.reduce(sharedStart, matches[0] ?? fragment);
    if (common.length > fragment.length) {
      this.write(common.slice(fragment.length));
      this.#tabbed = false;
    } else if (matches.length > 1 && again) {
      this.#show(`\n${inColumns(matches, process.stdout.columns || usualWidth)}\n${prompt}${before}`);
      this.#show(redrawn({ typed: typed.slice(0, at), at }, this.#draft));
    }
  }

  #show(text: string): void {
    if (this.#settings.echo && text !== "") standardOutput.raw(text);
  }
}

function sharedStart(one: string, other: string): string {
  let length = 0;
  while (length < one.length && one[length] === other[length]) length++;
  return one.slice(0, length);
}
