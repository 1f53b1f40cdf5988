/** Answers from a pipe or a file: the prompts are printed, nothing is echoed. */
import { StringDecoder } from "node:string_decoder";
import { onInterrupt } from "./interrupts.ts";
import { standardOutput } from "./output.ts";
import type { Answer, Prompter } from "./prompter.ts";

/** A line longer than this is no command; what has come is taken for the line. */
const lineLimit = 1024 * 1024;

export class PipePrompter implements Prompter {
  readonly #decoder = new StringDecoder("utf8");
  #text = "";
  #ended = false;
  #waiting: ((answer: Answer) => void) | null = null;

  constructor() {
    process.stdin.on("data", (chunk: Buffer) => this.#take(this.#decoder.write(chunk)));
    process.stdin.on("end", () => this.#end());
    process.stdin.on("error", () => this.#end());
  }

  ask(prompt: string): Promise<Answer> {
    standardOutput.write(prompt);
    return this.#next();
  }

  /** The prompt is no part of the output somebody may be reading. */
  askSecret(prompt: string): Promise<Answer> {
    standardOutput.errorLine(prompt);
    return this.#next();
  }

  close(): void {
    process.stdin.destroy();
  }

  #next(): Promise<Answer> {
    return new Promise((resolve) => {
      const release = onInterrupt(() => this.#answer({ type: "interrupt" }));
      this.#waiting = (answer) => {
        release();
        process.stdin.pause();
        resolve(answer);
      };
      this.#serve();
      if (this.#waiting !== null) process.stdin.resume();
    });
  }

  #take(text: string): void {
    this.#text += text;
    this.#serve();
  }

  #end(): void {
    this.#text += this.#decoder.end();
    this.#ended = true;
    this.#serve();
  }

  /** Gives whoever waits the next line, if it is there. */
  #serve(): void {
    if (this.#waiting === null) return;
    const newline = this.#text.indexOf("\n");
    if (newline === -1 && this.#text.length < lineLimit && !this.#ended) return;
    if (newline === -1 && this.#text === "") {
      this.#answer({ type: "end", text: "EOF when reading a line" });
      return;
    }
    const end = newline === -1 ? this.#text.length : newline;
    const text = this.#text.slice(0, end).replace(/\r$/, "");
    this.#text = this.#text.slice(newline === -1 ? end : end + 1);
    this.#answer({ type: "line", text });
  }

  #answer(answer: Answer): void {
    const waiting = this.#waiting;
    this.#waiting = null;
    waiting?.(answer);
  }
}
