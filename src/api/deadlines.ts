/**
 * How long a client may take until its whole request is here. Who takes longer reads 408 and is cut off.
 *
 * Node can do this itself, but looks once a second for ever, and looks before it reads: after the daemon was
 * busy for a while, requests that have long been in its sockets are told that they are late. Here what has come is
 * read first, and nothing is looked at while nobody is connected.
 */
import type { Server as HttpServer, IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { setImmediate as turn } from "node:timers/promises";

interface Client {
  readonly socket: Socket;
  /** When what is being waited for began; null while nothing is: it has come, or nothing has begun. Monotonic milliseconds. */
  since: number | null;
  /** The one that is coming in or being answered. */
  current: { readonly request: IncomingMessage; readonly response: ServerResponse } | null;
  /** How much it had sent when the last answer had gone; more means that another request has begun. */
  sentBytes: number;
}

/** A large request comes in so many turns of the loop at most, as long as each brings some of it. */
const turnLimit = 100;

/** For the last words to leave, if the client takes nothing. */
const farewellMs = 1000;

/**
 * Ends connections whose requests take longer than `requestMs`, at most as long again after that. To be told of each
 * request when its turn has come: those that wait for it are not late.
 */
export function limitTime(
  http: HttpServer,
  requestMs: number,
): (request: IncomingMessage, response: ServerResponse) => void {
  const clients = new Map<Socket, Client>();
  let armed = false;

  const arm = (ms: number) => {
    armed = true;
    const due = performance.now() + ms;
    // Whoever keeps the connection keeps the loop.
    setTimeout(() => void look(due), ms).unref();
  };
  const look = async (due: number) => {
    const now = performance.now();
    // We, or the whole machine, stood still: nobody could get anything done.
    const stood = now - due > requestMs / 2;
    for (const client of clients.values()) {
      observe(client, now);
      if (stood && client.since !== null) client.since = now;
    }
    const late = [...clients.values()].filter(({ since }) => since !== null && now - since >= requestMs);
    for (const client of await stillLate(late)) cutOff(client);
    armed = false;
    if (clients.size === 0) return;
    const begun = [...clients.values()].flatMap(({ since }) => since ?? []);
    arm(Math.max(1, Math.min(...begun, performance.now()) + requestMs - performance.now()));
  };

  http.on("connection", (socket: Socket) => {
    clients.set(socket, { socket, since: performance.now(), current: null, sentBytes: 0 });
    socket.once("close", () => clients.delete(socket));
    if (!armed) arm(requestMs);
  });
  const begin = (request: IncomingMessage, response: ServerResponse) => {
    const client = clients.get(request.socket);
    if (client === undefined) return;
    client.since ??= performance.now();
    client.current = { request, response };
    response.once("close", () => observe(client, performance.now()));
  };
  // As Node does, which keeps it from us otherwise.
  http.on("checkExpectation", (request, response) => {
    begin(request, response);
    response.writeHead(417).end();
  });
  return begin;
}

function observe(client: Client, now: number): void {
  const { socket, current } = client;
  if (current?.request.complete) {
    client.since = null;
    if (!current.response.writableFinished && !current.response.destroyed) return;
    client.current = null;
    client.sentBytes = socket.bytesRead;
  } else if (client.since === null && socket.bytesRead !== client.sentBytes) client.since = now;
}

/** Those that remain when everything that has come is read: sockets are read between two turns. */
async function stillLate(clients: readonly Client[]): Promise<readonly Client[]> {
  let late = clients;
  for (let count = 0; count < turnLimit && late.length > 0; count++) {
    const before = late.map(({ socket }) => socket.bytesRead);
    await turn();
    const idle = late.every(({ socket }, index) => socket.bytesRead === before[index]);
    late = late.filter((client) => {
      observe(client, performance.now());
      return client.since !== null && !client.socket.destroyed;
    });
    if (idle) break;
  }
  return late;
}

function cutOff(client: Client): void {
  const { socket, current } = client;
  client.since = null;
  if (current?.response.headersSent) {
    socket.destroy();
    return;
  }
  socket.setTimeout(farewellMs, () => socket.destroy());
  socket.end("HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n", () => socket.destroy());
}
