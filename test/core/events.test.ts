import { expect, test } from "vitest";
import { eventName, eventPayload, eventTypes, includes, type SupervisorEvent } from "../../src/core/events.ts";

const state = {
  type: "process-state",
  group: "g",
  process: "p",
  from: "RUNNING",
  pid: 7,
  tries: 2,
  expected: true,
} as const;
const output = { group: "g", process: "p", pid: 7, channel: "stderr", data: new Uint8Array([255, 10]) } as const;
const rows: [SupervisorEvent, string, string][] = [
  [{ ...state, to: "STARTING" }, "PROCESS_STATE_STARTING", "processname:p groupname:g from_state:RUNNING tries:2"],
  [{ ...state, to: "BACKOFF" }, "PROCESS_STATE_BACKOFF", "processname:p groupname:g from_state:RUNNING tries:2"],
  [{ ...state, to: "STOPPED" }, "PROCESS_STATE_STOPPED", "processname:p groupname:g from_state:RUNNING pid:7"],
  [{ ...state, to: "EXITED" }, "PROCESS_STATE_EXITED", "processname:p groupname:g from_state:RUNNING expected:1 pid:7"],
  [{ ...state, to: "FATAL" }, "PROCESS_STATE_FATAL", "processname:p groupname:g from_state:RUNNING"],
  [{ type: "group-added", group: "g" }, "PROCESS_GROUP_ADDED", "groupname:g\n"],
  [{ type: "supervisor-stopping" }, "SUPERVISOR_STATE_CHANGE_STOPPING", ""],
  [{ type: "remote-communication", kind: "k", data: "a\nb" }, "REMOTE_COMMUNICATION", "type:k\na\nb"],
  [{ type: "process-log", ...output }, "PROCESS_LOG_STDERR", "processname:p groupname:g pid:7 channel:stderr\n"],
  [{ type: "process-communication", ...output }, "PROCESS_COMMUNICATION_STDERR", "processname:p groupname:g pid:7\n"],
  [
    { type: "process-health", group: "g", process: "p", pid: 7, to: "unhealthy" },
    "PROCESS_HEALTH_UNHEALTHY",
    "processname:p groupname:g pid:7",
  ],
  [{ type: "tick", seconds: 60, when: 120 }, "TICK_60", "when:120"],
];

test.each(rows)("%j", (event, name, text) => {
  expect(eventName(event)).toBe(name);
  expect(eventPayload(event).text).toBe(text);
  expect(eventTypes).toContain(name);
});

test.each(["process-log", "process-communication"] as const)(
  "the payload of %s is text, whatever the output is",
  (type) => {
    const payload = (data: Uint8Array) =>
      new TextDecoder().decode(eventPayload({ type, ...output, data }).data ?? undefined);
    expect(payload(new TextEncoder().encode("\ufeffé€𝄞\0\n"))).toBe("é€𝄞\0\n");
    expect(eventPayload({ type, ...output }).data).toEqual(
      new TextEncoder().encode(String.raw`Undecodable: b'\xff\n'`),
    );
    expect(payload(Buffer.from('it\'s \x00\x1b\x7f\\ "q" \xe9', "latin1"))).toBe(
      String.raw`Undecodable: b'it\'s \x00\x1b\x7f\\ "q" \xe9'`,
    );
    expect(payload(Buffer.from("it's\xe9", "latin1"))).toBe(String.raw`Undecodable: b"it's\xe9"`);
  },
);

test("a type includes everything below it and nothing else", () => {
  const ofReference = eventTypes.filter((name) => !name.startsWith("PROCESS_HEALTH"));
  expect(eventTypes.filter((name) => includes(["EVENT"], name))).toEqual(ofReference);
  expect(ofReference).toHaveLength(eventTypes.length - 3);
  expect(eventTypes.filter((name) => includes(["TICK_5", "PROCESS_LOG"], name))).toEqual([
    "PROCESS_LOG",
    "PROCESS_LOG_STDOUT",
    "PROCESS_LOG_STDERR",
    "TICK_5",
  ]);
});
