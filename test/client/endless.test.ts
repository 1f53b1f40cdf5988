/** Answers that never end are given up, whatever was asked for. */
import { once } from "node:events";
import { rmSync } from "node:fs";
import { createServer, type Server, type ServerResponse } from "node:http";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Client } from "../../src/client/client.ts";
import { readEvents } from "../../src/client/events.ts";
import { BadReply } from "../../src/client/failures.ts";
import { FrameReader } from "../../src/client/log-frames.ts";
import { followLogs, listLogs, readParts } from "../../src/client/logs.ts";
import { newDirectory } from "../helpers/daemon.ts";

let directory: string;
let server: Server;
let client: Client;
let piece: Buffer;

beforeEach(async () => {
  directory = newDirectory();
  piece = Buffer.alloc(1024 * 1024, 0x20);
  const more = (response: ServerResponse): void => {
    while (!response.destroyed && response.write(piece));
    if (!response.destroyed) response.once("drain", () => more(response));
  };
  server = createServer((request, response) => {
    request.resume();
    more(response);
  });
  server.listen(join(directory, "s.sock"));
  await once(server, "listening");
  client = new Client(`unix://${join(directory, "s.sock")}`, null);
});
afterEach(() => {
  client.close();
  server.closeAllConnections();
  server.close();
  rmSync(directory, { recursive: true, force: true });
});

const never = new AbortController().signal;
const file = { id: "1", name: "a", bytes: 9, modifiedMs: 0, compressed: false, was: null, from: null, to: null };

test("the list of logs", async () => {
  await expect(listLogs(client)).rejects.toThrow("the answer is longer than 256 MB");
});

test("more parts of logs than were asked for", async () => {
  piece = Buffer.from(`${JSON.stringify({ found: false, length: 0, size: 0, marks: [] })}\n`.repeat(1000));
  const wanted = [{ path: "/a", file, from: 0, length: 9 }];
  await expect(readParts(client, wanted)).rejects.toThrow("the answer is longer than it should be");
});

test("a line of a stream", async () => {
  await expect(followLogs(client, [], async () => undefined, never)).rejects.toThrow("a line of the stream has no end");
  const query = { since: null, daemon: null, last: null, follow: true, names: [], types: [] };
  await expect(readEvents(client, query, () => undefined, never)).rejects.toThrow("longer than 1 MB");
});

test.each(["-1", "1.5", "1e9", '"3"', "null1", "[]"])("no piece of a stream is %s bytes long", (length) => {
  expect(() => [...new FrameReader().push(Buffer.from(`{"length":${length}}\nabcdef`))]).toThrow(BadReply);
});
