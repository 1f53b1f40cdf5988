/**
 * The event listener protocol, listener's side, as a pure state machine over bytes: `READY\n`, then
 * after an event `RESULT <len>\n<data>`. Source: "Event Listeners and Event Notifications" in
 * supervisord's manual; like the reference the first seven bytes of a result line are not looked at.
 */
import { copy, join, startsWith } from "./bytes.ts";
import { decoded, wholeNumber } from "./python.ts";

export interface Listener {
  readonly state: "ACKNOWLEDGED" | "READY" | "BUSY" | "UNKNOWN";
  /** Bytes of a line that is not complete. */
  readonly pending: Uint8Array;
  /** Result data that is still to come, and as much of what has come as matters; null outside a result. */
  readonly result: { readonly missing: number; readonly data: Uint8Array } | null;
}

/** Something a listener has said that somebody must act on. */
export type Heard =
  | { readonly type: "ready" }
  | { readonly type: "result"; readonly accepted: boolean }
  /** It broke the protocol and will not be spoken to any more. `line` is the result line that was bad or not asked for. */
  | { readonly type: "violation"; readonly line: string | null };

export const newListener: Listener = { state: "ACKNOWLEDGED", pending: new Uint8Array(), result: null };

const ready = new TextEncoder().encode("READY\n");
const accepted = new TextEncoder().encode("OK");
/** A longer result is nonsense. */
const mostBytes = 1e9;
/** Longer than any honest `RESULT <len>` line. */
const longestLine = 1024;
const newline = 10;

/** The listener has been sent an event. */
export const busy = (listener: Listener): Listener => ({ ...listener, state: "BUSY", result: null });

/** Takes what a listener wrote; answers what it meant, in order. Keeps at most a line of it. */
export function hear(
  listener: Listener,
  bytes: Uint8Array,
): { readonly listener: Listener; readonly heard: readonly Heard[] } {
  const heard: Heard[] = [];
  let now: Listener = { ...listener, pending: join(listener.pending, bytes) };
  for (;;) {
    const next = hearOne(now);
    if (next === null) return { listener: { ...now, pending: copy(now.pending) }, heard };
    now = next.listener;
    if (next.heard !== null) heard.push(next.heard);
  }
}

type Turn = { readonly listener: Listener; readonly heard: Heard | null };

function hearOne(listener: Listener): Turn | null {
  const { state, pending, result } = listener;
  if (pending.length === 0 && !(state === "BUSY" && result?.missing === 0)) return null;
  switch (state) {
    case "UNKNOWN":
      return { listener: { ...listener, pending: new Uint8Array() }, heard: null };
    case "READY":
      return violation(firstLine(pending));
    case "ACKNOWLEDGED":
      // Nothing is made of less, whatever it is: the reference waits for as many bytes as READY has.
      if (pending.length < ready.length) return null;
      if (!startsWith(pending, ready)) return violation(null);
      return {
        listener: { ...listener, state: "READY", pending: pending.subarray(ready.length) },
        heard: { type: "ready" },
      };
    case "BUSY":
      return result === null ? resultLine(listener) : resultData(listener, result);
  }
}

function firstLine(bytes: Uint8Array): string {
  const end = bytes.indexOf(newline);
  return decoded(bytes.subarray(0, Math.min(end === -1 ? bytes.length : end, longestLine)));
}

function resultLine(listener: Listener): Turn | null {
  const { pending } = listener;
  const end = pending.indexOf(newline);
  if (end === -1 || end > longestLine) return pending.length > longestLine ? violation(firstLine(pending)) : null;
  const line = firstLine(pending);
  const missing = wholeNumber(line.slice("RESULT ".length).trim());
  if (missing === null || missing < 0 || missing >= mostBytes) return violation(line);
  const result = { missing, data: new Uint8Array() };
  return { listener: { ...listener, pending: pending.subarray(end + 1), result }, heard: null };
}

function resultData(listener: Listener, result: NonNullable<Listener["result"]>): Turn {
  const { pending } = listener;
  const come = pending.subarray(0, result.missing);
  const missing = result.missing - come.length;
  // Only whether it is `OK` matters, so three bytes are enough.
  const data = copy(join(result.data, come.subarray(0, accepted.length + 1)).subarray(0, accepted.length + 1));
  const rest = pending.subarray(come.length);
  if (missing > 0) return { listener: { ...listener, pending: rest, result: { missing, data } }, heard: null };
  const ok = data.length === accepted.length && startsWith(data, accepted);
  return {
    listener: { state: "ACKNOWLEDGED", pending: rest, result: null },
    heard: { type: "result", accepted: ok },
  };
}

const violation = (line: string | null): Turn => ({
  listener: { state: "UNKNOWN", pending: new Uint8Array(), result: null },
  heard: { type: "violation", line },
});
