/** What can be asked of the application Space: to create jobs, and what it has stored of them. */
import { existsSync, readFileSync } from "node:fs";
import type { Workplace } from "./frame.ts";
import { asUser } from "./users.ts";

/** A document of the application's store. */
export interface Document {
  readonly id: string;
  /** Of the worker that stored it. */
  readonly pid: number;
  /** Of the history: 1, 2, 3. */
  readonly number?: number;
  /** Of the executions. */
  readonly is?: "begun" | "done";
}

/** What the application has stored: `jobs`, `executions`, `history` or `done`. */
export function documents(work: Workplace, collection: string): Document[] {
  const file = work.path("store", `${collection}.jsonl`);
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, "utf8").split("\n").slice(0, -1); // a last line without an end is still being written
  return lines.map((line) => JSON.parse(line) as Document);
}

/** The command that creates jobs. */
export function job(work: Workplace, name: string, ...words: string[]): string[] {
  return asUser("www-data", "/usr/bin/php", work.path("app", "bin/console"), "space:job", name, ...words);
}
