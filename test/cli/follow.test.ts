/** How a stream ends when the daemon does: a server that hangs up in each way there is. */
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { freePort } from "../helpers/port.ts";
import { ctl } from "./captured.ts";

let server: Server | null = null;

afterEach(() => void server?.close());

async function daemonThat(hangsUp: (socket: Socket) => void): Promise<string> {
  server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.on("data", (request) => {
      if (request.toString().startsWith("GET")) hangsUp(socket);
      else
        socket.end('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n{"result":"3.0"}');
    });
  });
  const port = await freePort();
  await once(server.listen(port, "127.0.0.1"), "listening");
  return `http://127.0.0.1:${port}`;
}

const begun = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\none\n\r\n";

describe("tail -f and maintail -f end with the daemon, as with supervisorctl, and that is no failure", () => {
  test.each<[string, string, (socket: Socket) => void]>([
    ["between two chunks", "one\n", (socket) => socket.end(begun)],
    ["in a chunk", "one\ntw", (socket) => socket.end(`${begun}9\r\ntw`)],
    ["after all of it", "one\n", (socket) => socket.end(`${begun}0\r\n\r\n`)],
    ["before it says a word", "", (socket) => socket.end()],
    ["with a reset", "", (socket) => socket.resetAndDestroy()],
  ])("%s", async (_when, text, hangsUp) => {
    const url = await daemonThat(hangsUp);
    for (const line of ["tail -f cat", "maintail -f"])
      expect(await ctl(url, line)).toEqual({ out: `==> Press Ctrl-C to exit <==\n${text}`, err: "", status: 0 });
  });

  test("but what is no stream is one", async () => {
    const url = await daemonThat((socket) => socket.end("hello\r\n\r\n"));
    expect(await ctl(url, "tail -f cat")).toMatchObject({ out: expect.stringContaining("error: "), status: 1 });
  });
});
