import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { expect, test } from "vitest";
import { teller } from "../../../src/api/live/teller.ts";
import { until } from "../../helpers/until.ts";

test("of what many tell a client that takes nothing, one message waits, and the client is let go", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = connect((server.address() as AddressInfo).port, "127.0.0.1").pause();
  client.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  const [, response] = (await once(server, "request")) as [unknown, ServerResponse];
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  const tell = teller(response, gone.signal, 500);
  const text = "\0".repeat(64 * 1024);
  let made = 0;
  const follow = async () => {
    for (;;) await tell(() => ({ text, number: made++ }));
  };
  const all = Array.from({ length: 64 }, () => follow().catch(() => undefined));
  await until("it takes nothing more", () => response.writableNeedDrain);
  await new Promise((resolve) => setTimeout(resolve, 100));
  const before = made;
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(made).toBe(before);
  expect(response.writableLength).toBeLessThan(1_000_000);
  await Promise.all(all);
  expect(response.destroyed).toBe(true);
  client.destroy();
  server.close();
});
