/**
 * Waits for a child's own word that it is ready: a line of its output that a pattern finds something in,
 * or a newline on a descriptor that we opened for it, as s6 has it.
 */
import { ReadyLine } from "../core/ready-line.ts";
import { PipeReader } from "../system/log-source.ts";
import { Pattern } from "../system/pattern.ts";
import type { Output } from "./output.ts";

/** After so many lookings that took too long, a pattern is not tried any more. */
const patience = 3;

/** Whose word is waited for. */
export interface Speaker {
  readonly pid: number;
  ready(): void;
  /** Why it will not be ready, for the log. */
  hopeless(why: string): void;
}

/** Watches the output; the returned function ends that. */
export function awaitLine(source: string, outputs: readonly Output[], speaker: Speaker): () => void {
  const stop = () => {
    for (const output of outputs) output.lookout = null;
  };
  let pattern: Pattern;
  try {
    pattern = new Pattern(source);
  } catch (error) {
    speaker.hopeless(`ready_log is no regular expression: ${(error as Error).message}`);
    return stop;
  }
  let tooLong = 0;
  for (const output of outputs) {
    const reader = new ReadyLine();
    output.lookout = (bytes, pid) => {
      // The end of what its predecessor wrote comes through the same log.
      if (pid !== speaker.pid) return;
      const found = pattern.findsIn(reader.lines(bytes));
      if (found === false) return;
      if (found === null && ++tooLong < patience) return;
      stop();
      if (found === null) speaker.hopeless("ready_log takes too long to look for in its output");
      else speaker.ready();
    };
  }
  return stop;
}

const NEWLINE = 0x0a;

/**
 * The read end of the descriptor of `ready_fd`. It is read on after the word, and after we have lost interest:
 * a late word must not end the child by SIGPIPE.
 */
export class ReadyPipe {
  readonly #reader: PipeReader;
  #said = false;

  /** Takes the descriptor over. */
  constructor(fd: number, speaker: Speaker) {
    this.#reader = new PipeReader(
      fd,
      (bytes) => {
        if (this.#said || bytes.indexOf(NEWLINE) < 0) return true;
        this.#said = true;
        speaker.ready();
        return true;
      },
      () => {
        if (!this.#said) speaker.hopeless("it closed the descriptor of ready_fd without a newline");
      },
    );
    this.#reader.resume();
  }

  close(): void {
    this.#reader.close();
  }
}
