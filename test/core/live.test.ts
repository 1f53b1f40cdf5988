import { expect, test } from "vitest";
import { canChangeInPlace, processChange } from "../../src/core/live.ts";
import type { GroupSettings, ProcessSettings } from "../../src/core/program.ts";

const channel = {
  log: { type: "auto" },
  maxBytes: 0,
  backups: 0,
  captureMaxBytes: 0,
  eventsEnabled: false,
  syslog: false,
} as const;
const settings = {
  name: "a",
  command: "x",
  priority: 1,
  environment: {},
  stdout: channel,
  stderr: channel,
} as never as ProcessSettings;

test.each([
  [{}, "none"],
  [{ priority: 2 }, "live"],
  [{ stopSignal: 2, exitCodes: [3], autorestart: "never" }, "live"],
  [{ stderr: { ...channel, maxBytes: 5, eventsEnabled: true } }, "live"],
  [{ stdout: { ...channel, log: { type: "none" } } }, "restart"],
  [{ stdout: { ...channel, captureMaxBytes: 10 } }, "restart"],
  [{ command: "y" }, "restart"],
  [{ environment: { A: "1" }, priority: 2 }, "restart"],
] as const)("a change of %j is %s", (change, expected) => {
  expect(processChange(settings, { ...settings, ...change } as ProcessSettings)).toBe(expected);
});

test("groups whose members share something that changes are replaced whole", () => {
  const program = { kind: "program" } as GroupSettings;
  const socket = (url: string) => ({ kind: "fcgi-program", socket: { url } }) as GroupSettings;
  const listener = { kind: "eventlistener" } as GroupSettings;
  expect(canChangeInPlace(program, program)).toBe(true);
  expect(canChangeInPlace(socket("a"), socket("a"))).toBe(true);
  expect(canChangeInPlace(socket("a"), socket("b"))).toBe(false);
  expect(canChangeInPlace(program, socket("a"))).toBe(false);
  expect(canChangeInPlace(listener, listener)).toBe(false);
});
