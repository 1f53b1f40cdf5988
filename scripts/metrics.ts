/**
 * The tables of docs/metrics.md: every metric, from the table that the daemon tells them by. A test holds the file to it, so a
 * metric cannot be added without its line in the manual.
 */
import { daemonMetrics, type Metric, processMetrics } from "../src/api/metrics-table.ts";

const begin = "<!-- From the table of metrics: npm run schema. -->";
const end = "<!-- The end of it. -->";

/** The page with its tables as they are to be. */
export function metricsPage(page: string): string {
  const [before, rest] = page.split(begin);
  const after = rest?.split(end)[1];
  if (after === undefined) throw new Error(`docs/metrics.md has no ${begin} … ${end}`);
  return `${before}${begin}\n\n${tables()}\n${end}${after}`;
}

const tables = (): string =>
  `Of each process, with the labels \`group\`, \`process\` and \`program\`:\n\n${table(processMetrics)}
Of the daemon:\n\n${table(daemonMetrics)}`;

function table<T>(metrics: readonly Metric<T>[]): string {
  const rows = metrics.map(({ name, type, labels, help }) => {
    const more = labels.map((label) => `\`${label}\``).join(", ");
    return `| \`${name}\` | ${type} | ${more} | ${help} |`;
  });
  return `| metric | type | labels | meaning |\n| --- | --- | --- | --- |\n${rows.join("\n")}\n`;
}
