/**
 * What the methods we call return, checked: a value of the wrong shape is a `BadReply` here and
 * never an undefined somewhere later.
 */
import { BadReply } from "./failures.ts";

/** One process as getProcessInfo and getAllProcessInfo tell it; times are whole seconds since 1970, 0 = never. */
export interface RemoteProcess {
  readonly group: string;
  readonly name: string;
  readonly state: number;
  readonly stateName: string;
  readonly description: string;
  readonly pid: number;
  readonly start: number;
  readonly stop: number;
  readonly now: number;
  readonly exitStatus: number;
  readonly spawnError: string;
}

/** One row of startAllProcesses and its kind. */
export interface Outcome {
  readonly group: string;
  readonly name: string;
  /** A fault code; 80 = success. */
  readonly status: number;
  readonly description: string;
}

/** One row of getAllConfigInfo. */
export interface RemoteConfig {
  readonly group: string;
  readonly name: string;
  readonly inUse: boolean;
  readonly autostart: boolean;
  readonly groupPriority: number;
  readonly processPriority: number;
}

export interface RemoteChanges {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

export type Struct = Readonly<Record<string, unknown>>;

export const asProcesses = (value: unknown): RemoteProcess[] => list(value).map(asProcess);
export const asOutcomes = (value: unknown): Outcome[] => list(value).map(asOutcome);
export const asConfigs = (value: unknown): RemoteConfig[] => list(value).map(asConfig);

export function asProcess(value: unknown): RemoteProcess {
  const info = struct(value);
  return {
    group: text(info, "group"),
    name: text(info, "name"),
    state: number(info, "state"),
    stateName: text(info, "statename"),
    description: text(info, "description"),
    pid: number(info, "pid"),
    start: number(info, "start"),
    stop: number(info, "stop"),
    now: number(info, "now"),
    exitStatus: number(info, "exitstatus"),
    spawnError: text(info, "spawnerr"),
  };
}

function asOutcome(value: unknown): Outcome {
  const row = struct(value);
  return {
    group: text(row, "group"),
    name: text(row, "name"),
    status: number(row, "status"),
    description: text(row, "description"),
  };
}

function asConfig(value: unknown): RemoteConfig {
  const row = struct(value);
  return {
    group: text(row, "group"),
    name: text(row, "name"),
    inUse: Boolean(row.inuse),
    autostart: Boolean(row.autostart),
    groupPriority: number(row, "group_prio"),
    processPriority: number(row, "process_prio"),
  };
}

/** reloadConfig answers `[[added, changed, removed]]`. */
export function asChanges(value: unknown): RemoteChanges {
  const [added, changed, removed] = list(list(value)[0]).map((names) => list(names).map(String));
  if (added === undefined || changed === undefined || removed === undefined) throw unexpected("three lists");
  return { added, changed, removed };
}

export function asText(value: unknown): string {
  if (typeof value !== "string") throw unexpected("a string");
  return value;
}

export function asInteger(value: unknown): number {
  if (typeof value !== "number") throw unexpected("a number");
  return value;
}

export function list(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw unexpected("a list");
  return value;
}

export function struct(value: unknown): Struct {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw unexpected("a struct");
  return value as Struct;
}

export function text(from: Struct, key: string): string {
  const value = from[key];
  if (typeof value !== "string") throw unexpected(`a string '${key}'`);
  return value;
}

export function number(from: Struct, key: string): number {
  const value = from[key];
  if (typeof value !== "number") throw unexpected(`a number '${key}'`);
  return value;
}

interface Kinds {
  readonly string: string;
  readonly number: number;
}

/** What may be missing, or be something that we do not know. */
export function perhaps<K extends keyof Kinds>(value: unknown, kind: K): Kinds[K] | null {
  return typeof value === kind ? (value as Kinds[K]) : null;
}

const unexpected = (wanted: string): BadReply => new BadReply(`the answer lacks ${wanted}`);
