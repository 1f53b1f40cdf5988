/** Reads back lines that `core/log-stamp.ts` has stamped. A line that is none, as before the format was changed, is null. */
import type { LineFormat } from "../../core/program.ts";

export interface Unstamped {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly process: string;
  readonly stream: "stdout" | "stderr";
  readonly message: string;
}

const textLine = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) (.+?) +(stdout|stderr) \| ?/;

export function unstamp(line: string, format: LineFormat): Unstamped | null {
  return format === "json" ? fromJson(line) : fromText(line);
}

function fromText(line: string): Unstamped | null {
  const [whole = "", time = "", process = "", stream] = textLine.exec(line) ?? [];
  const at = Date.parse(time);
  if (Number.isNaN(at) || (stream !== "stdout" && stream !== "stderr")) return null;
  return { at, process, stream, message: line.slice(whole.length) };
}

function fromJson(line: string): Unstamped | null {
  if (!line.startsWith('{"time":"')) return null;
  let entry: Readonly<Record<string, unknown>>;
  try {
    entry = JSON.parse(line);
  } catch {
    return null;
  }
  const { time, process, stream, message } = entry;
  const at = Date.parse(String(time));
  if (Number.isNaN(at) || typeof process !== "string" || typeof message !== "string") return null;
  if (stream !== "stdout" && stream !== "stderr") return null;
  return { at, process, stream, message };
}
