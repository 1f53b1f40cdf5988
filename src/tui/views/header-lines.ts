/** The header: whose daemon this is, whether it answers, how its programs are, and what the container uses. */

import { failingTargets } from "../../core/diagnosis-targets.ts";
import { displayName, idOf, type State } from "../state/state.ts";
import { countTones, isProblem, reasonOf, roleOf, type Tone, toneOf } from "../state/tone.ts";
import { bar, loadRole, sparkline } from "../text/charts.ts";
import { cleanText } from "../text/clean.ts";
import { bytes, span as lasting, percent, plural } from "../text/figures.ts";
import { clipLine, fillLine, lineWidth, spread } from "../text/line.ts";
import { type Line, type Span, span } from "../text/look.ts";

/** Two to four lines, the most needed first. */
export function headerLines(state: State, columns: number, rows: number, now: number): readonly Line[] {
  const identity = spread(identityOf(state, columns), connectionOf(state, now), columns);
  const counts = countsOf(state);
  if (rows <= 2)
    return [identity, spread([...counts, span("  ")], short(state), columns)].map((line) => fillLine(line, columns));
  const problem = problemsOf(state, columns - (rows >= 4 ? 0 : lineWidth(counts) + 3));
  const second =
    rows >= 4
      ? [counts, usageOf(state, columns), problem]
      : [[...counts, span("   "), ...problem], usageOf(state, columns)];
  return [identity, ...second].map((line) => fillLine(line, columns));
}

function identityOf({ overview, address }: State, columns: number): Line {
  const { identifier, version, pid, now, startedAt, state } = overview;
  return [
    span(" spaced ", "title"),
    span(cleanText(identifier), "strong"),
    span(state === "RUNNING" ? "" : `  ${state}`, "warn"),
    span(`  up ${lasting(now - startedAt)}`),
    ...(columns >= 70 ? [span(`  pid ${pid}`, "dim")] : []),
    ...(columns >= 100 ? [span(`  version ${version}  ${cleanText(address)}`, "dim")] : []),
  ];
}

function connectionOf({ connection, overview }: State, now: number): Line {
  if (connection.type === "lost") {
    const since = lasting(now - connection.since);
    return [span(` ✗ lost for ${since}: ${cleanText(connection.why)} – trying again `, "alarm")];
  }
  return overview.state === "RUNNING"
    ? [span("● live ", "good")]
    : [span(`◑ ${overview.state.toLowerCase()} `, "warn")];
}

const words: readonly (readonly [Tone, string, string])[] = [
  ["good", "running", "●"],
  ["busy", "busy", "◐"],
  ["warn", "recovering", "▲"],
  ["bad", "failed", "✗"],
  ["idle", "idle", "○"],
];

/** Where not all fit, those that do nothing are the least needed. */
function countsOf(state: State): Line {
  const { overview } = state;
  const counts = countTones(overview.processes, overview.now);
  const pieces: Span[] = [span(" ")];
  for (const [tone, word, sign] of words) {
    const count = counts[tone];
    if (tone === "idle") pieces.push(...targetsOf(state));
    if (count > 0) pieces.push(span(`${sign} ${count} ${word}`, roleOf[tone]), span("  "));
  }
  const wanted = overview.processes.filter((program) => program.wanted);
  const well = wanted.filter((program) => program.well).length;
  if (wanted.length > 0)
    pieces.push(
      span(
        well === wanted.length ? "all well" : `${well} of ${wanted.length} well`,
        well === wanted.length ? "good" : "warn",
      ),
    );
  return pieces;
}

/** Log targets that take no lines, beside the programs: their reason is below where no program is wrong. */
function targetsOf({ overview }: State): Line {
  const failing = overview.logTargets.filter((target) => target.failing !== null);
  const [first] = failing;
  if (first === undefined) return [];
  const which =
    failing.length === 1 ? `log target ${cleanText(first.name)} takes` : `${failing.length} log targets take`;
  return [span(`▲ ${which} no lines`, "warn"), span("  ")];
}

/** Of the last words of a program, fewer columns say nothing. */
const leastWords = 16;

/** What is wrong with the first ones, in a line, and what the first has said about it on stderr. */
function problemsOf({ overview, words }: State, columns: number): Line {
  const all = overview.processes.filter((program) => isProblem(program, overview.now));
  const [first] = all;
  const [target] = failingTargets(overview.logTargets);
  if (first === undefined && target !== undefined)
    return columns < leastWords ? [] : clipLine([span(` ${cleanText(target)}`, "warn")], columns);
  if (first === undefined) return columns > 60 ? [span(" everything is as it should be", "dim")] : [];
  const more = all.length - 1;
  const note = more > 0 ? ` (and ${more} more: !)` : "";
  const line: Line = [
    span(` ${displayName(first)} `, roleOf[toneOf(first, overview.now)]),
    span(`${first.health === "unhealthy" ? "unhealthy" : first.state}: ${cleanText(reasonOf(first, overview.now))}`),
  ];
  const room = columns - note.length - lineWidth(line) - 2;
  const said: Line =
    words !== null &&
    words.id === idOf(first) &&
    first.health !== "unhealthy" &&
    room >= leastWords &&
    words.text !== ""
      ? [span("  ▌", "bad"), ...clipLine([span(words.text)], room - 1)]
      : [];
  return [...clipLine(line, columns - note.length), ...said, span(note, "dim")];
}

/** In half a line. */
function short({ overview: { cpu, memory } }: State): Line {
  const used = memory.usedBytes / memory.limitBytes;
  return [
    span("cpu ", "dim"),
    span(
      cpu.usedPercent === null ? "-" : `${Math.round(cpu.usedPercent)}%`,
      loadRole((cpu.usedPercent ?? 0) / cpu.limitPercent),
    ),
    span("  mem ", "dim"),
    span(`${Math.round(used * 100)}%`, loadRole(used)),
    span(" "),
  ];
}

function usageOf({ overview, histories }: State, columns: number): Line {
  const { cpu, memory, pids, own } = overview;
  const { container } = histories;
  const room = columns >= 150 ? 20 : columns >= 100 ? 12 : columns >= 76 ? 8 : 5;
  const sparks = columns >= 120 ? Math.min(30, Math.floor((columns - 100) / 2)) : 0;
  const spark = (values: readonly number[], high: number): Line =>
    sparks === 0 ? [] : [span(` ${sparkline(values, Math.min(sparks, values.length), 0, high)}`, "accent")];
  const line: Line = [
    span(" cpu ", "dim"),
    ...bar((cpu.usedPercent ?? 0) / cpu.limitPercent, room),
    span(` ${cpu.usedPercent === null ? "-" : `${Math.round(cpu.usedPercent)}%`}`),
    span(` of ${Math.round(cpu.limitPercent)}%${cpu.ofMachine ? "*" : ""}`, "dim"),
    ...spark(container.cpu, cpu.limitPercent),
    span("  mem ", "dim"),
    ...bar(memory.usedBytes / memory.limitBytes, room),
    span(` ${bytes(memory.usedBytes)}`),
    span(` of ${bytes(memory.limitBytes)}${memory.ofMachine ? "*" : ""}`, "dim"),
    ...spark(container.memory, memory.limitBytes),
  ];
  const pidText =
    pids === null ? "" : `  ${pids.limit === null ? plural(pids.used, "pid") : `pids ${pids.used} of ${pids.limit}`}`;
  const machine = cpu.ofMachine || memory.ofMachine ? "  * of the machine" : "";
  const daemon = `  daemon ${own.cpuPercent === null ? "-" : percent(own.cpuPercent)}% ${bytes(own.memoryBytes)}`;
  const rest = [pidText, daemon, machine].reduce(
    (text, next) => (lineWidth(line) + text.length + next.length <= columns ? text + next : text),
    "",
  );
  return [...line, span(rest, "dim")];
}
