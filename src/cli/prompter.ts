/**
 * Asking the user for a line: on a terminal with editing, history and completion, on a pipe by
 * reading it. Which of the two, and its code, is decided when the first question is asked.
 */
import { isatty } from "node:tty";
import type { Completer } from "./completion.ts";

export type Answer =
  | { readonly type: "line"; readonly text: string }
  /** End of input: Ctrl-D, or the end of the pipe. `text` is what supervisorctl says of it where a line is needed. */
  | { readonly type: "end"; readonly text: string }
  /** Ctrl-C. */
  | { readonly type: "interrupt" };

export interface Prompter {
  /** Shows `prompt` and waits for a line. `kind` "command": with history and completion. */
  ask(prompt: string, kind?: "command" | "answer"): Promise<Answer>;
  /** The same without showing what is typed. */
  askSecret(prompt: string): Promise<Answer>;
  close(): void;
}

/** The user pressed Ctrl-C where nothing else was to be done about it. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
}

/** `history`: earlier lines, newest first; lines entered as commands are put in front of them. */
export function standardPrompter(completer: Completer, history: string[]): Prompter {
  let chosen: Promise<Prompter> | null = null;
  const prompter = (): Promise<Prompter> => {
    chosen ??= choose(completer, history);
    return chosen;
  };
  return {
    ask: async (prompt, kind) => (await prompter()).ask(prompt, kind),
    askSecret: async (prompt) => (await prompter()).askSecret(prompt),
    close: () => void chosen?.then((open) => open.close()),
  };
}

async function choose(completer: Completer, history: string[]): Promise<Prompter> {
  if (!isatty(0) || !isatty(1)) {
    const { PipePrompter } = await import("./pipe-prompter.ts");
    return new PipePrompter();
  }
  const { TerminalPrompter } = await import("./terminal-prompter.ts");
  return new TerminalPrompter(completer, history);
}
