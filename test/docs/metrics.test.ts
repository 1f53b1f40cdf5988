/** docs/metrics.md, the alerts and the dashboard name the metrics that there are, and no other. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { metricsPage } from "../../scripts/metrics.ts";
import { daemonMetrics, processMetrics } from "../../src/api/metrics-table.ts";
import { complaints } from "../config/files.ts";

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
const page = read("docs/metrics.md");
const known = [...daemonMetrics, ...processMetrics].map(({ name }) => name);

test("the tables are what the table of metrics says: run npm run schema", () => {
  expect(page).toBe(metricsPage(page));
  expect(new Set(known).size).toBe(known.length);
});

test("names follow Prometheus's conventions, and every one is explained", () => {
  const every = [...daemonMetrics, ...processMetrics];
  expect(every.filter(({ name }) => !/^(spaced|process)_[a-z_]+$/.test(name))).toEqual([]);
  expect(every.filter(({ name, type }) => name.endsWith("_total") !== (type === "counter"))).toEqual([]);
  expect(every.filter(({ help }) => !/^[A-Z1].*\.$/.test(help))).toEqual([]);
});

test.each(["docs/metrics.md", "docker/prometheus-alerts.yml", "docker/grafana-dashboard.json"])(
  "every metric that %s names is one",
  (path) => {
    const named = [...read(path).matchAll(/\b(?:spaced|process)_[a-z][a-z_]*\b/g)].map(([name]) => name);
    expect(named.length).toBeGreaterThan(10);
    expect([...new Set(named)].filter((name) => !known.includes(name))).toEqual([]);
  },
);

test("its lists have no mistake", async () => {
  const [first = "", ports = ""] = [...page.matchAll(/```ini\n(.*?)```/gs)].map(([, ini]) => ini);
  expect(await complaints("drain.ini", first)).toEqual([]);
  const rpc = "supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface";
  expect(await complaints("ports.ini", `[supervisord]\n${ports}[rpcinterface:supervisor]\n${rpc}\n`)).toEqual([]);
});
