/**
 * Warnings about programs that the reference starts as they are written, and that cannot come to what was
 * meant: commands for a shell that is not there, programs that go into the background, a `~` that nobody
 * expands. For lists of any origin, so only what is certain is told.
 */
import type { GroupSettings, ProcessSettings } from "../core/program.ts";
import { staysInstead } from "./background-habits.ts";
import { type Entry, entryOf, type Section, valuePlace } from "./document.ts";
import type { Evaluation } from "./section-reader.ts";
import { shellDoubts } from "./shell-doubts.ts";

const programs = /^(?:program|fcgi-program|eventlistener):/;
/** Nobody writes a longer command by hand. In characters. */
const longestCommand = 32 * 1024;

export function warnOfPrograms(groups: readonly GroupSettings[], evaluation: Evaluation): void {
  const { document } = evaluation;
  const settings = bySection(groups);
  for (const section of document.sections.values()) {
    if (!programs.test(section.name)) continue;
    const command = entryOf(document, section, "command");
    if (command !== undefined && command.value.length <= longestCommand) {
      warnOfShell(command, section, evaluation);
      warnOfBackground(command, section, settings.get(section.name), evaluation);
    }
    const directory = entryOf(document, section, "directory");
    if (directory !== undefined && /^~(?:\/|$)/.test(directory.value)) {
      const hint = "%(ENV_HOME)s/…, or the whole path";
      warn("~ is not expanded in directory", directory, section, { hint, length: 1 }, evaluation);
    }
  }
}

/** One process of each section: they differ in nothing that is asked here. */
function bySection(groups: readonly GroupSettings[]): ReadonlyMap<string, ProcessSettings> {
  const found = new Map<string, ProcessSettings>();
  for (const { kind, processes } of groups) {
    for (const process of processes) {
      found.set(`${kind}:${process.program}`, process);
      // A group may have fcgi-programs, too.
      if (kind === "program") found.set(`fcgi-program:${process.program}`, process);
    }
  }
  return found;
}

function warnOfShell(command: Entry, section: Section, evaluation: Evaluation): void {
  for (const { message, ...about } of shellDoubts(command.value)) warn(message, command, section, about, evaluation);
}

function warnOfBackground(
  command: Entry,
  section: Section,
  process: ProcessSettings | undefined,
  evaluation: Evaluation,
): void {
  if (process === undefined || isStarter(process)) return;
  const instead = staysInstead(command.value);
  if (instead === null) return;
  const message =
    "the program goes into the background: its start counts as failed, and what it leaves behind is ended";
  warn(message, command, section, { hint: `what stays: ${instead}` }, evaluation);
}

/** One that is there to put something into the background: it may end at once, and what it has started stays. */
const isStarter = ({ startSeconds, autorestart, care }: ProcessSettings): boolean =>
  care.type === "oneshot" || care.orphans === "keep" || (startSeconds === 0 && autorestart !== "always");

interface About {
  readonly hint: string;
  readonly offset?: number;
  readonly length?: number;
}

function warn(message: string, entry: Entry, section: Section, about: About, { complaints }: Evaluation): void {
  const { hint, offset = 0, length } = about;
  complaints.warn(message, valuePlace(entry, offset, length), { section: section.name, key: entry.key, hint });
}
