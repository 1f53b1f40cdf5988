/** What `spaced.report` tells of one process. Of a daemon newer or older than us, what is missing is unknown. */
import { asFacts, type HealthFacts } from "./health.ts";
import { asProcess, list, number, type RemoteProcess, type Struct, struct, text } from "./replies.ts";

export interface RemoteEnd {
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly endedAt: number;
  /** Both null: there was no child. */
  readonly code: number | null;
  readonly signal: string | null;
  readonly core: boolean;
  readonly failure: string | null;
  readonly expected: boolean;
  readonly cause: string | null;
  readonly memoryBytes: number | null;
  readonly oomKilled: boolean;
}

export interface RemoteReport {
  readonly process: RemoteProcess;
  readonly program: string;
  readonly command: string;
  readonly directory: string | null;
  readonly uid: number | null;
  readonly cause: string | null;
  readonly next: string;
  readonly health: HealthFacts;
  readonly starts: number;
  readonly ends: readonly RemoteEnd[];
  readonly living: readonly { readonly pid: number; readonly command: string; readonly leftBehind: boolean }[];
  readonly redirectStderr: boolean;
  /** As it came, for `--json`. */
  readonly raw: Struct;
}

/** Throws `BadReply`. */
export function asReport(value: unknown): RemoteReport {
  const raw = struct(value);
  return {
    raw,
    process: asProcess(raw.process),
    program: text(raw, "program"),
    command: text(raw, "command"),
    directory: perhaps(raw.directory, "string"),
    uid: perhaps(raw.uid, "number"),
    cause: perhaps(raw.cause, "string"),
    next: text(raw, "next"),
    health: asFacts(raw.health === undefined ? {} : struct(raw.health)),
    starts: number(raw, "starts"),
    ends: list(raw.ends).map(asEnd),
    living: list(raw.living).map((each) => {
      const living = struct(each);
      return { pid: number(living, "pid"), command: text(living, "command"), leftBehind: living.leftBehind === true };
    }),
    redirectStderr: raw.redirectStderr === true,
  };
}

function asEnd(value: unknown): RemoteEnd {
  const end = struct(value);
  return {
    startedAt: Date.parse(text(end, "startedAt")),
    endedAt: Date.parse(text(end, "endedAt")),
    code: perhaps(end.code, "number"),
    signal: perhaps(end.signal, "string"),
    core: end.core === true,
    failure: perhaps(end.failure, "string"),
    expected: end.expected === true,
    cause: perhaps(end.cause, "string"),
    memoryBytes: perhaps(end.memoryBytes, "number"),
    oomKilled: end.oomKilled === true,
  };
}

interface Kinds {
  readonly string: string;
  readonly number: number;
}

function perhaps<K extends keyof Kinds>(value: unknown, kind: K): Kinds[K] | null {
  return typeof value === kind ? (value as Kinds[K]) : null;
}
