/**
 * Where lines go: to standard output, and through a pager when that is a terminal and there are more of them than it
 * has rows. What fits on the screen is shown at once, however long the rest takes to come.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { onInterrupt } from "../interrupts.ts";
import type { Output } from "../output.ts";

export interface Paper {
  write(bytes: Buffer): Promise<void>;
  /** Resolves when the reader has seen enough of it. */
  end(): Promise<void>;
  /** Nobody reads on. */
  readonly closed: boolean;
}

export function plainPaper(out: Output): Paper {
  return { write: (bytes) => out.stream(bytes), end: async () => {}, closed: false };
}

/** The user's pager; null when there is to be none. Where there is no less(1), nothing is said of it. */
export function pagerOf({ PAGER, LESS, PATH = "" }: NodeJS.ProcessEnv): Pager | null {
  const command = PAGER ?? (PATH.split(":").some((folder) => existsSync(join(folder, "less"))) ? "less" : "");
  if (command === "" || command === "cat") return null;
  // -R: colours; -F: ends by itself where it is not needed; -X: what was shown stays.
  return { command, env: { LESS: LESS ?? "FRX" } };
}

interface Pager {
  readonly command: string;
  readonly env: NodeJS.ProcessEnv;
}

export function pagedPaper(
  out: Output,
  pager: Pager,
  screen: { readonly columns: number; readonly rows: number },
): Paper {
  return new Paged(out, pager, screen);
}

const commandNotFound = 127;

class Paged implements Paper {
  closed = false;
  readonly #out: Output;
  readonly #pager: Pager;
  readonly #screen: { readonly columns: number; readonly rows: number };
  #held: Buffer[] = [];
  #rows = 0;
  #child: ReturnType<typeof spawn> | null = null;
  #over: Promise<number> = Promise.resolve(0);
  #isPlain = false;

  constructor(out: Output, pager: Pager, screen: { readonly columns: number; readonly rows: number }) {
    this.#out = out;
    this.#pager = pager;
    this.#screen = screen;
  }

  async write(bytes: Buffer): Promise<void> {
    if (this.closed) return;
    if (this.#isPlain) return this.#out.stream(bytes);
    if (this.#child !== null) return this.#give(bytes);
    this.#held.push(bytes);
    this.#rows += rowsOf(bytes, this.#screen.columns, this.#screen.rows - this.#rows);
    if (this.#rows >= this.#screen.rows) await this.#open();
  }

  async end(): Promise<void> {
    if (this.#child === null) {
      for (const bytes of this.#held) await this.#out.stream(bytes);
      this.#held = [];
      return;
    }
    // Ctrl-C is the pager's while it is there.
    const release = onInterrupt(() => {});
    this.#child.stdin?.end();
    await this.#over;
    release();
  }

  async #open(): Promise<void> {
    const { command, env } = this.#pager;
    const child = spawn("/bin/sh", ["-c", command], {
      stdio: ["pipe", "inherit", "inherit"],
      env: { ...process.env, ...env },
    });
    const release = onInterrupt(() => {});
    this.#over = new Promise((resolve) => {
      child.once("error", () => resolve(commandNotFound));
      child.once("exit", (code) => resolve(code ?? 0));
    });
    void this.#over.then((code) => {
      release();
      this.closed = code !== commandNotFound;
      this.#isPlain = code === commandNotFound;
    });
    child.stdin?.on("error", () => {});
    this.#child = child;
    const held = Buffer.concat(this.#held);
    await this.#give(held);
    // Without the pager: as if none had been asked for.
    if ((await Promise.race([this.#over, soon()])) !== commandNotFound) return;
    this.#child = null;
    this.#isPlain = true;
    this.#held = [];
    await this.#out.stream(held);
  }

  async #give(bytes: Buffer): Promise<void> {
    const stdin = this.#child?.stdin;
    if (stdin == null || this.closed || stdin.write(bytes)) return;
    await Promise.race([once(stdin, "drain").catch(() => {}), this.#over]);
  }
}

/** A shell tells within that time that there is no such command. */
const soon = (): Promise<null> => new Promise((resolve) => setTimeout(resolve, 50, null));

/** Rows of a screen that lines take; counted no further than there is room. */
function rowsOf(bytes: Buffer, columns: number, room: number): number {
  let rows = 0;
  for (let at = 0; at < bytes.length && rows < room; ) {
    const newline = bytes.indexOf(10, at);
    const end = newline < 0 ? bytes.length : newline;
    const { length } = stripVTControlCharacters(bytes.toString("utf8", at, end));
    rows += Math.max(1, Math.ceil(length / columns));
    at = end + 1;
  }
  return rows;
}
