/**
 * A path and a command line to a `Config`, or to what is wrong. The steps and the order of checks are
 * the reference's, so that the first error is the one its users know; after it evaluation goes on to
 * find the others. Nothing escapes: whatever the file is, the outcome is a `Loaded`.
 */
import type { Config } from "../core/program.ts";
import { type Complaint, Complaints } from "./complaint.ts";
import { warnOfUnreachable } from "./control-reach.ts";
import { readDaemon } from "./daemon-settings.ts";
import type { Document, Section } from "./document.ts";
import type { DaemonFlags } from "./flags.ts";
import { readGroups } from "./groups.ts";
import { type Reading, readFiles } from "./include.ts";
import { warnOfUnknown } from "./lint.ts";
import { readLogTargets } from "./log-targets.ts";
import { addMainProgram } from "./main-program.ts";
import { absolutePath, Paths, type Surroundings } from "./paths.ts";
import { warnOfPrograms } from "./program-doubts.ts";
import { processLimit, textLimit } from "./programs.ts";
import { checkReferences } from "./references.ts";
import { placeSocket } from "./run-places.ts";
import type { Evaluation } from "./section-reader.ts";
import { readInterfaces, readServers } from "./servers.ts";

export type Loaded =
  | {
      readonly ok: true;
      readonly config: Config;
      readonly complaints: readonly Complaint[];
      /** The list as it is written, for whoever has to say where something stands. */
      readonly document: Document;
    }
  | {
      readonly ok: false;
      /** The reference's text for the first error, without `Error: ` in front. */
      readonly message: string;
      readonly complaints: readonly Complaint[];
    };

/** `file` may be relative to `context.cwd`; messages show it as given. */
export async function loadConfig(file: string, flags: DaemonFlags, context: Surroundings): Promise<Loaded> {
  const complaints = new Complaints();
  try {
    return await load(file, flags, context, complaints);
  } catch (error) {
    // A mistake of ours; the daemon must not die of it while it rereads its list.
    const message = `cannot load ${file}: ${error instanceof Error ? error.message : String(error)}`;
    complaints.error(message, { file, line: 1, column: 1, length: 1 });
    return { ok: false, message: complaints.firstError ?? message, complaints: complaints.list };
  }
}

async function load(file: string, flags: DaemonFlags, context: Surroundings, complaints: Complaints): Promise<Loaded> {
  const refused = (): Loaded => ({ ok: false, message: complaints.firstError ?? "", complaints: complaints.list });
  const environment = new Map<string, string>();
  for (const [name, value] of Object.entries(context.env)) {
    if (value !== undefined) environment.set(`ENV_${name}`, value);
  }
  const reading = await readFiles(file, environment, context, complaints);
  if (reading === null) return refused();
  const { document, here } = reading;
  const runFolder = () => context.runFolder?.() ?? null;
  if (flags.command !== null) addMainProgram(document, flags.command, runFolder());
  if (reading.yaml) placeSocket(document, runFolder, complaints);
  context.scales?.apply(document);
  const evaluation: Evaluation = {
    document,
    complaints,
    machine: { paths: new Paths(context), accounts: context.accounts },
    here,
    hostName: context.hostName,
    environment,
    daemonEnvironment: new Map(),
    warnings: new Set(reading.warnings),
    fallbacks: new Map(),
    room: processLimit,
    textRoom: textLimit,
  };
  const daemon = readDaemon(daemonSection(file, reading, complaints), flags, context.tempDir, evaluation);
  const interfaces = readInterfaces(evaluation);
  const rpcInterfaces = reading.yaml && !interfaces.includes("supervisor") ? ["supervisor", ...interfaces] : interfaces;
  const groups = readGroups(evaluation);
  const servers = readServers(evaluation);
  const settings = daemon.complete();
  const logTargets = readLogTargets(groups, evaluation);
  checkReferences(groups, settings, evaluation);
  warnOfUnknown(document, complaints);
  warnOfPrograms(groups, evaluation);
  if (!reading.yaml) warnOfUnreachable(servers, rpcInterfaces, evaluation);
  if (complaints.errors > 0) return refused();
  const config: Config = {
    file: absolutePath(file, context.cwd),
    files: [...new Set(reading.files)],
    includes: reading.includes,
    daemon: settings,
    servers,
    rpcInterfaces,
    groups,
    logTargets,
    notes: notes(evaluation, reading),
  };
  return { ok: true, config, complaints: complaints.list, document };
}

/** YAML need not say `supervisord:`. */
function daemonSection(file: string, { document, yaml }: Reading, complaints: Complaints): Section {
  const section = document.sections.get("supervisord");
  if (section !== undefined) return section;
  const place = { file, line: 1, column: 1, length: 1 };
  if (!yaml) {
    const hint = "add a line [supervisord]";
    complaints.error(".ini file does not include supervisord section", place, { hint });
  }
  return { name: "supervisord", entries: new Map(), place };
}

const noteLimit = 100;

/** Warnings before infos, as the reference writes them when its log is open. */
function notes({ complaints, warnings }: Evaluation, { infos }: Reading): Config["notes"] {
  const ours = complaints.list
    .filter(({ severity, message }) => severity === "warning" && !warnings.has(message))
    .map(({ file, line, message, hint }) => `${file}:${line}: ${message}${hint === null ? "" : ` (${hint})`}`);
  const shown = [...warnings, ...ours];
  const rest = shown.length - noteLimit + complaints.unlisted;
  if (shown.length > noteLimit) shown.splice(noteLimit, Number.POSITIVE_INFINITY, `${rest} more warnings`);
  return [
    ...shown.map((text) => ({ level: "warn" as const, text })),
    ...infos.map((text) => ({ level: "info" as const, text })),
  ];
}
