/**
 * The terminal while we have it: its other screen, raw keys, the mouse. However we leave, by a key, a signal or a
 * mistake of ours, it gets back what it had; only SIGKILL leaves it as it is (`reset` helps then).
 */
import { writeSync } from "node:fs";
import type { Size } from "../state/state.ts";

const enterCodes = [
  "\x1b[?1049h", // the other screen
  "\x1b[?25l", // no cursor
  "\x1b[?7l", // lines do not go on in the next one
  "\x1b[?2004h", // pasted text is told from typed
];
const leaveCodes = ["\x1b[?2026l", "\x1b[?2004l", "\x1b[?7h", "\x1b[0m", "\x1b[?25h", "\x1b[?1049l"];
/** Clicks and the wheel, with figures that have no bounds. */
const mouseOn = "\x1b[?1000h\x1b[?1006h";
const mouseOff = "\x1b[?1006l\x1b[?1000l";

const mostHeld = 16 * 1024;

const endings = ["SIGTERM", "SIGHUP", "SIGINT"] as const;
type Ending = (typeof endings)[number];

export interface TerminalEvents {
  readonly typed: (text: string) => void;
  readonly resized: (size: Size) => void;
  /** It has gone (SIGHUP), or somebody wants us to end. */
  readonly ended: (signal: Ending) => void;
  /** A mistake of ours that nobody has caught. */
  readonly failed: (error: unknown) => void;
}

export class Terminal {
  readonly #events: TerminalEvents;
  #isOurs = false;
  #mouse = false;
  /** What somebody else wanted to tell the user meanwhile. */
  #held = "";
  readonly #warners = process.listeners("warning");
  readonly #writeError = process.stderr.write;

  constructor(events: TerminalEvents) {
    this.#events = events;
  }

  get size(): Size {
    const { columns, rows } = process.stdout;
    return { columns: columns || 80, rows: rows || 24 };
  }

  open(): void {
    this.#hold();
    process.stdin.setEncoding("utf8");
    process.stdin.on("data", this.#events.typed);
    process.stdin.on("end", this.#gone).on("error", this.#gone);
    process.stdout.on("resize", this.#resized).on("error", this.#gone);
    for (const signal of endings) process.on(signal, this.#events.ended);
    process.on("uncaughtException", this.#events.failed);
    process.on("unhandledRejection", this.#events.failed);
    process.on("exit", this.#restore);
    process.on("SIGCONT", this.#resumed);
    this.#take();
  }

  close(): void {
    this.#restore();
    process.stdin.off("data", this.#events.typed).off("end", this.#gone).off("error", this.#gone);
    process.stdin.pause();
    process.stdout.off("resize", this.#resized).off("error", this.#gone);
    for (const signal of endings) process.off(signal, this.#events.ended);
    process.off("uncaughtException", this.#events.failed).off("unhandledRejection", this.#events.failed);
    process.off("exit", this.#restore).off("SIGCONT", this.#resumed);
    this.#release();
  }

  write(text: string): void {
    if (this.#isOurs) process.stdout.write(text);
  }

  setMouse(on: boolean): void {
    if (on === this.#mouse) return;
    this.#mouse = on;
    this.write(on ? mouseOn : mouseOff);
  }

  /** Back to the shell, as Ctrl-Z does; its `fg` brings us back. */
  suspend(): void {
    this.#restore();
    process.kill(process.pid, "SIGSTOP");
  }

  /** Nobody else writes on the screen: neither Node its warnings nor a library its complaints. */
  #hold(): void {
    process.removeAllListeners("warning").on("warning", this.#warned);
    process.stderr.write = (text: string | Uint8Array): boolean => {
      this.#held = (this.#held + String(text)).slice(-mostHeld);
      return true;
    };
  }

  #release(): void {
    process.off("warning", this.#warned);
    for (const warner of this.#warners) process.on("warning", warner);
    process.stderr.write = this.#writeError;
    if (this.#held !== "") process.stderr.write(this.#held);
    this.#held = "";
  }

  readonly #warned = ({ name, message }: Error): void => void process.stderr.write(`${name}: ${message}\n`);

  #take(): void {
    if (this.#isOurs) return;
    this.#isOurs = true;
    process.stdin.setRawMode(true);
    process.stdin.resume();
    this.write(enterCodes.join("") + (this.#mouse ? mouseOn : ""));
  }

  readonly #gone = (): void => this.#events.ended("SIGHUP");

  readonly #resized = (): void => this.#events.resized(this.size);

  readonly #resumed = (): void => {
    this.#take();
    this.#events.resized(this.size);
  };

  readonly #restore = (): void => {
    if (!this.#isOurs) return;
    this.#isOurs = false;
    try {
      writeSync(1, mouseOff + leaveCodes.join(""));
      process.stdin.setRawMode(false);
    } catch {
      // It has gone: there is nothing to give back.
    }
  };
}
