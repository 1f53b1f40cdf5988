/** A program of a list as the findings of `doctor` need it: where its keys stand, and one process for all copies. */
import type { Asker } from "./diagnosis.ts";
import type { Config, ProcessSettings } from "./program.ts";

/** What only the system can tell of a list. */
export interface ListFacts {
  /** Where a key stands; null = it is not written, or nobody knows. */
  place(section: string, key: string): { readonly file: string; readonly line: number } | null;
  /** Why a command cannot be run; null = it can. */
  commandTrouble(process: ProcessSettings): string | null;
  /** How many processes and threads a user has. */
  threadsOf(uid: number): number;
}

export interface Program {
  readonly section: string;
  /** One of its processes stands for all. */
  readonly process: ProcessSettings;
  readonly copies: number;
}

const kinds = ["program", "fcgi-program", "eventlistener"];

export function programsOf({ groups }: Config, seen: ListFacts): Program[] {
  const programs = new Map<string, Program>();
  for (const { kind, processes } of groups) {
    for (const process of processes) {
      const candidates = [kind, ...kinds].map((each) => `${each}:${process.program}`);
      const section = candidates.find((each) => seen.place(each, "command") !== null) ?? (candidates[0] as string);
      const before = programs.get(section);
      programs.set(section, { section, process: before?.process ?? process, copies: (before?.copies ?? 0) + 1 });
    }
  }
  return [...programs.values()];
}

export function askerOf(name: string, section: string, key: string, seen: ListFacts): Asker {
  const place = seen.place(section, key) ?? seen.place(section, "command");
  return { name, file: place?.file ?? null, line: place?.line ?? null };
}
