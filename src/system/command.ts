/**
 * Runs one command to its end: a health check, a hook. It gets /dev/null to read, a real pipe to write
 * to (`echo > /dev/stderr` fails on the socket that Node would give it), default signals, a process
 * group of its own, and a deadline; what is left of the group afterwards is killed.
 *
 * execa is loaded with the first command.
 */
import { statSync } from "node:fs";
import type { Exit } from "../core/life.ts";
import { signalNumber } from "../core/signals.ts";
import { findProgram } from "./executable.ts";
import { asUser } from "./identity.ts";
import { closeFd, pipe } from "./libc.ts";
import { PipeReader } from "./log-source.ts";
import { withUmask } from "./spawner.ts";

export interface Command {
  /** The program, looked up on the PATH of `environment`, and its arguments. */
  readonly words: readonly string[];
  /** Path of the program, where its first word is but the name that it is called by. */
  readonly file?: string;
  /** All of it: nothing of the daemon's is added. */
  readonly environment: Readonly<Record<string, string>>;
  /** null = the daemon's. */
  readonly directory: string | null;
  /** A uid, with all groups of that user; null = the daemon's user. */
  readonly user: number | null;
  /** null = the daemon's. */
  readonly umask?: number | null;
  /** SIGKILL for the group after that long. */
  readonly timeoutMs: number;
  /** Where stdout and stderr go, both; the descriptor stays the caller's. Without it they are kept for the result: */
  readonly output?: number;
  /** so much of their end. */
  readonly maxOutputBytes?: number;
  /** Ends it at once, by SIGKILL. */
  readonly signal: AbortSignal;
}

export interface CommandResult {
  /** `missing`: there is nothing to run, or it cannot be started; `output` says why. */
  readonly outcome: "passed" | "failed" | "timedOut" | "missing" | "aborted";
  /** null when it was not started, or is not to be killed (uninterruptible sleep, D in ps). */
  readonly exit: Exit | null;
  readonly output: string;
}

const defaultPath = "/bin:/usr/bin:/usr/local/bin";
/** How long the kernel may take to end what has been killed. */
const lastWaitMs = 1000;
/** setTimeout(3) of Node takes no more. */
const longestMs = 2 ** 31 - 1;

/** Never rejects. */
export async function runCommand(command: Command): Promise<CommandResult> {
  try {
    const { execa } = await import("execa");
    return await run(command, execa);
  } catch (error) {
    return missing(error instanceof Error ? error.message : String(error));
  }
}

const missing = (why: string): CommandResult => ({ outcome: "missing", exit: null, output: why });

type Execa = typeof import("execa")["execa"];

async function run(command: Command, execa: Execa): Promise<CommandResult> {
  const { environment, signal } = command;
  if (signal.aborted) return { outcome: "aborted", exit: null, output: "" };
  const { words, file } = command;
  const found =
    file === undefined
      ? findProgram(words, environment.PATH || defaultPath)
      : ({ ok: true, file, argv: words } as const);
  if (!found.ok) return missing(found.why);
  const image = asUser(command.user, found);
  if (typeof image === "string") return missing(`cannot run as uid ${command.user}: ${image}`);
  const timeoutMs = Math.min(Math.max(1, Math.ceil(command.timeoutMs)), longestMs - lastWaitMs);
  const own = command.output === undefined ? pipe() : null;
  const output = own === null ? null : new OutputTail(own.read, command.maxOutputBytes ?? 0);
  // execa takes any descriptor; its types know the first ten.
  const write = (own?.write ?? command.output) as 9;
  const start = () =>
    execa(image.file, image.argv.slice(1), {
      argv0: image.argv[0] as string,
      env: { ...environment },
      extendEnv: false,
      ...(command.directory === null ? {} : { cwd: command.directory }),
      stdio: ["ignore", write, write],
      buffer: false,
      reject: false,
      timeout: timeoutMs,
      cancelSignal: signal,
      killSignal: "SIGKILL",
      killDescendants: true,
      forceKillAfterDelay: false,
      cleanup: false,
    });
  let child: ReturnType<typeof start>;
  try {
    child = withUmask(command.umask ?? null, start);
  } catch (error) {
    output?.end();
    throw error;
  } finally {
    if (own !== null) closeFd(own.write);
  }
  const giveUp = unkillable(signal, timeoutMs);
  const result = await Promise.race([child, giveUp.promise]);
  giveUp.cancel();
  endGroup(child.pid);
  const text = output?.end() ?? "";
  if (result === null) return { outcome: signal.aborted ? "aborted" : "timedOut", exit: null, output: text };
  if (result.exitCode === undefined && result.signal === undefined)
    return missing(directoryTrouble(command, result.code) ?? result.originalMessage ?? result.shortMessage ?? "");
  return { outcome: outcomeOf(result), exit: exitOf(result), output: text };
}

interface Ended {
  readonly exitCode?: number;
  readonly signal?: string;
  readonly timedOut: boolean;
  readonly isCanceled: boolean;
}

const outcomeOf = ({ exitCode, timedOut, isCanceled }: Ended): CommandResult["outcome"] =>
  timedOut ? "timedOut" : isCanceled ? "aborted" : exitCode === 0 ? "passed" : "failed";

const exitOf = ({ exitCode, signal }: Ended): Exit =>
  exitCode !== undefined
    ? { code: exitCode, signal: null, core: false }
    : { code: null, signal: signalNumber(signal ?? "") ?? 0, core: false };

/** The system says ENOENT for the program, too, when it is the directory that is not there. */
function directoryTrouble({ directory, words }: Command, code: string | undefined): string | null {
  if (directory === null || code === undefined) return null;
  return statSync(directory, { throwIfNoEntry: false })?.isDirectory() === true
    ? null
    : `cannot run ${words[0]} in ${directory}: no such directory`;
}

/** Resolves when a command should long have been killed. */
function unkillable(signal: AbortSignal, timeoutMs: number): { promise: Promise<null>; cancel(): void } {
  const { promise, resolve } = Promise.withResolvers<null>();
  const after = (ms: number) => setTimeout(() => resolve(null), ms);
  let timer = after(timeoutMs + lastWaitMs);
  const aborted = () => {
    clearTimeout(timer);
    timer = after(lastWaitMs);
  };
  signal.addEventListener("abort", aborted);
  const cancel = () => {
    clearTimeout(timer);
    signal.removeEventListener("abort", aborted);
  };
  return { promise, cancel };
}

/** Kills what a command has left running in its group. */
function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // Usually there is nobody left.
  }
}

/** Most reads, of a pipe's full size each, of what is left in it at the end: an escaped descendant may write on. */
const lastReads = 4;

/** The last bytes of what comes through a pipe. */
class OutputTail {
  readonly #reader: PipeReader;
  readonly #limit: number;
  #bytes = Buffer.alloc(0);
  #ended = false;
  #readsLeft = Number.POSITIVE_INFINITY;

  constructor(fd: number, limit: number) {
    this.#limit = limit;
    this.#reader = new PipeReader(
      fd,
      (bytes) => this.#take(bytes),
      () => {
        this.#ended = true;
      },
    );
    this.#reader.resume();
  }

  /** Takes what is left and closes the pipe. */
  end(): string {
    if (!this.#ended) {
      this.#readsLeft = lastReads;
      this.#reader.drain();
      this.#reader.close();
    }
    return this.#bytes.toString();
  }

  #take(bytes: Buffer): boolean {
    if (this.#limit > 0) {
      const kept = bytes.subarray(-this.#limit);
      this.#bytes = Buffer.concat([this.#bytes, kept]).subarray(-this.#limit);
    }
    return --this.#readsLeft > 0;
  }
}
