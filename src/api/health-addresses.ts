/**
 * GET and HEAD /livez, /readyz and /healthz, for orchestrators and load balancers. Words or JSON, as Accept says; nothing
 * here looks into /proc or waits for anything.
 *
 *   /livez    200 as long as the daemon answers
 *   /readyz   200 when all that are meant to run are ready; 503 with their names until then, and from the moment on in
 *             which the daemon is to end, before anything is stopped
 *   /healthz  every process, 200 when all that are meant to run are ready, also while the daemon ends; else 503
 *
 * What a program or its check has said, or what was to be run, is only for those who may look at everything.
 */
import type { DaemonState } from "../core/states.ts";
import type { Daemon, ProcessInfo } from "./daemon.ts";
import { type Exchange, send } from "./exchange.ts";
import { joinName } from "./names.ts";

type Format = "text" | "json";

export async function sendLiveness(exchange: Exchange): Promise<void> {
  answer(exchange, 200, { text: () => "ok", json: () => ({ live: true }) }, "text");
}

export async function sendReadiness(exchange: Exchange): Promise<void> {
  const { daemon } = exchange.server;
  const missing = daemon.processes().filter(isMissing);
  const refusal = refusalOf(daemon);
  const ready = refusal === null && missing.length === 0;
  const why = whyFor(exchange);
  const text = () =>
    ready
      ? "ready"
      : ["not ready", ...(refusal === null ? [] : [refusal]), ...missing.map((one) => `${joinName(one)}: ${why(one)}`)];
  const json = () => ({
    ready,
    state: daemon.state(),
    ...(refusal === null ? {} : { why: refusal }),
    missing: missing.map((one) => ({ group: one.group, name: one.name, why: why(one) })),
  });
  answer(exchange, ready ? 200 : 503, { text, json }, "text");
}

export async function sendHealth(exchange: Exchange): Promise<void> {
  const { daemon } = exchange.server;
  const processes = daemon.processes();
  const healthy = daemon.begun && !processes.some(isMissing);
  const why = whyFor(exchange);
  const whole = exchange.visitor.may("read");
  const rows = () => processes.map((one) => ({ ...healthOf(one, why(one)), ...outputOf(one, whole) }));
  const text = () => rows().map((row) => [joinName(row), row.state, readiness(row), row.health, row.why].join("\t"));
  const json = () => ({ healthy, state: daemon.state(), processes: rows() });
  answer(exchange, healthy ? 200 : 503, { text, json }, "json");
}

/** What /readyz says, of these processes. */
export const isReady = (daemon: Daemon, processes: readonly ProcessInfo[]): boolean =>
  refusalOf(daemon) === null && !processes.some(isMissing);

const isMissing = ({ wellness: { wanted, well } }: ProcessInfo): boolean => wanted && !well;

/** Why nobody should come, whatever the programs are like. */
function refusalOf(daemon: Daemon): string | null {
  const refusals: Partial<Record<DaemonState, string>> = {
    SHUTDOWN: "the daemon is shutting down",
    RESTARTING: "the daemon is restarting",
  };
  return refusals[daemon.state()] ?? (daemon.begun ? null : "the daemon is starting");
}

const whyFor = ({ visitor }: Exchange): ((info: ProcessInfo) => string) =>
  visitor.may("read") ? ({ wellness }) => wellness.why : ({ wellness }) => wellness.brief;

function healthOf({ group, name, state, health, wellness }: ProcessInfo, why: string) {
  const { status, ready, failures } = health;
  return { group, name, state, wanted: wellness.wanted, well: wellness.well, ready, health: status, failures, why };
}

/** Where nobody takes what it writes, so that it may hang for no fault of its own. */
const outputOf = ({ stuck }: ProcessInfo, whole: boolean): { readonly outputStuck?: string | true } =>
  stuck === null ? {} : { outputStuck: whole ? stuck.path : true };

const readiness = ({ ready }: { readonly ready: boolean }): string => (ready ? "ready" : "not ready");

interface Forms {
  readonly text: () => string | readonly string[];
  readonly json: () => unknown;
}

function answer(exchange: Exchange, status: number, forms: Forms, usual: Format): void {
  const format = wanted(exchange.request.headers.accept) ?? usual;
  const body = format === "json" ? JSON.stringify(forms.json()) : [forms.text()].flat().join("\n");
  const type = format === "json" ? "application/json" : "text/plain;charset=utf-8";
  send(exchange, status, type, `${body}\n`, { "Cache-Control": "no-store" });
}

/** The first that is named. */
function wanted(accept = ""): Format | null {
  const [, found] = /\b(application\/json|text\/plain)\b/i.exec(accept) ?? [];
  return found === undefined ? null : found.toLowerCase() === "text/plain" ? "text" : "json";
}
