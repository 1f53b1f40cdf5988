/** The table that is printed: medians with their range, the ratio, the target and whether it is met. */
import { execFileSync } from "node:child_process";
import { cpus, loadavg, release, totalmem } from "node:os";
import { type Bench, type Metric, median, type Readings, type System } from "./system.ts";

export interface Result {
  readonly bench: Bench;
  readonly readings: ReadonlyMap<System["name"], readonly Readings[]>;
}

/** Markdown: a paragraph of facts about the machine, a row per metric, a line per missed target. */
export function report(results: readonly Result[]): string {
  const rows = results.flatMap((result) => result.bench.metrics.map((metric) => row(result, metric)));
  const missed = rows.filter((each) => each.verdict === "missed");
  return [
    machine(),
    "",
    "| measured | spaced | supervisord | ratio | target | |",
    "| --- | ---: | ---: | ---: | ---: | --- |",
    ...rows.map((each) => `| ${each.cells.join(" | ")} | ${each.verdict} |`),
    "",
    ...(missed.length === 0
      ? ["Every target that could be compared is met."]
      : missed.map((each) => `Missed: ${each.cells[0]}: ${each.cells[3]} instead of ${each.cells[4]}.`)),
    "",
  ].join("\n");
}

function row({ bench, readings }: Result, metric: Metric): { cells: string[]; verdict: "met" | "missed" | "" } {
  const values = (name: System["name"]): number[] =>
    (readings.get(name) ?? []).map((each) => each[metric.key] ?? Number.NaN);
  const [ours, theirs] = [values("spaced"), values("supervisord")];
  const ratio = median(ours) / median(theirs);
  const { target } = metric;
  const measured = "atMost" in target ? median(ours) : ratio;
  const bound = "atMost" in target ? target.atMost : target.bound;
  const good = "ratio" in target && target.ratio === "at least" ? measured >= bound : measured <= bound;
  const sign = "ratio" in target && target.ratio === "at least" ? "≥" : "≤";
  return {
    cells: [
      `${metric.title} (${bench.rounds === 1 ? "once" : `${Math.max(ours.length, theirs.length)} rounds`})`,
      shown(ours, metric),
      shown(theirs, metric),
      Number.isNaN(ratio) ? "–" : ratio.toFixed(ratio < 0.1 ? 3 : 2),
      "atMost" in target ? `${sign} ${bound} ${metric.unit}` : `${sign} ${bound}`,
    ],
    verdict: Number.isNaN(measured) ? "" : good ? "met" : "missed",
  };
}

function shown(values: readonly number[], metric: Metric): string {
  if (values.length === 0) return "–";
  return `${number(median(values))} ${metric.unit} (${number(Math.min(...values))}–${number(Math.max(...values))})`;
}

function number(value: number): string {
  if (value >= 1000) return Math.round(value).toLocaleString("en");
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

function machine(): string {
  const said = (command: string, ...words: string[]): string => {
    try {
      return execFileSync(command, words, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
    } catch {
      return "absent";
    }
  };
  const python = said("/usr/bin/python3", "--version");
  return [
    `${cpus().length} cores (${cpus()[0]?.model.trim()})`,
    `${Math.round(totalmem() / 2 ** 30)} GiB`,
    `Linux ${release()}`,
    `Node ${process.version}`,
    `supervisord ${said("/usr/bin/supervisord", "--version")} on ${python}`,
    `load ${loadavg()[0]?.toFixed(1)} at the end`,
    new Date().toISOString().slice(0, 10),
  ].join(", ");
}
