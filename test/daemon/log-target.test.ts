/** A log target beside a receiver: what a change does to a request that is being made. */
import { expect, onTestFinished, test } from "vitest";
import type { LogTargetSettings } from "../../src/core/log-target.ts";
import { Agenda } from "../../src/daemon/agenda.ts";
import { Feed } from "../../src/daemon/feed.ts";
import { LogTarget } from "../../src/daemon/log-target.ts";
import { systemClock } from "../../src/system/clock.ts";
import { PushReceiver } from "../helpers/push-receiver.ts";
import { until } from "../helpers/until.ts";

async function receiving(): Promise<PushReceiver> {
  const receiver = new PushReceiver();
  await receiver.start();
  onTestFinished(() => receiver[Symbol.asyncDispose]());
  return receiver;
}

const settingsFor = ({ url }: PushReceiver): LogTargetSettings => ({
  name: "loki",
  type: "loki",
  url,
  programs: [],
  streams: ["stdout", "stderr"],
  labels: {},
  headers: {},
  login: null,
  caFile: null,
  // What waits is sent at once.
  batchBytes: 1,
  batchWaitMs: 20,
  bufferBytes: 1024 * 1024,
  timeoutMs: 10_000,
  compress: true,
});

test("what is on its way to be sent when the address changes goes to the new one, and so does what follows", async () => {
  const [before, after] = [await receiving(), await receiving()];
  const clock = systemClock();
  const log = { info: () => undefined, warn: () => undefined };
  const target = new LogTarget(settingsFor(before), {
    clock,
    agenda: new Agenda(clock),
    log,
    feed: new Feed(process.pid, Date.now),
  });
  onTestFinished(() => target.end(1000));
  const stream = target.stream({ program: "a" });
  const take = (text: string) =>
    target.take({ stream, at: stream.clock.take(Date.now(), 1), bytes: Buffer.from(text), lines: 1, partial: false });
  take("first");
  // Its request is being made now.
  target.wake();
  target.configure(settingsFor(after));
  await until("it has come", () => after.texts.includes("first"));
  take("second");
  await until("it has come, too", () => after.texts.includes("second"));
  expect([before.requests, after.mistakes]).toEqual([[], []]);
});
