/**
 * Answers from a terminal. Node's readline edits the line; a terminal that cannot move its cursor
 * (TERM=dumb) gets the plain editor, and so does input without a prompt (`fg`), which stands in the
 * middle of other output. The terminal is raw only while a question is open, so that Ctrl-C
 * reaches a running command as a signal.
 */
import { createInterface } from "node:readline";
import type { Completer } from "./completion.ts";
import { DumbEditor } from "./dumb-editor.ts";
import { onInterrupt } from "./interrupts.ts";
import { standardOutput } from "./output.ts";
import type { Answer, Prompter } from "./prompter.ts";

const historySize = 1000;

/** What Node's readline and the plain editor have in common. */
interface Editor {
  /** What has been typed since the latest Enter. */
  readonly line: string;
  on(event: "line", listener: (text: string) => void): unknown;
  on(event: "SIGINT" | "close", listener: () => void): unknown;
  write(text: string): void;
  close(): void;
}

export class TerminalPrompter implements Prompter {
  readonly #completer: Completer;
  readonly #history: string[];
  /** Lines that came with one that was asked for, as when several are pasted. */
  readonly #early: string[] = [];
  /** The beginning of a line that came with an earlier one. */
  #begun = "";
  #editor: Editor | null = null;
  #waiting: ((answer: Answer) => void) | null = null;

  constructor(completer: Completer, history: string[]) {
    this.#completer = completer;
    this.#history = history;
  }

  async ask(prompt: string, kind: "command" | "answer" = "answer"): Promise<Answer> {
    const early = this.#early.shift();
    if (early !== undefined) standardOutput.line(prompt + early);
    const answer: Answer =
      early === undefined ? await this.#edit(prompt, kind === "command") : { type: "line", text: early };
    if (kind === "command" && answer.type === "line") this.#remember(answer.text);
    return answer;
  }

  async askSecret(prompt: string): Promise<Answer> {
    standardOutput.raw(prompt);
    const editor = new DumbEditor({ echo: false });
    const answer = await this.#waitFor(editor, () => editor.start());
    if (answer.type === "line") standardOutput.line("");
    return answer;
  }

  close(): void {
    process.stdin.setRawMode(false);
    process.stdin.pause();
  }

  #edit(prompt: string, command: boolean): Promise<Answer> {
    const completer = command ? this.#completer : null;
    if (process.env.TERM === "dumb" || prompt === "") {
      const editor = new DumbEditor({ echo: true, prompt, completer, history: command ? this.#history : [] });
      return this.#waitFor(editor, () => editor.start());
    }
    const editor = createInterface({
      input: process.stdin,
      output: process.stdout,
      terminal: true,
      prompt,
      historySize,
      history: command ? [...this.#history] : [],
      ...(completer === null ? {} : { completer: forReadline(completer) }),
    });
    return this.#waitFor(editor, () => editor.prompt());
  }

  #waitFor(editor: Editor, start: () => void): Promise<Answer> {
    this.#editor?.close();
    this.#editor = editor;
    return new Promise((resolve) => {
      const release = onInterrupt(() => this.#answer({ type: "interrupt" }));
      this.#waiting = (answer) => {
        release();
        this.#editor = null;
        // Not before the editor has seen all that came together with the line.
        setImmediate(() => {
          this.#begun = answer.type === "line" ? editor.line : "";
          editor.close();
          resolve(answer);
        });
      };
      editor.on("line", (text: string) => {
        if (this.#editor === editor) this.#answer({ type: "line", text });
        else this.#early.push(text);
      });
      editor.on("SIGINT", () => this.#answer({ type: "interrupt" }));
      editor.on("close", () => this.#editor === editor && this.#answer({ type: "end", text: "" }));
      start();
      const begun = this.#begun;
      this.#begun = "";
      if (begun !== "") editor.write(begun);
    });
  }

  #answer(answer: Answer): void {
    const waiting = this.#waiting;
    this.#waiting = null;
    waiting?.(answer);
  }

  #remember(text: string): void {
    if (text.trim() === "" || this.#history[0] === text) return;
    this.#history.unshift(text);
    this.#history.length = Math.min(this.#history.length, historySize);
  }
}

function forReadline(completer: Completer) {
  return (line: string, done: (error: null, result: [string[], string]) => void): void => {
    void completer(line).then(({ matches, fragment }) => done(null, [[...matches], fragment]));
  };
}
