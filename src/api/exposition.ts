/**
 * Metrics as text, for Prometheus or as OpenMetrics. What is measured is constant while it is written, so of prom-client
 * only the registry is used, which knows the formats; its gauges and counters would keep every value once more, and take
 * three times as long.
 */
import type { ProcessOverview } from "./daemon.ts";
import {
  daemonMetrics,
  type Labels,
  type MeasuredDaemon,
  type Metric,
  processMetrics,
  type Values,
} from "./metrics-table.ts";

export type Format = "prometheus" | "openmetrics";

export interface Exposition {
  readonly contentType: string;
  readonly body: Buffer;
}

/** After so long at a stretch others get their turn. */
const stretchMs = 5;

export async function expose(measured: MeasuredDaemon, format: Format): Promise<Exposition> {
  const { default: Registry } = await import("prom-client/lib/registry.js");
  const { PROMETHEUS_CONTENT_TYPE, OPENMETRICS_CONTENT_TYPE } = Registry;
  const contentType = format === "openmetrics" ? OPENMETRICS_CONTENT_TYPE : PROMETHEUS_CONTENT_TYPE;
  const parts: Buffer[] = [];
  let begin = performance.now();
  for (const family of families(measured)) {
    const registry = new Registry(contentType);
    // The registry puts `_total` behind the names of OpenMetrics' counters itself.
    const name =
      format === "openmetrics" && family.type === "counter" ? family.name.replace(/_total$/, "") : family.name;
    registry.registerMetric({ name, get: async () => ({ ...family, name }) });
    parts.push(Buffer.from(`${await registry.getSingleMetricAsString(name)}\n`));
    if (performance.now() - begin < stretchMs) continue;
    await new Promise(setImmediate);
    begin = performance.now();
  }
  if (format === "openmetrics") parts.push(Buffer.from("# EOF\n"));
  return { contentType, body: Buffer.concat(parts) };
}

interface Sample {
  readonly labels: Labels;
  readonly sharedLabels: Labels;
  readonly value: number;
}

type Family = Pick<Metric<unknown>, "name" | "help" | "type"> & { readonly values: readonly Sample[] };

const unlabelled: Labels = {};

/** Those that have something to tell. */
function* families(measured: MeasuredDaemon): Iterable<Family> {
  const { overview, openFiles } = measured;
  for (const metric of daemonMetrics) {
    const values = samples(metric.values(measured), unlabelled);
    if (values.length > 0) yield familyOf(metric, values);
  }
  const processes = overview.processes.map((process, at) => ({
    process: { ...process, openFiles: openFiles[at] ?? null },
    labels: labelsOf(process),
  }));
  for (const metric of processMetrics) {
    const values = processes.flatMap(({ process, labels }) => samples(metric.values(process), labels));
    if (values.length > 0) yield familyOf(metric, values);
  }
}

const familyOf = <T>({ name, help, type }: Metric<T>, values: readonly Sample[]): Family => ({
  name,
  help,
  type,
  values,
});

const labelsOf = ({ info, settings }: ProcessOverview): Labels => ({
  group: info.group,
  process: info.name,
  program: settings.program,
});

function samples(values: Values, sharedLabels: Labels): Sample[] {
  if (values === null) return [];
  if (typeof values === "number") return [{ labels: unlabelled, sharedLabels, value: values }];
  return values.map(([labels, value]) => ({ labels, sharedLabels, value }));
}
