/**
 * A log as all the files that it is kept in: the one that is being written and those it was rotated to. For readers
 * who come with a place in it, such as `spacectl logs`; how it is read while it is written is in `log-reader.ts`.
 */
import type { Mark } from "./log-marks.ts";

export interface LogFileEntry {
  /** Of this file and no other, whatever it is called: device, inode and birth. */
  readonly id: string;
  /** Last part of its path. */
  readonly name: string;
  /** On disk. */
  readonly bytes: number;
  /** When it was last written, by the log: milliseconds since 1970. */
  readonly modifiedMs: number;
  readonly compressed: boolean;
  /** The `id` that it had before it was compressed, when that is known. */
  readonly was: string | null;
  /** Of the moments asked for: where to begin and where to end, when that is known. */
  readonly from: number | null;
  readonly to: number | null;
}

/** Milliseconds since 1970. */
export interface Span {
  readonly since: number | null;
  readonly until: number | null;
}

export interface LogPart {
  readonly bytes: Buffer;
  /** How long the file is now. */
  readonly size: number;
  /** When these bytes were written; of a compressed file, when those of the whole file were, told with its first part. */
  readonly marks: readonly Mark[];
}

export type LogPiece =
  | {
      readonly type: "bytes";
      /** Its `id`. */
      readonly file: string;
      readonly from: number;
      readonly bytes: Buffer;
      readonly marks: readonly Mark[];
    }
  /** The reader was too slow, or the file was emptied before it was read. */
  | { readonly type: "skipped"; readonly bytes: number }
  /** The file was emptied: what comes next stands at its beginning. */
  | { readonly type: "emptied" };

/** Somebody who reads all that is written from now on. */
export interface LogFollowing {
  /** Where it begins; `file` null: there is none yet. */
  readonly begin: { readonly file: string | null; readonly offset: number };
  /** null: nothing now. Pieces are bounded, and come in order. */
  take(): Promise<LogPiece> | null;
  /** Nothing more will come. */
  readonly ended: boolean;
  /** Resolves when there may be something to take. */
  ready(signal: AbortSignal): Promise<void>;
  close(): void;
}

export interface LogArchive {
  /** The oldest first, the one that is being written last. @param current only that one */
  files(span: Span, current: boolean): Promise<LogFileEntry[]>;
  /** Bytes of one of them, as they are on disk; null when it is no longer there. @param name where it was last seen */
  read(id: string, name: string, offset: number, length: number): Promise<LogPart | null>;
  /** null: nobody writes it now. */
  follow(): Promise<LogFollowing | null>;
}
