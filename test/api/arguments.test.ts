/** What is taken for an argument, and how another one is refused: as supervisor 4.2.5 does, by Python's idea of types. */
import { beforeEach, expect, test } from "vitest";
import { ReplyBudget } from "../../src/api/budget.ts";
import { perform } from "../../src/api/operations.ts";
import { Fault } from "../../src/core/faults.ts";
import type { XmlRpcValue } from "../../src/protocol/xmlrpc.ts";
import { FakeDaemon } from "../helpers/fake-daemon.ts";

let daemon: FakeDaemon;

beforeEach(() => {
  daemon = new FakeDaemon();
  daemon.add("cat").stdout?.append("0123456789ab");
});

async function ask(method: string, ...params: readonly XmlRpcValue[]): Promise<XmlRpcValue> {
  const reply = new ReplyBudget(1024 * 1024).open();
  const onBug = (error: unknown) => {
    throw error;
  };
  try {
    return await perform({ daemon, mayChange: true, reply, onBug }, method, params);
  } catch (error) {
    if (error instanceof Fault) return `${error.code} ${error.message}`;
    throw error;
  }
}

test.each([
  ["supervisor.startProcessGroup", [5], "10 BAD_NAME: 5"],
  ["supervisor.stopProcessGroup", [true], "10 BAD_NAME: True"],
  ["supervisor.signalProcessGroup", [null, "HUP"], "10 BAD_NAME"],
  ["supervisor.addProcessGroup", [1.5], "10 BAD_NAME: 1.5"],
  ["supervisor.addProcessGroup", [Number.NaN], "10 BAD_NAME: nan"],
  ["supervisor.addProcessGroup", [Number.NEGATIVE_INFINITY], "10 BAD_NAME: -inf"],
  ["supervisor.removeProcessGroup", [["cat"]], "2 INCORRECT_PARAMETERS"],
  ["supervisor.getProcessInfo", [null], "2 INCORRECT_PARAMETERS"],
  ["supervisor.sendProcessStdin", ["cat", { a: ["it's", false] }], `2 INCORRECT_PARAMETERS: {'a': ["it's", False]}`],
  ["supervisor.sendProcessStdin", ["cat", null], "2 INCORRECT_PARAMETERS"],
  ["supervisor.signalProcess", ["cat", 999.5], "11 BAD_SIGNAL: 999.5"],
  ["supervisor.signalProcess", ["cat", null], "2 INCORRECT_PARAMETERS"],
  ["supervisor.readLog", [0, Number.POSITIVE_INFINITY], "2 INCORRECT_PARAMETERS"],
  ["system.methodSignature", [5], "4 SIGNATURE_UNSUPPORTED"],
  ["system.methodHelp", [["supervisor.getPID"]], "4 SIGNATURE_UNSUPPORTED"],
] as const)("%s %j is refused: %s", async (method, params, fault) => {
  expect(await ask(method, ...params)).toBe(fault);
});

test.each([
  ["supervisor.readProcessLog", "10 BAD_NAME: nobody"],
  ["supervisor.tailProcessLog", "10 BAD_NAME: nobody"],
])("%s of a process that is not there is refused for that, whatever its numbers are", async (method, fault) => {
  expect(await ask(method, "nobody", "x", null)).toBe(fault);
  expect(await ask(method, "cat", "x", null)).toBe("2 INCORRECT_PARAMETERS");
});

test("calls and their parameters are whatever Python goes through", async () => {
  const one = (params: XmlRpcValue) => ask("system.multicall", [{ methodName: "supervisor.getState", params }]);
  for (const nothing of ["", {}, []]) {
    expect(await ask("system.multicall", nothing)).toEqual([]);
    expect(await one(nothing)).toEqual([{ statecode: 1, statename: "RUNNING" }]);
  }
  expect(await one("a")).toEqual([{ faultCode: 2, faultString: "INCORRECT_PARAMETERS" }]);
  const info = await ask("system.multicall", [{ methodName: "supervisor.startProcessGroup", params: { cat: 1 } }]);
  expect(info).toEqual([[]]);
  for (const wrong of [5, true, null, "x"]) expect(await ask("system.multicall", wrong)).toBe("2 INCORRECT_PARAMETERS");
});

test.each([
  ["3", "3456789ab"],
  [" +1_0 ", "ab"],
  [3.9, "3456789ab"],
  [-3.9, "9ab"],
  [true, "123456789ab"],
])("%j is an integer", async (offset, text) => {
  expect(await ask("supervisor.readProcessStdoutLog", "cat", offset, 0)).toBe(text);
});

test.each([
  [null, false],
  ["", false],
  [0, false],
  [[], false],
  [{}, false],
  ["0", true],
  [Number.NaN, true],
  [[null], true],
])("%j waits for a start: %s", async (wait, waits) => {
  daemon.add("slow", { state: "STOPPED", startMs: 20 });
  await ask("supervisor.startProcess", "slow", wait);
  expect(daemon.find({ group: "slow", name: "slow" })?.state === "RUNNING").toBe(waits);
});

test("an event says of lists and structs what Python says of them", async () => {
  await ask("supervisor.sendRemoteCommEvent", null, { a: [1, "it's"], b: true });
  expect(daemon.asked).toEqual([`event None {'a': [1, "it's"], 'b': True}`]);
});
