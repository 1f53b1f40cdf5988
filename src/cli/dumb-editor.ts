/**
 * The least a line editor can be: for terminals that only know characters and backspace, and for
 * passwords, which are not to be seen. Characters, backspace, Ctrl-U, TAB, Enter, Ctrl-C and Ctrl-D.
 */
import { EventEmitter } from "node:events";
import { StringDecoder } from "node:string_decoder";
import type { Completer } from "./completion.ts";
import { standardOutput } from "./output.ts";

interface Settings {
  readonly echo: boolean;
  readonly prompt?: string;
  readonly completer?: Completer | null;
}

interface Events {
  line: [text: string];
  SIGINT: [];
  close: [];
}

const limit = 1024 * 1024;

/** Emits `line` for each Enter, `SIGINT` for Ctrl-C, `close` for Ctrl-D on an empty line and the end of input. */
export class DumbEditor extends EventEmitter<Events> {
  readonly #settings: Settings;
  readonly #decoder = new StringDecoder("utf8");
  #typed: string[] = [];
  #closed = false;
  /** Keys are handled one after the other, also while a completion is being fetched. */
  #work = Promise.resolve();

  constructor(settings: Settings) {
    super();
    this.#settings = settings;
  }

  /** What has been typed since the latest Enter. */
  get line(): string {
    return this.#typed.join("");
  }

  start(): void {
    this.#show(this.#settings.prompt ?? "");
    process.stdin.setRawMode(true);
    process.stdin.on("data", this.#onData).on("end", this.#onEnd).resume();
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
    this.#insert(text);
  }

  readonly #onData = (chunk: Buffer): void => {
    const keys = [...this.#decoder.write(chunk)];
    this.#work = this.#work.then(async () => {
      for (const key of keys) await this.#press(key);
    });
  };

  readonly #onEnd = (): void => void this.emit("close");

  async #press(key: string): Promise<void> {
    switch (key) {
      case "\r":
      case "\n":
        this.#show("\n");
        this.emit("line", this.#typed.splice(0).join(""));
        return;
      case "\x03":
        this.emit("SIGINT");
        return;
      case "\x04":
        if (this.#typed.length === 0) this.emit("close");
        return;
      case "\x7f":
      case "\b":
        return this.#erase(1);
      case "\x15":
        return this.#erase(this.#typed.length);
      case "\t":
        return this.#complete();
      default:
        if (key >= " " && this.#typed.length < limit) this.#insert(key);
    }
  }

  #insert(text: string): void {
    this.#typed.push(...text);
    this.#show(text);
  }

  #erase(count: number): void {
    const erased = Math.min(count, this.#typed.length);
    this.#typed.length -= erased;
    this.#show("\b \b".repeat(erased));
  }

  /** Adds what all matches have in common; when that is nothing, lists them. */
  async #complete(): Promise<void> {
    const { completer } = this.#settings;
    if (completer === undefined || completer === null) return;
    const { matches, fragment } = await completer(this.line);
    const common = matches.reduce(sharedStart, matches[0] ?? fragment);
    if (common.length > fragment.length) this.#insert(common.slice(fragment.length));
    else if (matches.length > 1) this.#show(`\n${matches.join(" ")}\n${this.#settings.prompt ?? ""}${this.line}`);
  }

  #show(text: string): void {
    if (this.#settings.echo) standardOutput.raw(text);
  }
}

function sharedStart(one: string, other: string): string {
  let length = 0;
  while (length < one.length && one[length] === other[length]) length++;
  return one.slice(0, length);
}
