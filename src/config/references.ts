/**
 * Names that our own keys refer to, once all sections have been read: who is depended on, whether that can
 * ever come to what is waited for, and whose exit code the daemon takes.
 */
import type { CareSettings, Dependency } from "../core/care.ts";
import { DependencyNames, type Member } from "../core/dependencies.ts";
import type { DaemonSettings, GroupSettings, ProcessSettings } from "../core/program.ts";
import { conditions } from "./care-values.ts";
import type { Place, Subject } from "./complaint.ts";
import { entryOf, placeOfWord, type Section, valuePlace } from "./document.ts";
import { didYouMean, nearest } from "./nearest.ts";
import type { Evaluation } from "./section-reader.ts";

type Names = DependencyNames<ProcessSettings>;

export function checkReferences(
  groups: readonly GroupSettings[],
  { exitCodeFrom }: Pick<DaemonSettings, "exitCodeFrom">,
  evaluation: Evaluation,
): void {
  const depending = groups.some(({ processes }) => processes.some(({ care }) => care.dependsOn.length > 0));
  if (!depending && exitCodeFrom === null) return;
  const names: Names = new DependencyNames(groups);
  if (exitCodeFrom !== null) checkExitCodeFrom(exitCodeFrom, names, evaluation);
  if (depending) new DependencyCheck(groups, names, evaluation).run();
}

function checkExitCodeFrom(name: string, names: Names, evaluation: Evaluation): void {
  if (names.named(name).length > 0 || hasSection(name, evaluation)) return;
  const section = evaluation.document.sections.get("supervisord");
  const entry = section && entryOf(evaluation.document, section, "exit_code_from");
  if (section === undefined || entry === undefined) return;
  const subject = { section: section.name, key: entry.key, hint: didYouMean(name, names.known()) };
  evaluation.complaints.error(`exit_code_from names unknown program ${name}`, valuePlace(entry), subject);
}

const programKinds = ["program", "fcgi-program", "eventlistener"] as const;

/** Whether something of the name is there, if only with an error of its own. */
const hasSection = (name: string, { document }: Evaluation): boolean =>
  [...programKinds, "group"].some((kind) => document.sections.has(`${kind}:${name.replace(/:.*/s, "")}`));

class DependencyCheck {
  readonly #groups: readonly GroupSettings[];
  readonly #names: Names;
  readonly #evaluation: Evaluation;

  constructor(groups: readonly GroupSettings[], names: Names, evaluation: Evaluation) {
    this.#groups = groups;
    this.#names = names;
    this.#evaluation = evaluation;
  }

  run(): void {
    const seen = new Set<CareSettings>();
    for (const group of this.#groups) {
      for (const process of group.processes) {
        const section = seen.has(process.care) ? undefined : this.#sectionOf(process, group.kind);
        if (section === undefined) continue;
        seen.add(process.care);
        for (const dependency of process.care.dependsOn) this.#check(dependency, process, section);
      }
    }
    this.#refuseCycle();
  }

  #sectionOf({ program }: ProcessSettings, kind: GroupSettings["kind"]): Section | undefined {
    const { sections } = this.#evaluation.document;
    const found = [kind, ...programKinds].map((candidate) => sections.get(`${candidate}:${program}`));
    return found.find((section) => section !== undefined);
  }

  #check(dependency: Dependency, process: ProcessSettings, section: Section): void {
    const { on, condition } = dependency;
    const members = this.#names.named(on);
    const refuse = (message: string, hint: string | null) =>
      this.#evaluation.complaints.error(message, ...this.#about(section, on, hint));
    if (members.length === 0) {
      if (!hasSection(on, this.#evaluation) || on.includes(":")) {
        refuse(`[${section.name}] depends on unknown program ${on}`, this.#nameHint(on));
      }
      return;
    }
    if (condition === "healthy") {
      const mute = members.find(({ process: { care } }) => care.health === null && care.ready === null);
      if (mute !== undefined) {
        const hint = "give it a healthcheck, ready_log or ready_fd, or wait for started";
        refuse(`${mute.process.program} has no way to become healthy: ${process.program} would wait in vain`, hint);
      }
    }
    if (condition === "completed") {
      const staying = members.find(({ process: { care } }) => care.type !== "oneshot");
      if (staying !== undefined) {
        const hint = "type=oneshot in its section, or wait for started";
        refuse(`${staying.process.program} is no oneshot: it is never completed`, hint);
      }
    }
  }

  /** Where `word` stands in the section's `depends_on`. */
  #about(section: Section, word: string, hint: string | null): [Place, Subject] {
    const entry = entryOf(this.#evaluation.document, section, "depends_on");
    const subject = { section: section.name, key: "depends_on", hint };
    return [entry === undefined ? section.place : placeOfWord(entry, word), subject];
  }

  /** A mistyped condition reads as the name of a process: `db:healthi`. */
  #nameHint(on: string): string | null {
    const [name = "", process] = on.split(":");
    const condition = process === undefined ? null : nearest(process, conditions);
    if (condition !== null && this.#names.named(name).length > 0) return `did you mean ${name}:${condition}`;
    return didYouMean(on, this.#names.known());
  }

  #refuseCycle(): void {
    const round = this.#names.cycle();
    const [first, next] = round ?? [];
    const group = this.#groups.find(({ name }) => name === first?.group);
    const section = first && group && this.#sectionOf(first.process, group.kind);
    if (round === null || first === undefined || next === undefined || section === undefined) return;
    const message = `the dependencies run in a circle: ${shownRound(round).join(" -> ")}`;
    const hint = "one of them has to start without the other";
    this.#evaluation.complaints.error(message, ...this.#about(section, next.process.program, hint));
  }
}

const shownLimit = 12;

/** By their programs, or by their full names where a program would be there twice. */
function shownRound(round: readonly Member<ProcessSettings>[]): string[] {
  const programs = round.slice(1).map(({ process }) => process.program);
  const distinct = new Set(programs).size === programs.length;
  const names = round.map(({ group, process }) => (distinct ? process.program : `${group}:${process.name}`));
  return names.length <= shownLimit ? names : [...names.slice(0, shownLimit - 2), "…", ...names.slice(-1)];
}
