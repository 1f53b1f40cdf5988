/**
 * GET and HEAD /metrics. However many ask, everything is measured and written once a second at most; what was written is
 * left to the garbage collector, so that nothing is kept for who never comes again.
 */
import type { Daemon } from "./daemon.ts";
import { type Exchange, HttpError, send, takeRoom } from "./exchange.ts";
import type { Exposition, Format } from "./exposition.ts";
import { isReady } from "./health-addresses.ts";

/** How old an answer may be. */
const freshMs = 1000;

/** One that is under way, or has been made at a moment. */
type Scrape =
  | { readonly type: "pending"; readonly exposition: Promise<Exposition> }
  | { readonly type: "made"; readonly at: number; readonly exposition: WeakRef<Exposition> };

const scrapes = new WeakMap<Daemon, Map<Format, Scrape>>();

export async function sendMetrics(exchange: Exchange): Promise<void> {
  const { server, request } = exchange;
  if (!server.daemon.metrics) throw new HttpError(404);
  const format = /\bapplication\/openmetrics-text\b/i.test(request.headers.accept ?? "") ? "openmetrics" : "prometheus";
  const { contentType, body } = await latest(server.daemon, format);
  takeRoom(exchange, body.length);
  send(exchange, 200, contentType, body, { "Cache-Control": "no-store" });
}

function latest(daemon: Daemon, format: Format): Exposition | Promise<Exposition> {
  const known = scrapes.get(daemon) ?? new Map<Format, Scrape>();
  scrapes.set(daemon, known);
  const last = known.get(format);
  if (last?.type === "pending") return last.exposition;
  const fresh = last !== undefined && performance.now() - last.at < freshMs ? last.exposition.deref() : undefined;
  if (fresh !== undefined) return fresh;
  const exposition = make(daemon, format);
  known.set(format, { type: "pending", exposition });
  exposition.then(
    (made) => known.set(format, { type: "made", at: performance.now(), exposition: new WeakRef(made) }),
    () => known.delete(format),
  );
  return exposition;
}

async function make(daemon: Daemon, format: Format): Promise<Exposition> {
  const [measurements, { expose }] = await Promise.all([daemon.measure(), import("./exposition.ts")]);
  const ready = isReady(
    daemon,
    measurements.overview.processes.map(({ info }) => info),
  );
  return expose({ ...measurements, ready }, format);
}
