/** One log target with a real receiver: where lines go while the list changes, and what becomes of them when it ends. */
import { expect, onTestFinished, test } from "vitest";
import type { Block } from "../../src/core/line-queue.ts";
import type { LogTargetSettings } from "../../src/core/log-target.ts";
import { Agenda } from "../../src/daemon/agenda.ts";
import { LogTarget } from "../../src/daemon/log-target.ts";
import { LogTargets } from "../../src/daemon/log-targets.ts";
import { systemClock } from "../../src/system/clock.ts";
import { logTargetSettings } from "../helpers/log-target.ts";
import { answer, PushReceiver, take } from "../helpers/push-receiver.ts";
import { randomNumbers } from "../helpers/random.ts";
import { until } from "../helpers/until.ts";

async function receiving(): Promise<PushReceiver> {
  const receiver = new PushReceiver();
  await receiver.start(0);
  onTestFinished(async () => {
    await receiver[Symbol.asyncDispose]();
    expect(receiver.mistakes).toEqual([]);
  });
  return receiver;
}

const settingsOf = ({ url }: PushReceiver, more: Partial<LogTargetSettings> = {}): LogTargetSettings =>
  logTargetSettings({ url, batchWaitMs: 3_600_000, ...more });

function surroundings() {
  const clock = systemClock();
  const said: string[] = [];
  const say = (text: string) => void said.push(text);
  return { clock, agenda: new Agenda(clock), log: { info: say, warn: say }, feed: { tell: () => {} }, said };
}

function blockOf(target: LogTarget, text: string): Block {
  const stream = target.stream({ program: "a" });
  return { stream, at: stream.clock.take(Date.now(), 1), bytes: Buffer.from(text), lines: 1, partial: false };
}
const line = (number: number) => `${number} ${"x".repeat(2000)}`;

test("a target that is moved while a request is made goes to the new place with it, and with all that follow", async () => {
  const [first, second] = [await receiving(), await receiving()];
  const target = new LogTarget(settingsOf(first), surroundings());
  target.take(blockOf(target, line(1)));
  target.wake();
  target.configure(settingsOf(second));
  await until("it has come", () => second.taken.length === 1);
  target.take(blockOf(target, line(2)));
  await until("the next has come", () => second.taken.length === 2);
  await target.end(1000);
  expect(first.requests).toEqual([]);
});

test("a line that waits for others does so only as long as the list now says", async () => {
  const receiver = await receiving();
  const target = new LogTarget(settingsOf(receiver), surroundings());
  target.take(blockOf(target, "short"));
  target.configure(settingsOf(receiver, { batchWaitMs: 10 }));
  await until("it has come", () => receiver.texts.includes("short"));
  await target.end(1000);
});

test("at its end a target sends what waits although some of it is refused, and counts what is left", async () => {
  const receiver = await receiving();
  receiver.next.push(answer(400));
  const around = surroundings();
  const target = new LogTarget(settingsOf(receiver), around);
  // More than one request takes.
  for (let number = 0; number < 40; number++) target.take(blockOf(target, line(number)));
  await target.end(2000);
  const { sentLines, dropped } = target.status;
  expect([sentLines, dropped]).toEqual([receiver.taken.length, { overflow: 0, refused: 40 - sentLines, end: 0 }]);
  expect(receiver.texts.at(-1)).toBe(line(39));
});

test("the end waits also for a target that has just been taken out of the list", async () => {
  const receiver = await receiving();
  const targets = new LogTargets();
  await targets.begin([settingsOf(receiver)], surroundings());
  const output: Parameters<LogTargets["add"]>[0] = { shipment: null };
  targets.add(output, { group: "a", program: "a", process: "a", stream: "stdout" });
  const { LineSplitter } = await import("../../src/core/log-line.ts");
  output.shipment?.push(new LineSplitter(), Buffer.from("last words\n"));
  await targets.configure([]);
  expect(output.shipment).toBe(null);
  await targets.end();
  expect(receiver.texts).toEqual(["last words"]);
});

test("with a receiver that fails in every way all lines arrive in order, twice only with the same time, and the counts are exact", async () => {
  const receiver = await receiving();
  const below = randomNumbers(20261122);
  let number = 0;
  receiver.usual = (response, request) => {
    const kind = number++ % 6;
    if (kind === 0) return answer(503, { "retry-after": "0" }, "x".repeat(below(10_000)))(response, request);
    if (kind === 1) response.socket?.resetAndDestroy();
    if (kind === 2) response.writeProcessing();
    if (kind === 3) response.writeHead(429, { "content-length": 10 }).write("x");
    return kind < 4 ? false : take(response, request);
  };
  const settings = settingsOf(receiver, { timeoutMs: 100, batchWaitMs: 1 });
  const target = new LogTarget(settings, surroundings());
  const all: string[] = [];
  for (let round = 0; round < 60; round++) {
    for (let count = below(20); count > 0; count--) {
      all.push(`${all.length} ${"y".repeat(below(3000))}`);
      target.take(blockOf(target, all.at(-1) as string));
    }
    // A change of the list: what is under way is given up, and all is tried again at once.
    if (round % 5 === 0) target.configure({ ...settings, timeoutMs: 100 + round });
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  receiver.usual = take;
  target.configure(settings);
  await until("all is well", () => target.status.queueBytes === 0);
  const [texts, keys] = [[] as string[], new Set<string>()];
  for (const { at, text } of receiver.taken) {
    if (!keys.has(`${at} ${text}`)) texts.push(text);
    keys.add(`${at} ${text}`);
  }
  expect(texts).toEqual(all);
  expect(target.status).toMatchObject({ sentLines: all.length, dropped: { overflow: 0, refused: 0, end: 0 } });
  expect(Object.keys(target.status.failures).length).toBeGreaterThanOrEqual(2);
  await target.end(1000);
});
