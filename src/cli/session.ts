/**
 * One run of the control program: which daemon it talks to, as whom, and how it will exit.
 * Commands get a session and change nothing else.
 */
import { isatty } from "node:tty";
import { Client, type Login } from "../client/client.ts";
import { NamedError } from "./error-line.ts";
import type { Output } from "./output.ts";
import { type Answer, Interrupted, type Prompter } from "./prompter.ts";

/**
 * The exit statuses supervisorctl documents (those of the Linux Standard Base for init scripts and
 * their `status`).
 */
export const exitStatus = {
  ok: 0,
  generic: 1,
  invalidArguments: 2,
  noSupervisorInterface: 3,
  refused: 4,
  wrongApi: 5,
  notRunning: 7,
  /** Only of `status`. */
  somethingStopped: 3,
  unknown: 4,
} as const;

export interface SessionSettings {
  /** The file the settings come from; null when there is none. */
  readonly configFile: string | null;
  readonly serverUrl: string;
  readonly username: string | null;
  readonly password: string | null;
  /** Whether to ask before shutdown and reload, and for a login when one is needed. */
  readonly interactive: boolean;
  /** Sections of supervisorctl's plugins; their commands are not here. */
  readonly plugins?: readonly string[];
  /** Of the command line, as they were given; none in the shell. */
  readonly words?: readonly string[] | null;
}

const completionDeadlineMs = 3000;
const errorDescriptor = 2;

export class Session {
  readonly configFile: string | null;
  readonly interactive: boolean;
  readonly prompter: Prompter;
  readonly plugins: readonly string[];
  readonly #words: readonly string[] | null;
  /** How the program will exit. */
  status = 0;
  /** Standard output is for JSON alone: complaints go to standard error. */
  machineReadable = false;
  #out: Output;
  #serverUrl: string;
  #username: string | null;
  #password: string | null;
  #client: Client | null = null;
  #listed: Promise<unknown> | null = null;

  constructor(settings: SessionSettings, out: Output, prompter: Prompter) {
    this.#out = out;
    this.prompter = prompter;
    this.configFile = settings.configFile;
    this.interactive = settings.interactive;
    this.plugins = settings.plugins ?? [];
    this.#words = settings.words ?? null;
    this.#serverUrl = settings.serverUrl;
    this.#username = settings.username;
    this.#password = settings.password;
  }

  get out(): Output {
    return this.#out;
  }

  /** Whatever is printed goes through `out`, until the returned function is called. */
  printThrough(out: Output): () => void {
    const before = this.#out;
    this.#out = out;
    return () => {
      this.#out = before;
    };
  }

  get serverUrl(): string {
    return this.#serverUrl;
  }

  /** Throws `BadAddress`. */
  get client(): Client {
    this.#client ??= new Client(this.#serverUrl, this.login);
    return this.#client;
  }

  get login(): Login | null {
    return this.#username === null || this.#password === null
      ? null
      : { username: this.#username, password: this.#password };
  }

  call(method: string, ...params: (string | number | boolean)[]): Promise<unknown> {
    return this.client.call(`supervisor.${method}`, params);
  }

  /** Every process, asked for once per command line and only for a moment: what TAB completes from. */
  listed(): Promise<unknown> {
    this.#listed ??= this.client.call("supervisor.getAllProcessInfo", [], completionDeadlineMs);
    return this.#listed;
  }

  /**
   * The words behind a command's name for commands that take words with blanks in them: as the command line had them, and in
   * the shell by its rules of quoting.
   */
  async wordsOf(command: string, argument: string): Promise<readonly string[]> {
    const [first, ...rest] = this.#words ?? [];
    if (first === command) return rest;
    const { split } = await import("shlex");
    return split(argument);
  }

  /** Talks to another daemon from now on. */
  open(serverUrl: string): void {
    this.disconnect();
    this.#serverUrl = serverUrl;
  }

  logIn(username: string, password: string): void {
    this.disconnect();
    this.#username = username;
    this.#password = password;
  }

  /** Between commands no connection is kept: the daemon may be another one by then. */
  disconnect(): void {
    this.#client?.close();
    this.#client = null;
    this.#listed = null;
  }

  /** A line to the user that is not what was asked for. */
  complain(text: string): void {
    if (this.machineReadable) this.out.errorLine(text);
    else this.out.line(text);
  }

  /** Prints an error and remembers how to exit; of several the last one wins. */
  fail(text: string, status: number = exitStatus.generic): undefined {
    this.complain(text);
    this.status = status;
  }

  /** A line about what to do, for somebody at a terminal who has typed one command; nobody else gets it. */
  hint(text: string | null): void {
    if (text !== null && this.#words?.length && isatty(errorDescriptor)) this.out.errorLine(`(${text})`);
  }

  /** Asks the user. Throws `Interrupted`, and `NamedError` at the end of input. */
  async ask(prompt: string): Promise<string> {
    return answered(await this.prompter.ask(prompt));
  }

  /** The same without showing what is typed. */
  async askSecret(prompt: string): Promise<string> {
    return answered(await this.prompter.askSecret(prompt));
  }
}

function answered(answer: Answer): string {
  if (answer.type === "interrupt") throw new Interrupted();
  if (answer.type === "end") throw new NamedError("EOFError", answer.text);
  return answer.text;
}
