/**
 * Reads one HTTP/1.1 response (RFC 9112) from bytes as they arrive, in any portions.
 *
 * We speak HTTP ourselves because `node:http` alone takes longer to load than everything else the
 * control program does (31 ms against 25 ms for a bare start); what a supervisor answers is a
 * status line, a few headers and a body with a length, in chunks, or up to the end.
 * Head and chunk sizes are bounded; the body is handed on as it comes and never kept here.
 */
import { BadReply } from "./failures.ts";

export interface Head {
  readonly status: number;
  readonly reason: string;
  /** Names in lower case; the last of several wins. */
  readonly headers: ReadonlyMap<string, string>;
  /** Whether the connection can carry another request after this response. */
  readonly reusable: boolean;
}

export type ResponsePart =
  | { readonly type: "head"; readonly head: Head }
  | { readonly type: "data"; readonly data: Buffer }
  | { readonly type: "end" };

type State =
  | { readonly at: "head" }
  | { readonly at: "length"; left: number }
  | { readonly at: "until close" }
  | { readonly at: "chunk size" }
  | { readonly at: "chunk"; left: number }
  | { readonly at: "after chunk" }
  | { readonly at: "trailer" }
  | { readonly at: "done" };

/** As Node allows: what is held is searched again with each read. */
const headLimitBytes = 16 * 1024;
const lineLimitBytes = 4096;
const none = Buffer.alloc(0);

export class ResponseReader {
  #state: State = { at: "head" };
  /** Bytes of a head or line not yet complete. */
  #held: Buffer = none;

  /** Whether nothing at all has arrived yet. */
  get untouched(): boolean {
    return this.#state.at === "head" && this.#held.length === 0;
  }

  /** Takes the next bytes and yields what they complete. Throws `BadReply`. */
  *push(chunk: Buffer): Generator<ResponsePart> {
    let rest = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    this.#held = none;
    while (rest.length > 0) {
      const state = this.#state;
      switch (state.at) {
        case "head": {
          const end = headEnd(rest);
          if (end === null) return this.#hold(rest, headLimitBytes);
          if (end.text > headLimitBytes) throw tooLong();
          const head = parseHead(rest.toString("latin1", 0, end.text));
          rest = rest.subarray(end.after);
          if (head.status < 200) break; // 100 Continue and its kind announce another response
          this.#state = bodyOf(head);
          yield { type: "head", head };
          if (this.#state.at === "done") yield { type: "end" };
          break;
        }
        case "until close":
          yield { type: "data", data: rest };
          return;
        case "length":
        case "chunk": {
          const data = rest.subarray(0, state.left);
          rest = rest.subarray(data.length);
          state.left -= data.length;
          yield { type: "data", data };
          if (state.left > 0) return;
          this.#state = state.at === "length" ? { at: "done" } : { at: "after chunk" };
          if (state.at === "length") yield { type: "end" };
          break;
        }
        case "chunk size":
        case "after chunk":
        case "trailer": {
          const newline = rest.indexOf(10);
          if (newline === -1) return this.#hold(rest, lineLimitBytes);
          if (newline > lineLimitBytes) throw tooLong();
          const line = rest.toString("latin1", 0, newline).trimEnd();
          rest = rest.subarray(newline + 1);
          this.#state = afterLine(state.at, line);
          if (this.#state.at === "done") yield { type: "end" };
          break;
        }
        case "done":
          throw new BadReply("more bytes than the response has");
      }
    }
  }

  /** The connection ended: whether the response was complete. */
  finish(): boolean {
    const complete = this.#state.at === "until close" || this.#state.at === "done";
    this.#state = { at: "done" };
    return complete;
  }

  #hold(bytes: Buffer, limitBytes: number): void {
    // The beginning of a line end may stand behind what is counted.
    if (bytes.length > limitBytes + 3) throw tooLong();
    this.#held = bytes;
  }
}

const tooLong = () => new BadReply("a header of the response is too long");

/** The first empty line, whatever its line ends are. */
function headEnd(bytes: Buffer): { text: number; after: number } | null {
  const crlf = bytes.indexOf("\r\n\r\n");
  const lf = (crlf === -1 ? bytes : bytes.subarray(0, crlf)).indexOf("\n\n");
  if (lf !== -1) return { text: lf, after: lf + 2 };
  return crlf === -1 ? null : { text: crlf, after: crlf + 4 };
}

function parseHead(text: string): Head {
  const [statusLine = "", ...lines] = text.split(/\r?\n/);
  const parts = /^HTTP\/1\.(\d) +(\d{3})(?: +(.*))?$/.exec(statusLine);
  if (parts === null) throw new BadReply("not an HTTP response");
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(":");
    if (colon > 0) headers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
  const connection = headers.get("connection")?.toLowerCase();
  const reusable = connection === undefined ? parts[1] !== "0" : connection.includes("keep-alive");
  const sized = headers.has("content-length") || isChunked(headers);
  return { status: Number(parts[2]), reason: parts[3] ?? "", headers, reusable: reusable && sized };
}

const isChunked = (headers: ReadonlyMap<string, string>): boolean =>
  headers.get("transfer-encoding")?.toLowerCase().includes("chunked") ?? false;

function bodyOf(head: Head): State {
  if (head.status === 204 || head.status === 304) return { at: "done" };
  if (isChunked(head.headers)) return { at: "chunk size" };
  const length = head.headers.get("content-length");
  if (length === undefined) return { at: "until close" };
  if (!/^\d{1,15}$/.test(length)) throw new BadReply("the response has no sensible length");
  return length === "0" ? { at: "done" } : { at: "length", left: Number(length) };
}

function afterLine(at: "chunk size" | "after chunk" | "trailer", line: string): State {
  switch (at) {
    case "after chunk":
      if (line !== "") throw new BadReply("a chunk of the response is longer than announced");
      return { at: "chunk size" };
    case "chunk size": {
      const size = /^([0-9a-fA-F]{1,12})\s*(?:;.*)?$/.exec(line)?.[1];
      if (size === undefined) throw new BadReply("a chunk of the response has no sensible size");
      const left = Number.parseInt(size, 16);
      return left === 0 ? { at: "trailer" } : { at: "chunk", left };
    }
    case "trailer":
      return line === "" ? { at: "done" } : { at: "trailer" };
  }
}
