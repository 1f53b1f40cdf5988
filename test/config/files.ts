/** A folder of program lists for one test file. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll } from "vitest";
import { noFlags } from "../../src/config/flags.ts";
import { type Loaded, loadConfig } from "../../src/config/load.ts";
import type { Config } from "../../src/core/program.ts";
import { machine } from "./machine.ts";

export const folder = mkdtempSync(join(tmpdir(), "spaced-config-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }), 60_000);

export const environment = { HOME: "/root", WORD: "word", NUM: "7" };

export function write(path: string, content: string | Uint8Array): string {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  return file;
}

/** Loads a file of the folder. */
export function load(path: string, env: Readonly<Record<string, string>> = environment): Promise<Loaded> {
  return loadConfig(path, noFlags, machine(folder, env));
}

/** Writes and loads a list that has to be fine. */
export async function config(path: string, content: string): Promise<Config> {
  write(path, content);
  const loaded = await load(path);
  if (!loaded.ok) throw new Error(loaded.message);
  return loaded.config;
}

/** Writes and loads a list that has to be refused. */
export async function refusal(path: string, content: string | Uint8Array): Promise<string> {
  write(path, content);
  const loaded = await load(path);
  if (loaded.ok) throw new Error("the list was accepted");
  return loaded.message;
}

/** `LINE:COLUMN severity message (hint)` of each complaint. */
export async function complaints(path: string, content: string): Promise<string[]> {
  write(path, content);
  const loaded = await load(path);
  return loaded.complaints.map(
    ({ line, column, severity, message, hint }) =>
      `${line}:${column} ${severity} ${message}${hint === null ? "" : ` (${hint})`}`,
  );
}
