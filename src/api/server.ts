/**
 * The HTTP server: which address is what, who may ask, and the bounds that keep one client from hurting
 * the daemon or the other clients. What a request may cost is bounded in size (headers 16 KB, body 1 MB),
 * time (10 s until it is all here) and number; an answer may take as long as what it waits for.
 *
 * Source of the addresses and of the statuses of refused requests: supervisor 4.2.5.
 */
import type { Server as HttpServer, IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Area } from "../core/access.ts";
import type { HttpServerSettings } from "../core/program.ts";
import { challenges, identify, type Visitor } from "./authentication.ts";
import { type Access, refusal } from "./browsers.ts";
import { ReplyBudget } from "./budget.ts";
import type { Daemon } from "./daemon.ts";
import { limitTime } from "./deadlines.ts";
import { sendEvents } from "./events-address.ts";
import { discardBody, type Exchange, HttpError, type Server, sendError } from "./exchange.ts";
import { sendHealth, sendLiveness, sendReadiness } from "./health-addresses.ts";
import { createServer as createHttpServer } from "./http.ts";
import { streamLogs, streamOverview } from "./live/streams.ts";
import { followLogs } from "./log-following.ts";
import { sendLogParts } from "./log-parts.ts";
import { sendLogFiles, sendLogPart, sendLogs } from "./log-reading.ts";
import { followMainLog, followProcessLog } from "./logtail.ts";
import { sendMetrics } from "./metrics-address.ts";
import { answerCall, logBug } from "./rpc.ts";
import { inTurn } from "./turns.ts";
import { posted, takeOrder, takePost } from "./web/actions.ts";
import { sendAsset } from "./web/assets.ts";
import { sendOk } from "./web/html.ts";
import { sendPageFile } from "./web/page-assets.ts";
import { showStatus } from "./web/status-page.ts";
import { showTail } from "./web/tail-page.ts";

export interface Route {
  readonly method: string;
  readonly path: RegExp;
  /** Only with this parameter in the query. */
  readonly parameter?: string;
  /** Who may ask: whoever may see this. */
  readonly area: Area;
  /** What a browser may do it for, see `browsers.ts`. */
  readonly access: Access;
  readonly answer: (exchange: Exchange) => Promise<void>;
}

/** The first that fits answers. */
export const routes: readonly Route[] = [
  // What is an order of these is decided by the operation.
  { method: "POST", path: /^\/RPC2/, area: "read", access: "order", answer: answerCall },
  { method: "GET", path: /^\/logtail\//, area: "read", access: "read", answer: followProcessLog },
  { method: "GET", path: /^\/logs$/, area: "read", access: "read", answer: sendLogs },
  { method: "GET", path: /^\/logs\/files$/, area: "read", access: "read", answer: sendLogFiles },
  { method: "GET", path: /^\/logs\/part$/, area: "read", access: "read", answer: sendLogPart },
  { method: "POST", path: /^\/logs\/parts$/, area: "read", access: "read", answer: sendLogParts },
  { method: "POST", path: /^\/logs\/follow$/, area: "read", access: "read", answer: followLogs },
  { method: "GET", path: /^\/mainlogtail/, area: "read", access: "read", answer: followMainLog },
  { method: "GET", path: /^\/events$/, area: "read", access: "read", answer: sendEvents },
  {
    method: "GET",
    path: /^\/(index\.html)?$/,
    parameter: "action",
    area: "control",
    access: "order",
    answer: takeOrder,
  },
  { method: "GET", path: /^\/(index\.html)?$/, area: "read", access: "look", answer: showStatus },
  { method: "POST", path: /^\/(index\.html)?$/, area: "control", access: "order", answer: takePost },
  { method: "GET", path: /^\/tail\.html$/, area: "read", access: "read", answer: showTail },
  { method: "POST", path: /^\/tail\.html$/, area: "read", access: "read", answer: posted(showTail) },
  { method: "GET", path: /^\/ok\.html$/, area: "read", access: "look", answer: sendOk },
  { method: "POST", path: /^\/ok\.html$/, area: "read", access: "look", answer: posted(sendOk) },
  ...both({ path: /^\/(stylesheets|images)\//, area: "read", access: "look", answer: sendAsset }),
  ...both({ path: /^\/web\//, area: "read", access: "look", answer: sendPageFile }),
  { method: "GET", path: /^\/live$/, area: "read", access: "read", answer: streamOverview },
  { method: "GET", path: /^\/live\/log$/, area: "read", access: "read", answer: streamLogs },
  ...both({ path: /^\/livez$/, area: "health", access: "look", answer: sendLiveness }),
  ...both({ path: /^\/readyz$/, area: "health", access: "look", answer: sendReadiness }),
  ...both({ path: /^\/healthz$/, area: "health", access: "look", answer: sendHealth }),
  ...both({ path: /^\/metrics$/, area: "metrics", access: "look", answer: sendMetrics }),
];

/** Of what may be looked at without being fetched. */
function both(route: Omit<Route, "method">): Route[] {
  return ["GET", "HEAD"].map((method) => ({ method, ...route }));
}

/** Addresses that answer a wrong method with 400 where a page answers 404. */
const strictPaths = /^\/(RPC2|logtail|mainlogtail)/;

export interface Limits {
  /** Time for a request to be here, headers and body. */
  readonly requestMs: number;
  readonly connections: number;
  /** From here on connections that sit idle are closed to make room. */
  readonly crowdedConnections: number;
  /** How many descriptors the daemon has left; without it enough. */
  readonly spareDescriptors?: () => number;
}

export const usualLimits: Limits = { requestMs: 10_000, connections: 512, crowdedConnections: 448 };

/** Clients do not get the last descriptors: programs are started with them, checked, and their logs opened. */
const keptDescriptors = 48;
/** Of each server, taken nevertheless: whoever has to look why there are none left must get in. */
const sureConnections = 4;

/** As long as the reference keeps an idle connection: the shell of supervisorctl sits on one. */
const keepAliveMs = 30 * 60_000;
/** Of logs and process tables in answers under way, per server. */
const budgetBytes = 32 * 1024 * 1024;

/** A server that is not listening yet (see `system/http-socket.ts`). */
export function createServer(
  daemon: Daemon,
  settings: HttpServerSettings,
  log: Server["log"],
  limits: Limits = usualLimits,
): HttpServer {
  const budget = new ReplyBudget(budgetBytes);
  const server: Server = { daemon, settings, log, budget, streams: 0, followed: 0, eventStreams: 0 };
  const http = createHttpServer({
    maxHeaderSize: 16 * 1024,
    // See `deadlines.ts`; the interval is the longest there is.
    headersTimeout: 0,
    requestTimeout: 0,
    connectionsCheckingInterval: 2 ** 31 - 1,
    keepAliveTimeout: keepAliveMs,
    // Clients from before HTTP/1.1 name no host; TCP finds out about those that are gone.
    requireHostHeader: false,
    keepAlive: true,
    keepAliveInitialDelay: 60_000,
  });
  http.maxConnections = limits.connections;
  const begin = limitTime(http, limits.requestMs);
  const occupy = makeRoom(http, limits, log);
  // E.g. no descriptor for one more connection; at listen, who calls that hears of it.
  http.on("error", (error) => {
    if (http.listening) log("error", `cannot accept a connection: ${error.message}`);
  });
  inTurn(http, (request, response) => {
    begin(request, response);
    occupy(request, response);
    response.setHeader("Server", "spaced");
    // Node loses what follows such a request in the same packet: who sent it has to see that.
    if (request.headers.upgrade !== undefined) response.shouldKeepAlive = false;
    const visitor = identify(settings, request.headers.authorization);
    const exchange = { server, request, response, visitor, ...address(request) };
    answer(exchange).catch((error: unknown) => fail(exchange, error));
  });
  return http;
}

/**
 * Closes the connection that has been idle longest when there are more than so many, or descriptors run short; where
 * none is idle, then the new one. One without a request yet is not idle.
 */
function makeRoom(
  http: HttpServer,
  { crowdedConnections, spareDescriptors }: Limits,
  log: Server["log"],
): (request: IncomingMessage, response: ServerResponse) => void {
  const idle = new Set<Socket>();
  let open = 0;
  let refusing = false;
  http.on("connection", (socket: Socket) => {
    open++;
    socket.once("close", () => {
      open--;
      idle.delete(socket);
    });
    const [longest] = idle;
    const short = open > sureConnections && spareDescriptors !== undefined && spareDescriptors() < keptDescriptors;
    if (short || open > crowdedConnections) longest?.destroy();
    const refused = short && longest === undefined;
    if (refused) socket.destroy();
    if (refused && !refusing)
      log("warn", `refusing connections: only ${keptDescriptors} file descriptors are left, which programs need`);
    refusing = refused;
  });
  return ({ socket }, response) => {
    idle.delete(socket);
    response.once("close", () => {
      if (!socket.destroyed) idle.add(socket);
    });
  };
}

async function answer(exchange: Exchange): Promise<void> {
  const { request, server, path, visitor } = exchange;
  const route = routes.find((route) => fits(route, exchange));
  const area = route?.area ?? "read";
  if (!visitor.may(area)) {
    await discardBody(exchange);
    throw notPermitted(server.settings, visitor, area);
  }
  const { method = "", headers } = request;
  const refused = refusal(server.settings, method, headers, route?.access ?? "look", visitor.known);
  if (refused !== null) throw new HttpError(403, refused);
  if (route === undefined) throw new HttpError(statusWithoutRoute(request, path));
  await route.answer(exchange);
}

function notPermitted(settings: HttpServerSettings, visitor: Visitor, area: Area): HttpError {
  const status = visitor.refused(area);
  if (status === 401) return new HttpError(status, undefined, challenges(settings, area));
  if (status === 400) return new HttpError(status);
  return new HttpError(status, visitor.known ? "This login may not do that" : "There is no login for this here");
}

function fits({ method, path, parameter }: Route, { request, path: asked, query }: Exchange): boolean {
  return request.method === method && path.test(asked) && (parameter === undefined || Boolean(query.get(parameter)));
}

function statusWithoutRoute({ method }: IncomingMessage, path: string): number {
  if (method === "GET") return path.startsWith("/RPC2") ? 400 : 404;
  return method === "HEAD" && !strictPaths.test(path) ? 404 : 400;
}

function address({ url = "" }: IncomingMessage): { path: string; query: URLSearchParams } {
  const [whole = "", query = ""] = (url.split("#", 1)[0] ?? "").split(/\?(.*)/s);
  return { path: `/${decoded(whole).replace(/^\/+/, "")}`, query: new URLSearchParams(query) };
}

/** What cannot be decoded stands for itself, and so for nothing that is here. */
function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** Statuses after which the connection is of no more use. */
const closing = new Set([401, 403, 413, 503]);

function fail(exchange: Exchange, error: unknown): void {
  const { request, response, server } = exchange;
  const aborted = request.destroyed && !request.complete;
  if (response.headersSent || aborted) {
    response.destroy();
  } else if (error instanceof HttpError) {
    sendError(exchange, error.status, error.message, {
      ...(closing.has(error.status) ? { Connection: "close" } : {}),
      ...(error.challenges.length > 0 ? { "WWW-Authenticate": error.challenges } : {}),
    });
  } else {
    logBug(server, `${request.method} ${exchange.path}`, error);
    sendError(exchange, 500, "Internal Server Error");
  }
}
