/** The findings of `doctor` as a page for people: one block each, as wide as the terminal. */
import type { Asker, Finding, Level } from "../core/diagnosis.ts";
import { pad } from "./names.ts";

const marks: Readonly<Record<Level, string>> = { ok: "ok", note: "note", warn: "warn", fail: "FAIL" };
const narrowest = 50;
const widest = 110;
/** Askers beyond these are counted. */
const named = 4;

/** @param columns of the terminal */
export function doctorPage(heading: string, findings: readonly Finding[], columns: number): string {
  const width = Math.min(widest, Math.max(narrowest, columns));
  const topics = findings.reduce((most, { topic }) => Math.max(most, topic.length), 0);
  const indent = 2 + 6 + topics + 2;
  const blocks = findings.flatMap(({ level, topic, found, meaning, fix, askers }) => {
    const texts = [
      found,
      ...(askers.length === 0 ? [] : [whoAsks(askers)]),
      ...(meaning === "" ? [] : [meaning]),
      ...(fix === "" ? [] : [`fix: ${fix}`]),
    ];
    // Nothing from a list may steer the terminal.
    const lines = texts.flatMap((text) => wrapped(text.replace(/\p{Cc}/gu, "?"), width - indent));
    return lines.map(
      (line, at) => `${at === 0 ? `  ${pad(marks[level], 6)}${pad(topic, topics + 2)}` : " ".repeat(indent)}${line}`,
    );
  });
  return [...wrapped(heading, width), "", ...blocks, "", ...wrapped(verdict(findings), width), ""].join("\n");
}

function whoAsks(askers: readonly Asker[]): string {
  const shown = askers
    .slice(0, named)
    .map(({ name, file, line }) => (file === null ? name : `${name} (${file}:${line})`));
  const more = askers.length - shown.length;
  return `in ${shown.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

function verdict(findings: readonly Finding[]): string {
  const count = (level: Level) => findings.filter((each) => each.level === level).length;
  const [fails, warnings] = [count("fail"), count("warn")];
  const odd = warnings === 1 ? "one thing is not as it should be" : `${warnings} things are not as they should be`;
  const wrong = `${fails === 1 ? "One thing that is" : `${fails} things that are`} asked for cannot work here`;
  if (fails > 0) return warnings > 0 ? `${wrong}, and ${odd}.` : `${wrong}.`;
  return warnings > 0 ? `Everything that is asked for can work here; ${odd}.` : "Nothing stands in the way.";
}

/** Breaks at blanks; what is longer than a line stays whole. */
function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
