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
  /** What has been captured so far; at most as many bytes as allowed, the newest. */
  readonly message: Uint8Array;
}

export type Captured =
  | { readonly type: "output"; readonly bytes: Uint8Array }
  | { readonly type: "message"; readonly bytes: Uint8Array };

export const noCapture: Capture = { capturing: false, held: new Uint8Array(), message: new Uint8Array() };

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
    const upTo = at === -1 ? rest.length - prefixAtEnd(rest, mark) : at;
    const before = rest.subarray(0, upTo);
    if (capturing) message = newest(join(message, before), maxBytes);
    else if (before.length > 0) pieces.push({ type: "output", bytes: before });
    // Copies: the bytes that were read may be overwritten by the next read.
    if (at === -1) return { state: { capturing, held: copy(rest.subarray(upTo)), message: copy(message) }, pieces };
    if (capturing) {
      pieces.push({ type: "message", bytes: message });
      message = new Uint8Array();
    }
    capturing = !capturing;
    rest = rest.subarray(at + mark.length);
  }
}

/** The child has ended: what was held back is ordinary output; an unfinished message is output too, not lost. */
export function endCapture(state: Capture): readonly Captured[] {
  const bytes = join(state.message, state.held);
  return bytes.length === 0 ? [] : [{ type: "output", bytes }];
}

function indexOf(bytes: Uint8Array, mark: Uint8Array): number {
  const first = mark[0] as number;
  for (let at = bytes.indexOf(first); at !== -1; at = bytes.indexOf(first, at + 1)) {
    if (at + mark.length > bytes.length) return -1;
    if (startsWith(bytes.subarray(at), mark)) return at;
  }
  return -1;
}

/** How many bytes at the end of `bytes` are a proper beginning of `mark`. */
function prefixAtEnd(bytes: Uint8Array, mark: Uint8Array): number {
  for (let length = Math.min(mark.length - 1, bytes.length); length > 0; length--) {
    const from = bytes.length - length;
    if (startsWith(mark, bytes.subarray(from))) return length;
  }
  return 0;
}

const newest = (bytes: Uint8Array, max: number): Uint8Array =>
  bytes.length <= max ? bytes : bytes.subarray(bytes.length - max);
