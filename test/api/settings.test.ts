/** `spaced.settings`: what the list says of a process, on the wire and at the other end of it. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { Client } from "../../src/client/client.ts";
import { originOf, settingsOf } from "../../src/client/settings.ts";
import type { Setting } from "../../src/core/setting.ts";
import { type Served, serve } from "../helpers/api-server.ts";
import { FakeDaemon } from "../helpers/fake-daemon.ts";

const said: readonly Setting[] = [
  { section: "program:cat", key: "command", yaml: null, value: "cat <&> é\n-", source: "/etc/s.conf", line: 4 },
  { section: "program:cat", key: "numprocs", yaml: "programs.cat.numprocs", value: "2", source: "scale", line: null },
];

let daemon: FakeDaemon;
let served: Served;

beforeEach(async () => {
  daemon = new FakeDaemon();
  daemon.add("cat");
  daemon.said = said;
  served = await serve(daemon);
});

afterEach(() => served.close());

async function asked(name: string): Promise<readonly Setting[] | null> {
  const client = new Client(served.unixUrl, null);
  try {
    return await settingsOf(client, name);
  } finally {
    client.close();
  }
}

test("what the list says of a process comes through as it is", async () => {
  expect(await asked("cat")).toEqual(said);
  expect(said.map(originOf)).toEqual(["/etc/s.conf:4", "scale"]);
});

test("nobody is told of a process that is not there", async () => {
  await expect(asked("dog")).rejects.toThrow("BAD_NAME: dog");
});

test("of a daemon that does not know the question nothing is known", async () => {
  daemon.rpcInterfaces = [];
  expect(await asked("cat")).toBe(null);
});
