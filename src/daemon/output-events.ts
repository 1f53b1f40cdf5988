/**
 * Output and captured messages as events, where the program list asks for them. An event is of what one read has brought,
 * as in the reference; but a read that is cut in the midst of a character is not told as bytes that are no text.
 */
import { copy, join, unfinished } from "../core/bytes.ts";
import type { Output } from "./output.ts";
import type { Surroundings } from "./surroundings.ts";

interface Source {
  readonly group: string;
  readonly process: string;
  readonly channel: "stdout" | "stderr";
}

type Tell = (bytes: Uint8Array, pid: number) => void;

/** A write of less comes whole (PIPE_BUF in pipe(7)), so what it ends with is what was meant. */
const cutBytes = 4096;
const nothing = new Uint8Array();

export function publishOutput(output: Output, source: Source, around: Surroundings): void {
  const tell: Tell = (data, pid) => around.publish({ type: "process-log", ...source, pid, data });
  output.onData = output.settings.eventsEnabled ? whole(tell) : null;
  output.onMessage = (data, pid) => {
    around.log.debug(`'${source.process}' ${source.channel} emitted a comm event`);
    around.publish({ type: "process-communication", ...source, pid, data });
  };
}

/** Keeps the beginning of a character for its rest; that of a child which has ended belongs to no text. */
function whole(tell: Tell): Tell {
  let begun: { bytes: Uint8Array; pid: number } = { bytes: nothing, pid: 0 };
  return (bytes, pid) => {
    const all = begun.pid === pid ? join(begun.bytes, bytes) : bytes;
    const end = all.length - (bytes.length < cutBytes ? 0 : unfinished(all));
    begun = { bytes: copy(all.subarray(end)), pid };
    tell(copy(all.subarray(0, end)), pid);
  };
}
