/**
 * The requests of one connection, one after the other. A client may send the next one before it has read an answer
 * (pipelining, RFC 9112 section 9.3.2), and Node begins them all at once: then a stop that was sent behind a start
 * overtakes it, and behind an answer without an end others pile up until Node stops reading, and never hears
 * that the client has left. So a request waits here until the one before it has been answered.
 *
 * And where Node cuts the connection at once when something follows that is no request, here what was asked before is
 * answered first: a blank line too much behind a request is no reason not to hear what has become of it.
 */
import type { Server as HttpServer, IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";

interface Asked {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly turn: () => void;
}

interface Line {
  current: Asked;
  readonly waiting: Asked[];
  /** Of requests behind an answer without an end, which are not answered; null while there is no such answer. */
  ignored: number | null;
  /** Nothing can be understood any more of what comes. */
  broken: boolean;
}

/** Of connections with a request that is being answered. */
const lines = new WeakMap<Socket, Line>();

/** Nobody sends so many ahead in good faith: who does is cut off. */
const longestLine = 64;

/** `serve` is called for each request when its turn has come. */
export function inTurn(http: HttpServer, serve: (request: IncomingMessage, response: ServerResponse) => void): void {
  http.on("request", (request, response) => {
    // A client that goes away ends its request; that is no error of ours.
    request.on("error", () => undefined);
    response.on("error", () => undefined);
    const { socket } = request;
    const turn = () => {
      serve(request, response);
      // After what `serve` does then.
      response.once("close", () => next(socket));
    };
    const asked = { request, response, turn };
    const line = lines.get(socket);
    if (line === undefined) {
      lines.set(socket, { current: asked, waiting: [], ignored: null, broken: false });
      turn();
    } else if (line.ignored !== null) ignore(line, request);
    else if (line.waiting.push(asked) > longestLine) socket.destroy();
  });
  http.on("clientError", (error, stream) => {
    const socket = stream as Socket;
    const line = lines.get(socket);
    if (line === undefined || !line.current.request.complete || socket.readableEnded) refuse(error, socket, line);
    else line.broken = true;
  });
}

function next(socket: Socket): void {
  const line = lines.get(socket);
  const first = line?.waiting.shift();
  // Whoever was told that the connection ends is not answered any more.
  const over = first === undefined || socket.writableEnded || socket.destroyed;
  if (line === undefined || over || (line.broken && !first.request.complete)) {
    lines.delete(socket);
    if (line?.broken) socket.destroySoon();
  } else {
    line.current = first;
    // It may have been limited for the answer before.
    socket.setTimeout(0);
    first.turn();
  }
}

/** To be called before an answer without an end: whatever is sent behind its request is ignored. */
export function endLine({ socket }: IncomingMessage): void {
  const line = lines.get(socket);
  if (line === undefined) return;
  line.ignored = 0;
  for (const { request } of line.waiting.splice(0)) ignore(line, request);
}

/** Read all the same: who stops reading does not hear that the client leaves. */
function ignore(line: Line, request: IncomingMessage): void {
  line.ignored = (line.ignored ?? 0) + 1;
  if (line.ignored > longestLine) request.socket.destroy();
  else request.resume();
}

const statuses: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: "431 Request Header Fields Too Large",
  HPE_CHUNK_EXTENSIONS_OVERFLOW: "413 Payload Too Large",
};

/** As Node does where nobody asks to be told. */
function refuse(error: NodeJS.ErrnoException, socket: Socket, line: Line | undefined): void {
  const status = statuses[error.code ?? ""] ?? "400 Bad Request";
  if (socket.writable && !line?.current.response.headersSent)
    socket.write(`HTTP/1.1 ${status}\r\nConnection: close\r\n\r\n`);
  socket.destroy(error);
}
