/**
 * A log daemon for a test: a real datagram socket, and every message that arrived there. Stopped with
 * SIGSTOP it is one that hangs; killed and started again it is one that was upgraded.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { fixture } from "./daemon.ts";
import { until } from "./until.ts";

export class SyslogDaemon {
  readonly socket: string;
  readonly #file: string;
  #process: ChildProcess | null = null;

  /** Will listen at `socket` and keep what it gets in a file beside it. */
  constructor(socket: string) {
    this.socket = socket;
    this.#file = `${socket}.messages`;
  }

  async start(): Promise<void> {
    rmSync(this.socket, { force: true });
    this.#process = spawn(fixture("syslog-daemon"), [this.socket, this.#file], { stdio: "inherit" });
    await until("the log daemon listens", () => existsSync(this.socket));
  }

  signal(signal: NodeJS.Signals): void {
    this.#process?.kill(signal);
  }

  /** Kills it; its socket stays, as that of a crashed one does. */
  async end(): Promise<void> {
    const ending = this.#process;
    this.#process = null;
    if (ending === null || ending.exitCode !== null || ending.signalCode !== null) return;
    ending.kill("SIGKILL");
    await once(ending, "exit");
  }

  /** All messages so far, byte for byte as latin1, from every time it was started. */
  get messages(): string[] {
    if (!existsSync(this.#file)) return [];
    return readFileSync(this.#file, "latin1").split("\n").slice(0, -1);
  }

  /** The messages without priority and time: `ident: text`. */
  get texts(): string[] {
    return this.messages.map((message) => message.replace(/^<14>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d /, ""));
  }
}
