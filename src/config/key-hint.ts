/**
 * What was probably meant by a key that nobody knows, in the form in which it can be written at that place: an ini file and
 * the top of a map in YAML have whole keys (`stdout_logfile`), a map within that map has the rest of them (`logfile`
 * in `stdout`).
 */
import type { Entry } from "./document.ts";
import { didYouMean, nearest } from "./nearest.ts";
import { options, optionsOf, type SectionKind, sectionSpelling } from "./options.ts";
import { namedSections, singleSections } from "./yaml-shape.ts";

/** Keys that a hint names at most. */
const mostNamed = 6;

export const kinds = Object.keys(options) as SectionKind[];

/** As it is written: in YAML with the maps around it, `stdout.logfile`. */
export const spelled = ({ key, written }: Entry): string => written?.join(".") ?? key;

/** What other programs call it, or supervisor 2 did. */
const misnomers: Readonly<Record<string, string>> = {
  cmd: "did you mean command",
  cwd: "did you mean directory",
  env: "did you mean environment",
  group: "its groups are those of user",
  log_stderr: "everything is logged: stderr_logfile says where",
  log_stdout: "everything is logged: stdout_logfile says where",
  logfile: "did you mean stdout_logfile",
  logfile_backups: "did you mean stdout_logfile_backups",
  logfile_maxbytes: "did you mean stdout_logfile_maxbytes",
  max_retries: "did you mean startretries",
  process_num: "did you mean numprocs",
  redirect_stdout: "stdout needs no redirection: stdout_logfile says where it goes",
  restart: "did you mean autorestart",
  retries: "did you mean startretries",
  workdir: "did you mean directory",
  working_directory: "did you mean directory",
};
const programKinds: readonly SectionKind[] = ["program", "fcgi-program", "eventlistener"];

export function keyHint(entry: Entry, kind: SectionKind): string | null {
  const { key, written = [key] } = entry;
  if (written.length > 1) return hintInside(key, written, kind);
  const misnomer = programKinds.includes(kind) && Object.hasOwn(misnomers, key) ? misnomers[key] : undefined;
  if (misnomer !== undefined) return misnomer;
  const near = didYouMean(key, Object.keys(optionsOf(kind)));
  const other = kinds.find((candidate) => Object.hasOwn(optionsOf(candidate), key));
  if (other === undefined) return near ?? named(longerKeys(key, kind));
  return `${key} belongs to ${entry.written === undefined ? iniSection(other) : yamlSection(other)}`;
}

/** For a key of a map within the section's: what can stand in the same map first. */
function hintInside(key: string, written: readonly string[], kind: SectionKind): string | null {
  const last = written.at(-1) ?? "";
  const outer = key.slice(0, key.length - last.length);
  const known = optionsOf(kind);
  const inside = new Map(
    Object.entries(known)
      .map(([each, { yaml = each }]) => [yaml.replace(".", "_"), each] as const)
      .filter(([place]) => place.startsWith(outer))
      .map(([place, each]) => [each, place.slice(outer.length)]),
  );
  const near = nearest(last, inside.values());
  if (near !== null) return `did you mean ${near}`;
  const whole = Object.hasOwn(known, last) ? last : nearest(key, Object.keys(known));
  if (whole === null) return named([...inside.values()]);
  const rest = inside.get(whole);
  return rest === undefined ? `${whole} stands beside ${written[0]}, not in it` : `did you mean ${rest}`;
}

/** `memory` where `memory_limit` is meant. */
const longerKeys = (key: string, kind: SectionKind): string[] =>
  Object.keys(optionsOf(kind)).filter((known) => known.startsWith(`${key}_`));

function named(keys: readonly string[]): string | null {
  const more = keys.length > mostNamed ? " …" : "";
  return keys.length === 0 ? null : `known here: ${keys.slice(0, mostNamed).join(", ")}${more}`;
}

function iniSection(kind: SectionKind): string {
  const spelling = sectionSpelling(kind);
  return `[${spelling}${spelling.endsWith(":") ? "x" : ""}]`;
}

/** Of what YAML has no word for, ini has one. */
function yamlSection(kind: SectionKind): string {
  const [single] = Object.entries(singleSections).find(([, each]) => each === kind) ?? [];
  const [several] = Object.entries(namedSections).find(([, each]) => each === kind) ?? [];
  return single ?? (several === undefined ? iniSection(kind) : `${several}.x`);
}
