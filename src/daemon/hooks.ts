/**
 * Commands of a program around its life: `pre_start_command` and its kin. They run as the program's user, in
 * its directory, with its environment and these variables besides:
 *
 *   SPACED_HOOK         pre_start, post_start, pre_stop or post_stop
 *   SPACED_PID          of the program, while it has one: post_start, pre_stop
 *   SPACED_EXIT_CODE    post_stop: how the program ended, 128 and the signal's number after a signal
 *   SPACED_EXIT_SIGNAL  post_stop: SIGTERM …, only after a signal
 *
 * What they write goes to the program's stdout log, in between what the program writes.
 */
import { describeExit } from "../core/announce.ts";
import type { HookSettings } from "../core/care.ts";
import type { Exit } from "../core/life.ts";
import { duration } from "../core/quantity.ts";
import { signalName } from "../core/signals.ts";
import { splitWords } from "../core/words.ts";
import { type CommandResult, runCommand } from "../system/command.ts";
import { closeFd, pipe } from "../system/libc.ts";
import type { SupervisedProcess } from "./process.ts";
import type { Surroundings } from "./surroundings.ts";

export type Hook = keyof HookSettings;

const names = {
  preStart: "pre_start",
  postStart: "post_start",
  preStop: "pre_stop",
  postStop: "post_stop",
} as const satisfies Record<Hook, string>;

/** `said`: the last line that it has written, which may be anything. */
type Outcome = "passed" | "aborted" | { readonly why: string; readonly said: string };

/** So much of the end of what it writes is looked at for its last line, */
const tailBytes = 4096;
/** and so many characters of that are shown. */
const shownCharacters = 200;

export class Hooks {
  readonly #process: SupervisedProcess;
  readonly #around: Surroundings;

  constructor(process: SupervisedProcess, around: Surroundings) {
    this.#process = process;
    this.#around = around;
  }

  has(hook: Hook): boolean {
    return this.#command(hook) !== null;
  }

  /** Resolves, soon after `timeoutMs` at the latest, with null or with why it failed. Aborted is not failed. Never rejects. */
  async run(hook: Hook, facts: Readonly<Record<string, string>>, timeoutMs: number, signal: AbortSignal) {
    const command = this.#command(hook);
    if (command === null) return null;
    const outcome = await this.#outcome(hook, command, facts, timeoutMs, signal);
    if (outcome === "aborted") return null;
    const { group, settings } = this.#process;
    const ended = { type: "hook", group, name: settings.name, hook: names[hook] } as const;
    this.#around.feed.tell(outcome === "passed" ? { ...ended, ok: true } : { ...ended, ok: false, why: outcome.why });
    if (outcome === "passed") return null;
    this.#process.hookFailed(hook);
    return `${names[hook]}_command failed: ${outcome.why}${outcome.said === "" ? "" : `: ${outcome.said}`}`;
  }

  async #outcome(
    hook: Hook,
    command: string,
    facts: Readonly<Record<string, string>>,
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<Outcome> {
    const { stdout, settings } = this.#process;
    const tail = new Tail();
    let result: CommandResult;
    try {
      const words = splitWords(command);
      stdout.open();
      const { read, write } = pipe();
      const hangUp = stdout.attach(read, this.#process.pid, (bytes) => tail.push(bytes));
      this.#around.log.debug(`running ${names[hook]}_command of ${settings.name}`);
      try {
        result = await runCommand({
          words,
          environment: { ...this.#process.environment.variables, SPACED_HOOK: names[hook], ...facts },
          directory: settings.directory,
          user: settings.uid,
          umask: settings.umask,
          timeoutMs,
          output: write,
          signal,
        });
      } finally {
        closeFd(write);
        hangUp();
      }
    } catch (error) {
      return { why: (error as Error).message, said: "" };
    }
    return outcomeOf(result, timeoutMs, tail.lastLine());
  }

  #command(hook: Hook): string | null {
    return this.#process.settings.care.hooks?.[hook] ?? null;
  }
}

function outcomeOf({ outcome, exit, output }: CommandResult, timeoutMs: number, said: string): Outcome {
  switch (outcome) {
    case "passed":
    case "aborted":
      return outcome;
    case "failed":
      return { why: exit === null ? "no exit status" : describeExit(exit), said };
    case "timedOut":
      return { why: `not done within ${duration(timeoutMs)}`, said };
    case "missing":
      return { why: output, said: "" };
  }
}

/** What post_stop_command is told of the end before it. */
export function exitFacts(exit: Exit | null): Record<string, string> {
  if (exit === null) return {};
  if (exit.signal === null) return { SPACED_EXIT_CODE: String(exit.code) };
  return { SPACED_EXIT_CODE: String(128 + exit.signal), SPACED_EXIT_SIGNAL: signalName(exit.signal) };
}

/** The end of what a command writes. */
class Tail {
  #bytes = Buffer.alloc(0);

  push(bytes: Uint8Array): void {
    this.#bytes = Buffer.concat([this.#bytes, bytes.subarray(-tailBytes)]).subarray(-tailBytes);
  }

  /** On one line of the log: without whatever moves a cursor or changes colours. */
  lastLine(): string {
    const line = this.#bytes.toString().trimEnd().split("\n").at(-1) ?? "";
    const plain = line.replace(/\p{Cc}/gu, " ").trim();
    return plain.length > shownCharacters ? `${plain.slice(0, shownCharacters)}…` : plain;
  }
}
