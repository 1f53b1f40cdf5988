/**
 * Capture mode: text that a program puts between two marks in its output becomes an event instead of
 * log. Pure and streaming: marks may be split over any number of reads; nothing is lost at the end.
 */
import { copy, join, startsWith } from "./bytes.ts";

const encoder = new TextEncoder();
const begin = encoder.encode("<!--XSUPERVISOR:BEGIN-->");
const end = encoder.encode("<!--XSUPERVISOR:END-->");

export interface Capture {
  readonly capturing: boolean;
  /** A piece at the end of the last read that may be the start of a mark. */
  readonly held: Uint8Array;
  /** What has been captured so far, the newest of it. */
  readonly message: Message;
}

/** In pieces, so that taking a read costs what is read and not what has been captured before. */
interface Message {
  readonly chunks: readonly Uint8Array[];
  readonly length: number;
}

/** Pieces are joined until they are this long, so that there are few however small the reads are. */
const chunkBytes = 65_536;

export type Captured =
  | { readonly type: "output"; readonly bytes: Uint8Array }
  | { readonly type: "message"; readonly bytes: Uint8Array };

const noMessage: Message = { chunks: [], length: 0 };
export const noCapture: Capture = { capturing: false, held: new Uint8Array(), message: noMessage };

/** Splits what has been read into ordinary output and finished messages, in order; these may be views of `bytes`. */
export function capture(
  state: Capture,
  bytes: Uint8Array,
  maxBytes: number,
): { readonly state: Capture; readonly pieces: readonly Captured[] } {
  const pieces: Captured[] = [];
  let { capturing, message } = state;
  let rest = join(state.held, bytes);
  for (;;) {
    const mark = capturing ? end : begin;
    const at = indexOf(rest, mark);
    // Of a message no piece is taken that is shorter than a mark: pieces are what is dropped of one that is too long.
    const kept = capturing && rest.length <= mark.length ? rest.length : prefixAtEnd(rest, mark);
    const upTo = at === -1 ? rest.length - kept : at;
    const before = rest.subarray(0, upTo);
    if (capturing) message = append(message, before, maxBytes);
    else if (before.length > 0) pieces.push({ type: "output", bytes: before });
    // A copy: the bytes that were read may be overwritten by the next read.
    if (at === -1) return { state: { capturing, held: copy(rest.subarray(upTo)), message }, pieces };
    if (capturing) {
      pieces.push({ type: "message", bytes: joined(message) });
      message = noMessage;
    }
    capturing = !capturing;
    rest = rest.subarray(at + mark.length);
  }
}

/** The child has ended: what was held back is ordinary output; an unfinished message is output too, not lost. */
export function endCapture(state: Capture): readonly Captured[] {
  const bytes = join(joined(state.message), state.held);
  return bytes.length === 0 ? [] : [{ type: "output", bytes }];
}

/**
 * Takes a copy of the bytes. Where they do not fit any more, as many of the oldest go as come, so that what comes in one
 * read is never cut: a message is as long as allowed, or as one read. Both are the reference's rules, and programs that
 * send more in one write than they have asked for live by them.
 */
function append({ chunks, length }: Message, bytes: Uint8Array, maxBytes: number): Message {
  if (bytes.length === 0) return { chunks, length };
  const kept = length + bytes.length > maxBytes ? withoutOldest(chunks, bytes.length) : chunks;
  const last = kept.at(-1);
  const joins = last !== undefined && last.length + bytes.length <= chunkBytes;
  return {
    chunks: joins ? [...kept.slice(0, -1), join(last, bytes)] : [...kept, copy(bytes)],
    length: (kept === chunks ? length : Math.max(0, length - bytes.length)) + bytes.length,
  };
}

function withoutOldest(chunks: readonly Uint8Array[], count: number): readonly Uint8Array[] {
  let from = 0;
  let rest = count;
  for (const chunk of chunks) {
    if (chunk.length > rest) break;
    rest -= chunk.length;
    from++;
  }
  const [cut, ...others] = chunks.slice(from);
  return cut === undefined ? [] : [cut.subarray(rest), ...others];
}

function joined({ chunks, length }: Message): Uint8Array {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

function indexOf(bytes: Uint8Array, mark: Uint8Array): number {
  const first = mark[0] as number;
  for (let at = bytes.indexOf(first); at !== -1; at = bytes.indexOf(first, at + 1)) {
    if (at + mark.length > bytes.length) return -1;
    if (isAt(bytes, at, mark)) return at;
  }
  return -1;
}

/** By hand, because text may be full of beginnings. */
function isAt(bytes: Uint8Array, at: number, mark: Uint8Array): boolean {
  for (let n = 0; n < mark.length; n++) if (bytes[at + n] !== mark[n]) return false;
  return true;
}

/** How many bytes at the end of `bytes` are a proper beginning of `mark`. */
function prefixAtEnd(bytes: Uint8Array, mark: Uint8Array): number {
  for (let length = Math.min(mark.length - 1, bytes.length); length > 0; length--) {
    const from = bytes.length - length;
    if (startsWith(mark, bytes.subarray(from))) return length;
  }
  return 0;
}
