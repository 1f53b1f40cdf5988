/**
 * Everything that is wrong with a program list, shown as a compiler would: place, message, the line with
 * a mark under it, and what was probably meant.
 */
import { readFileSync, statSync } from "node:fs";
import type { Complaint } from "./complaint.ts";
import { noFlags } from "./flags.ts";
import { loadConfig } from "./load.ts";
import { absolutePath, type Surroundings } from "./paths.ts";

export interface Checked {
  /** For people; ends in a newline. */
  readonly text: string;
  /** In the order of the text. */
  readonly complaints: readonly Complaint[];
  /** How much there is; null for a list that is refused. */
  readonly size: { readonly groups: number; readonly processes: number } | null;
  /** 2 if there is an error. Warnings do not fail. */
  readonly exitCode: 0 | 2;
}

/** Reads a program list as the daemon would, without starting anything. */
export async function checkFile(file: string, context: Surroundings): Promise<Checked> {
  const loaded = await loadConfig(file, noFlags, context);
  const complaints = byPlace(loaded.complaints);
  const shown = formatComplaints(loaded.complaints, sourceReader(context.cwd));
  const size = loaded.ok ? sizeOf(loaded.config.groups) : null;
  const errors = complaints.filter(({ severity }) => severity === "error").length;
  const counts = [count(errors, "error"), count(complaints.length - errors, "warning")].filter(Boolean).join(", ");
  const verdict =
    size === null ? `${file}: ${counts}` : `${file}: ok, ${summaryOf(size)}${counts === "" ? "" : `, ${counts}`}`;
  return { text: `${shown}${verdict}\n`, complaints, size, exitCode: loaded.ok ? 0 : 2 };
}

const count = (number: number, what: string): string =>
  number === 0 ? "" : `${number} ${what}${number === 1 ? "" : "s"}`;

const sizeOf = (groups: readonly { readonly processes: readonly unknown[] }[]) => ({
  groups: groups.length,
  processes: groups.reduce((sum, group) => sum + group.processes.length, 0),
});

const summaryOf = ({ groups, processes }: NonNullable<Checked["size"]>): string =>
  `${count(groups, "group") || "no groups"} with ${processes} process${processes === 1 ? "" : "es"}`;

/** In the order in which the files were read. */
function byPlace(complaints: readonly Complaint[]): Complaint[] {
  const order = [...new Set(complaints.map(({ file }) => file))];
  return [...complaints].sort(
    (a, b) => order.indexOf(a.file) - order.indexOf(b.file) || a.line - b.line || a.column - b.column,
  );
}

/**
 * One block per complaint, in the order of the files. `readSource` gives the text of a file, or null when
 * it cannot be shown.
 */
export function formatComplaints(
  complaints: readonly Complaint[],
  readSource: (file: string) => string | null,
): string {
  const lines = new Map<string, readonly string[] | null>();
  const linesOf = (file: string) => {
    if (!lines.has(file)) lines.set(file, readSource(file)?.split(/\r\n|\r|\n/) ?? null);
    return lines.get(file) ?? null;
  };
  return byPlace(complaints)
    .map((complaint) => block(complaint, linesOf(complaint.file)?.[complaint.line - 1] ?? null))
    .join("");
}

function block(complaint: Complaint, line: string | null): string {
  const { file, line: number, column, severity, message, hint } = complaint;
  const head = `${file}:${number}:${column}: ${severity}: ${printable(message)}\n`;
  const source = line === null || line.trim() === "" ? "" : excerpt(line, column - 1, complaint.length);
  return head + source + (hint === null ? "" : `    hint: ${printable(hint)}\n`);
}

const widthLimit = 120;

/** The line and a mark under it, cut to the part around the mark. */
function excerpt(line: string, start: number, length: number): string {
  const from = line.length <= widthLimit ? 0 : Math.max(0, Math.min(start - 40, line.length - widthLimit));
  const until = Math.min(line.length, from + widthLimit);
  const before = from > 0 ? "…" : "";
  const shown = before + printable(line.slice(from, until)) + (until < line.length ? "…" : "");
  const at = before.length + Math.max(0, Math.min(start, line.length) - from);
  const marked = Math.max(1, Math.min(length, until - start));
  return `    ${shown}\n    ${" ".repeat(at)}^${"~".repeat(marked - 1)}\n`;
}

/** Nothing from a file may steer the terminal. */
const printable = (text: string): string => text.replaceAll("\t", " ").replace(/\p{C}/gu, "\ufffd");

const shownLimit = 32 * 1024 * 1024;

function sourceReader(cwd: string): (file: string) => string | null {
  return (file) => {
    const path = absolutePath(file, cwd);
    try {
      const stat = statSync(path);
      return stat.isFile() && stat.size <= shownLimit ? readFileSync(path, "utf8") : null;
    } catch {
      return null;
    }
  };
}
