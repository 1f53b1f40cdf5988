/**
 * The pipe of one child, and what has to be remembered from one read of it to the next: half an escape sequence, half a
 * line, half a mark of capture mode.
 */
import type { AnsiStripper } from "../core/ansi.ts";
import type { Capture } from "../core/capture.ts";
import type { LineSplitter } from "../core/log-line.ts";
import type { LineStamper } from "../core/log-stamp.ts";
import type { PipeReader } from "../system/log-source.ts";

export interface Source {
  readonly reader: PipeReader;
  readonly pid: number;
  /** Of a command, gets what it writes. */
  readonly tap: ((bytes: Uint8Array) => void) | null;
  readonly stripper: AnsiStripper | null;
  /** Of the lines that are shown as they are, behind the name. */
  readonly splitter: LineSplitter | null;
  /** Of the lines for log and screen; null: they get the bytes as they come. */
  stamper: LineStamper | null;
  /** Of the lines for syslog. */
  readonly syslogSplitter: LineSplitter | null;
  /** Of the lines for targets elsewhere, since there have been some. */
  shipped: LineSplitter | null;
  /** null: capture mode is off. */
  capture: Capture | null;
  /** The child is dead; what it has written may still have to be read. */
  exited: boolean;
  drained: boolean;
}

/** Whether nothing is left in it that its child has written. */
export const isCaughtUp = ({ exited, drained }: Source): boolean => !exited || drained;
