/**
 * The requests of one connection, one after the other. A client may send the next one before it has read an answer
 * (pipelining, RFC 9112 section 9.3.2), and Node begins them all at once: then a stop that was sent behind a start
 * overtakes it, and behind an answer without an end others pile up until Node stops reading, and never hears
 * that the client has left. So a request waits here until the one before it has been answered.
 */
import type { Server as HttpServer, IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";

interface Line {
  readonly waiting: { readonly request: IncomingMessage; readonly turn: () => void }[];
  /** Of requests behind an answer without an end, which are not answered; null while there is no such answer. */
  ignored: number | null;
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
    const line = lines.get(socket);
    if (line === undefined) {
      lines.set(socket, { waiting: [], ignored: null });
      turn();
    } else if (line.ignored !== null) ignore(line, request);
    else if (line.waiting.push({ request, turn }) > longestLine) socket.destroy();
  });
}

function next(socket: Socket): void {
  const first = lines.get(socket)?.waiting.shift();
  // Whoever was told that the connection ends is not answered any more.
  if (first === undefined || socket.writableEnded || socket.destroyed) lines.delete(socket);
  else {
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
