/**
 * Sends something to a server over HTTP, one request after the other on a connection that is kept. Whatever the server does, the
 * outcome comes within the time given: a name that is not resolved, a connection that is not made or not read, an
 * answer that does not come, or comes byte by byte, or does not end. Redirections are not followed.
 *
 * Node's own client, which the control servers have loaded anyway, taken as in `src/api/http.ts`; that of https is loaded with
 * the first request to one.
 */
import type { Agent, ClientRequest, IncomingMessage, OutgoingHttpHeaders } from "node:http";
import type { LookupFunction } from "node:net";
import type { HttpTarget } from "../core/http-target.ts";
import { duration } from "../core/quantity.ts";
import { deadline } from "./deadline.ts";
import { connectionTrouble, oneLine } from "./probe-trouble.ts";

export type PostOutcome =
  | {
      readonly type: "answered";
      readonly status: number;
      readonly retryAfter: string | null;
      /** The beginning of what it says, on one line. */
      readonly text: string;
    }
  /** `aborted`: by `close`. */
  | { readonly type: "failed"; readonly cause: "timeout" | "connection" | "aborted"; readonly why: string };

/** Beyond this much of an answer nobody reads on, */
const enoughBytes = 4096;
/** nor of one that was good, whose connection can be used again when it is read to its end, */
const drainBytes = 64 * 1024;
/** nor after such a time. */
const answerMs = 1000;

/** Nor does a server that says again and again that it goes on ever answer. */
const mostInformation = 1000;

type Addresses = readonly { readonly address: string; readonly family: number }[];

export class HttpPoster {
  readonly #target: HttpTarget;
  readonly #agent: Agent;
  readonly #abort = new AbortController();

  /** @param ca certificates to trust instead of the usual ones, as PEM */
  constructor(target: HttpTarget, ca: string | null) {
    this.#target = target;
    const { Agent } = moduleOf(target);
    this.#agent = new Agent({ keepAlive: true, maxSockets: 1, ...(ca === null ? {} : { ca }) });
  }

  /** Rejects only when there is no such request, as with a header that holds what no header can. */
  async post(headers: OutgoingHttpHeaders, body: Uint8Array, timeoutMs: number): Promise<PostOutcome> {
    const endsAt = performance.now() + timeoutMs;
    const attempt = () => this.#post(headers, body, Math.max(1, endsAt - performance.now()));
    const outcome = await attempt();
    // A server may close a connection just when it is used again: that says nothing of it.
    return outcome === "stale" ? asOutcome(await attempt()) : outcome;
  }

  /** Ends what is under way, and the connection. */
  close(): void {
    this.#abort.abort();
    this.#agent.destroy();
  }

  #post(headers: OutgoingHttpHeaders, body: Uint8Array, timeoutMs: number): Promise<PostOutcome | "stale"> {
    const { signal } = this.#abort;
    const { at, path, secure } = this.#target;
    return new Promise((resolve) => {
      let waitingFor = "socketPath" in at || isAddress(at.host) ? "connection" : `address of ${at.host}`;
      let reply: IncomingMessage | null = null;
      let said = Buffer.alloc(0);
      let read = 0;
      const settle = (outcome: PostOutcome | "stale", kept = false) => {
        endDeadline();
        signal.removeEventListener("abort", abort);
        if (!kept) request.destroy();
        resolve(outcome);
      };
      const late = () => {
        if (reply !== null) settle(answered(reply, said));
        else settle({ type: "failed", cause: "timeout", why: `no ${waitingFor} within ${duration(timeoutMs)}` });
      };
      const abort = () => settle({ type: "failed", cause: "aborted", why: "it was given up" });
      // First what may throw: nothing else is left behind then.
      const request: ClientRequest = moduleOf(this.#target).request({
        ...at,
        path,
        method: "POST",
        agent: this.#agent,
        lookup: addressesOf,
        headers: {
          ...("socketPath" in at ? { host: "localhost" } : {}),
          ...headers,
          "content-length": body.length,
        },
      });
      let endDeadline = deadline(timeoutMs, late);
      signal.addEventListener("abort", abort);
      request.on("socket", (socket) => {
        if (!socket.connecting) {
          // It is used again, for as long as it lasts: nothing may be left on it.
          waitingFor = "answer";
          return;
        }
        socket.once("lookup", () => {
          waitingFor = "connection";
        });
        socket.once(secure ? "secureConnect" : "connect", () => {
          waitingFor = "answer";
        });
      });
      let information = 0;
      request.on("information", () => {
        if (++information > mostInformation)
          settle({
            type: "failed",
            cause: "connection",
            why: "it announces an answer again and again, and gives none",
          });
      });
      request.on("upgrade", (response, socket) => {
        socket.destroy();
        settle(answered(response, said));
      });
      request.on("response", (response) => {
        reply = response;
        endDeadline();
        endDeadline = deadline(Math.min(timeoutMs, answerMs), late);
        const { statusCode = 0 } = response;
        const good = statusCode >= 200 && statusCode < 300;
        const most = good ? drainBytes : enoughBytes;
        response.on("data", (bytes: Buffer) => {
          if (said.length < enoughBytes) said = Buffer.concat([said, bytes]).subarray(0, enoughBytes);
          read += bytes.length;
          if (read > most) settle(answered(response, said));
        });
        response.on("end", () => {
          const done = () => settle(answered(response, said), request.writableFinished);
          // Who has answered before all was sent reads the rest of what it takes; of other things it may never
          // read the rest, which would stand before the next request.
          if (good && !request.writableFinished) request.once("finish", done);
          else done();
        });
        response.on("error", () => settle(answered(response, said)));
      });
      request.on("error", (error: NodeJS.ErrnoException) => {
        if (reply !== null) settle(answered(reply, said));
        else if (request.reusedSocket && (error.code === "ECONNRESET" || error.code === "EPIPE")) settle("stale");
        else settle(failed(error));
      });
      request.end(body);
      if (signal.aborted) abort();
    });
  }
}

/** Under way, by name: each holds a thread for as long as it pleases, so whoever asks again waits for the same answer. */
const lookups = new Map<string, Promise<Addresses>>();

/** As Node does it, but never a second time while the first is under way. */
const addressesOf: LookupFunction = (host, options, callback) => {
  lookUp(host).then(
    (addresses) => {
      const [first] = addresses;
      if (options.all === true) callback(null, [...addresses]);
      else callback(null, first?.address ?? "", first?.family);
    },
    (error: NodeJS.ErrnoException) => callback(error, "", 0),
  );
};

function lookUp(host: string): Promise<Addresses> {
  const known = lookups.get(host);
  if (known !== undefined) return known;
  const { lookup } = process.getBuiltinModule("node:dns").promises;
  const addresses = lookup(host, { all: true }).finally(() => lookups.delete(host));
  lookups.set(host, addresses);
  return addresses;
}

const asOutcome = (outcome: PostOutcome | "stale"): PostOutcome =>
  outcome === "stale" ? { type: "failed", cause: "connection", why: "the connection was closed" } : outcome;

const moduleOf = ({ secure }: HttpTarget): typeof import("node:http") | typeof import("node:https") =>
  process.getBuiltinModule(secure ? "node:https" : "node:http");

const isAddress = (host: string): boolean => process.getBuiltinModule("node:net").isIP(host) !== 0;

function answered({ statusCode = 0, headers }: IncomingMessage, said: Buffer): PostOutcome {
  return { type: "answered", status: statusCode, retryAfter: headers["retry-after"] ?? null, text: tidy(said) };
}

/** What turns the direction of text, or begins a line, is left out with what a terminal obeys. */
const tidy = (said: Buffer): string => oneLine(said.toString().replace(/[\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cs}]/gu, ""));

function failed(error: NodeJS.ErrnoException): PostOutcome {
  const { code = "", syscall, message } = error;
  const fail = (why: string): PostOutcome => ({ type: "failed", cause: "connection", why: oneLine(why) });
  if (syscall === "getaddrinfo") return fail(code === "ENOTFOUND" ? "its name is not known" : `its name: ${code}`);
  if (code === "ECONNRESET") return fail("the connection was closed without an answer");
  if (code.startsWith("HPE_")) return fail(`no answer of HTTP: ${message}`);
  const first = (error as { errors?: readonly NodeJS.ErrnoException[] }).errors?.[0] ?? error;
  const { text } = connectionTrouble("", first);
  // Node's advice is for whoever starts Node.
  return fail(text.replace(/^: /, "").replace(/; if the root CA is installed locally.*/, ""));
}
