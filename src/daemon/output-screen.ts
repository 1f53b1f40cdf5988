/**
 * Lines of programs on the daemon's own stdout and stderr (`log_passthrough=true`), each with its
 * process's name in front, in the manner of docker compose. On a terminal each program's names have a colour of
 * their own, unless NO_COLOR is set (no-color.org).
 */
import { isatty } from "node:tty";
import type { LineSplitter } from "../core/log-line.ts";
import type { StampedLines } from "../core/log-stamp.ts";
import { coloured, palette } from "../core/palette.ts";
import type { LogFile } from "../system/log-file.ts";
import type { Logs } from "./logs.ts";

type Channel = "stdout" | "stderr";

const descriptors = { stdout: 1, stderr: 2 } as const;

export class Screen {
  readonly #logs: Logs;
  readonly #colours = new Map<string, number>();
  #width = 0;

  constructor(logs: Logs) {
    this.#logs = logs;
  }

  /** A place for the lines of one channel of a process. @throws Error when there is no such descriptor */
  open(name: string, program: string, channel: Channel): ScreenWriter {
    this.#width = Math.max(this.#width, name.length);
    const log = this.#logs.acquire(`/dev/${channel}`, { maxBytes: 0, backups: 0 });
    const colour = isColoured(descriptors[channel]) ? this.#colourOf(program) : null;
    return new ScreenWriter(log, { name: () => name.padEnd(this.#width), colour });
  }

  release(writer: ScreenWriter): Promise<void> {
    return this.#logs.release(writer.log);
  }

  #colourOf(program: string): number {
    let colour = this.#colours.get(program);
    if (colour === undefined) {
      colour = palette[this.#colours.size % palette.length] as number;
      this.#colours.set(program, colour);
    }
    return colour;
  }
}

const isColoured = (fd: number): boolean => (process.env.NO_COLOR ?? "") === "" && isatty(fd);

interface Style {
  /** As wide as the widest of all. */
  readonly name: () => string;
  readonly colour: number | null;
}

const newline = Buffer.from("\n");

/** One channel of one process; lines of several children may not be mixed, hence `splitter` per child. */
export class ScreenWriter {
  readonly log: LogFile;
  readonly #style: Style;

  constructor(log: LogFile, style: Style) {
    this.log = log;
    this.#style = style;
  }

  /** Shows lines that say themselves whose they are. */
  show(lines: StampedLines): void {
    const { name, colour } = this.#style;
    this.log.write(Buffer.from(lines.text(coloured(name(), colour))));
  }

  /** Shows the lines that `bytes` complete. */
  push(splitter: LineSplitter, bytes: Uint8Array): void {
    const before = this.#prefix();
    splitter.push(bytes, (line) => this.#show(before, line));
  }

  /** Shows the line that a child has left unfinished. */
  end(splitter: LineSplitter): void {
    const before = this.#prefix();
    splitter.end((line) => this.#show(before, line));
  }

  #prefix(): Buffer {
    const { name, colour } = this.#style;
    return Buffer.from(`${coloured(`${name()} |`, colour)} `);
  }

  #show(before: Buffer, line: Uint8Array): void {
    this.log.write(Buffer.concat([before, line, newline]));
  }
}
