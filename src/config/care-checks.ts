/** What contradicts itself in one section's own keys, once each of them is fine. */
import { accessSync, constants, statSync } from "node:fs";
import type { CareSettings } from "../core/care.ts";
import type { careOptions } from "./care-options.ts";
import { type Entry, placeOfWord } from "./document.ts";
import type { SectionReader } from "./section-reader.ts";

type Reader = SectionReader<"program">;
type Key = keyof typeof careOptions;

const checks = ["healthcheck_http", "healthcheck_tcp", "healthcheck_command", "healthcheck_file"] as const;

/** Keys that mean nothing without one of others. */
const companions: readonly (readonly [key: Key, of: readonly Key[]])[] = [
  ["healthcheck_file_max_age", ["healthcheck_file"]],
  ["healthcheck_interval", checks],
  ["healthcheck_timeout", checks],
  ["healthcheck_retries", checks],
  ["healthcheck_start_period", checks],
  ["healthcheck_action", checks],
  ["memory_limit_action", ["memory_limit"]],
  ["cpu_limit_for", ["cpu_limit"]],
  ["max_runtime_jitter", ["max_runtime"]],
  ["watch_ignore", ["watch"]],
  ["watch_debounce", ["watch"]],
  ["schedule_timezone", ["schedule"]],
  ["schedule_overlap", ["schedule"]],
];

export function checkCare(reader: Reader, care: CareSettings): void {
  const errorsBefore = reader.evaluation.complaints.errors;
  oneOf(reader, checks, "checks");
  oneOf(reader, ["ready_log", "ready_fd"], "signals of readiness");
  contradictions(reader, care);
  warnOfCompanions(reader);
  // A stand-in for a refused value has no file of its own.
  if (reader.evaluation.complaints.errors === errorsBefore) warnOfMissingFiles(reader, care);
}

/** The entry of a key, of the section or of [DEFAULT], that says something. */
function written(reader: Reader, key: Key): Entry | undefined {
  return (reader.expanded(key) ?? "").trim() === "" ? undefined : reader.entry(key);
}

function oneOf(reader: Reader, keys: readonly Key[], what: string): void {
  const [first, ...more] = keys.filter((key) => written(reader, key) !== undefined);
  for (const key of more) {
    reader.refuse(`${first} and ${key} are two ${what} of one program`, { key, hint: "keep one of them" });
  }
}

function contradictions(reader: Reader, care: CareSettings): void {
  const { memory, restart, type } = care;
  const autorestart = reader.read("autorestart");
  if (memory !== null && memory.limitBytes !== null && memory.hardBytes !== null) {
    if (memory.hardBytes < memory.limitBytes) {
      reader.refuse("memory_limit_hard is below memory_limit", {
        key: "memory_limit_hard",
        hint: "the hard limit kills at once and is the higher one",
      });
    }
  }
  if (restart.delayMs !== null && restart.delayMs > restart.delayMaxMs) {
    const key = written(reader, "restart_delay_max") === undefined ? "restart_delay" : "restart_delay_max";
    reader.refuse("restart_delay_max is below restart_delay", { key, hint: "it is what the delay grows to" });
  }
  if (care.onExit === "shutdown" && autorestart === "always") {
    reader.refuse("on_exit=shutdown never happens with autorestart=true", {
      key: "on_exit",
      hint: "autorestart=false, or unexpected to start it again after a failure only",
    });
  }
  if (type === "oneshot" && autorestart === "always") {
    reader.refuse("a oneshot with autorestart=true is never done", {
      key: "type",
      hint: "autorestart=unexpected runs it again until it succeeds",
    });
  }
  if (type === "oneshot" && reader.section.name.startsWith("eventlistener:")) {
    reader.refuse("an event listener is no oneshot", { key: "type", hint: "it runs as long as there are events" });
  }
  if (care.onFatal === "shutdown" && restart.retryAfterMs !== null) {
    reader.refuse("retry_after never happens with on_fatal=shutdown", { key: "retry_after", hint: "keep one of them" });
  }
}

function warnOfCompanions(reader: Reader): void {
  for (const [key, of] of companions) {
    const entry = written(reader, key);
    if (entry === undefined || inherited(reader, entry)) continue;
    if (of.some((other) => reader.entry(other) !== undefined)) continue;
    reader.warn(`${key} has no effect without ${of.join(" or ")}`, key);
  }
  if (written(reader, "pids_limit") !== undefined && reader.read("cgroup") === "off") {
    reader.warn("pids_limit has no effect with cgroup=off", "pids_limit");
  }
}

/** [DEFAULT] may set what only some of the programs ask for. */
function inherited(reader: Reader, entry: Entry): boolean {
  const origin = reader.evaluation.document.defaults.get(entry.key);
  return origin !== undefined && origin.line === entry.line && origin.file === entry.file;
}

/** They are read at each start, so they may still come. */
function warnOfMissingFiles(reader: Reader, { envFiles, secrets }: CareSettings): void {
  for (const path of envFiles) warnIfMissing(reader, "env_file", path, path);
  for (const { name, path } of secrets) warnIfMissing(reader, "secrets", path, `${path}, for ${name}`);
}

function warnIfMissing(reader: Reader, key: "env_file" | "secrets", path: string, shown: string): void {
  const trouble = troubleWith(path);
  if (trouble === null) return;
  const entry = reader.entry(key);
  const place = entry === undefined ? reader.section.place : placeOfWord(entry, path);
  const subject = { section: reader.section.name, key, hint: "it is read at each start, which fails without it" };
  reader.evaluation.complaints.warn(`cannot read ${shown}: ${trouble}`, place, subject);
}

/** Why a file cannot be read; null when it can. */
export function troubleWith(path: string): string | null {
  try {
    if (!statSync(path).isFile()) return "it is no regular file";
    accessSync(path, constants.R_OK);
    return null;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EACCES" ? "permission denied" : "no such file";
  }
}
