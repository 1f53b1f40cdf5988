import { expect, test } from "vitest";
import { type Happening, ofStep } from "../../src/core/happenings.ts";
import { noHistory, remember } from "../../src/core/history.ts";
import { type Input, type Policy, stopped } from "../../src/core/life.ts";
import { step } from "../../src/core/lifecycle.ts";
import { code, killed, policy } from "./life-world.ts";

const source = { group: "g", name: "web" };

/** What is told of a life that is fed with this, without the name of the process. */
function told(changes: Partial<Policy>, ...inputs: [at: number, input: Input][]): object[] {
  let life = stopped;
  let history = noHistory;
  const all: Happening[] = [];
  for (const [at, input] of inputs) {
    const [after] = step(life, input, { ...policy, ...changes }, at);
    history = remember(history, life, input, after, 1_000_000 + at);
    all.push(...ofStep(source, life, input, after, history, at));
    life = after;
  }
  return all.map((happening) => ({ ...happening, group: undefined, name: undefined }));
}

const up: [number, Input][] = [
  [0, { type: "start", because: { type: "request" } }],
  [0, { type: "spawned", pid: 7 }],
  [1000, { type: "due" }],
];
const upTold = [
  { type: "state", from: "STOPPED", to: "STARTING", starts: 1 },
  { type: "spawned", pid: 7, nextMs: 1000 },
  { type: "state", from: "STARTING", to: "RUNNING", pid: 7 },
];

test("a crash is told with how it ended, how long it lived and when it comes back", () => {
  expect(told({}, ...up, [5000, code(3)], [5000, { type: "due" }])).toEqual([
    ...upTold,
    {
      type: "state",
      from: "RUNNING",
      to: "EXITED",
      pid: 7,
      why: "exit status 3",
      code: 3,
      livedMs: 5000,
      expected: false,
      nextMs: 0,
    },
    { type: "state", from: "EXITED", to: "STARTING", starts: 2 },
  ]);
});

test("a start that fails is told with its tries and the wait before the next", () => {
  const start: [number, Input][] = [
    [0, { type: "start" }],
    [0, { type: "spawned", pid: 7 }],
    [10, code(1)],
  ];
  const failed = "Exited too quickly (process log may have details)";
  const back = { type: "state", from: "STARTING", to: "BACKOFF", pid: 7, why: `exit status 1; ${failed}`, code: 1 };
  expect(told({ startRetries: 1 }, ...start).slice(2)).toEqual([{ ...back, livedMs: 10, tries: 1, nextMs: 1000 }]);
  expect(told({ startRetries: 0 }, ...start, [10, { type: "due" }]).slice(2)).toEqual([
    { ...back, livedMs: 10, tries: 1, nextMs: 0 },
    { type: "state", from: "BACKOFF", to: "FATAL", why: failed },
  ]);
});

test("what a command before the start has written is not told", () => {
  const failed: Input = { type: "spawnFailed", why: "pre_start_command failed: exit status 1: password is s3cret" };
  const tries = told({ prepares: true, startRetries: 0 }, [0, { type: "start" }], [10, failed], [10, { type: "due" }]);
  expect(tries.slice(1)).toMatchObject([
    { to: "BACKOFF", why: "pre_start_command failed: exit status 1" },
    { to: "FATAL", why: "pre_start_command failed: exit status 1" },
  ]);
});

test("a stop is told with who wanted it and how the child ended, though something of it is left for a while", () => {
  const stop: Input = { type: "stop", because: { type: "request" } };
  expect(told({}, ...up, [2000, stop], [2500, killed(15, true)], [2600, { type: "cleaned" }])).toEqual([
    ...upTold,
    {
      type: "state",
      from: "RUNNING",
      to: "STOPPING",
      pid: 7,
      why: "somebody asked for it",
      cause: "request",
      nextMs: 10_000,
    },
    { type: "state", from: "STOPPING", to: "STOPPED", why: "terminated by SIGTERM", signal: "SIGTERM", livedMs: 2500 },
  ]);
});

test("who does not stop in time is told to be killed", () => {
  const all = told({}, ...up, [2000, { type: "stop" }], [12_000, { type: "due" }], [12_001, killed(9)]);
  expect(all.slice(4)).toEqual([
    { type: "killed", pid: 7, why: "stopwaitsecs is over" },
    {
      type: "state",
      from: "STOPPING",
      to: "STOPPED",
      pid: 7,
      why: "terminated by SIGKILL",
      signal: "SIGKILL",
      livedMs: 12_001,
    },
  ]);
});

test("a limit and a trigger are told before what they cause", () => {
  const memory = { type: "memory", usedBytes: 300 * 2 ** 20, limitBytes: 256 * 2 ** 20, hard: false } as const;
  const why = "memory 300MB is over memory_limit=256MB";
  expect(told({}, ...up, [9000, { type: "recycle", because: memory }]).slice(3)).toEqual([
    { type: "limit", pid: 7, limit: "memory", action: "restart", why },
    { type: "state", from: "RUNNING", to: "STOPPING", pid: 7, why, cause: "memory", nextMs: 10_000 },
  ]);
  const schedule = { type: "schedule", cron: "0 3 * * *" } as const;
  expect(told({}, [0, { type: "start", because: schedule }])).toEqual([
    { type: "trigger", by: "schedule", action: "start", why: "schedule=0 3 * * *" },
    { type: "state", from: "STOPPED", to: "STARTING", why: "schedule=0 3 * * *", cause: "schedule", starts: 1 },
  ]);
});

test("death by the kernel's want of memory is a limit, too", () => {
  const evidence = { memoryBytes: 1024, oomKilled: true, cpuMs: 5 };
  expect(told({}, ...up, [2000, { ...killed(9), evidence } as Input]).slice(3)).toEqual([
    { type: "limit", pid: 7, limit: "oom", action: "kill", why: "killed by the kernel for want of memory" },
    {
      type: "state",
      from: "RUNNING",
      to: "EXITED",
      pid: 7,
      why: "terminated by SIGKILL",
      signal: "SIGKILL",
      oomKilled: true,
      memoryBytes: 1024,
      livedMs: 2000,
      expected: false,
      nextMs: 0,
    },
  ]);
});

test("what a start waits for is told once for each reason", () => {
  const held = (why: string): Input => ({ type: "held", why });
  const start: [number, Input] = [0, { type: "start" }];
  expect(told({ prepares: true }, start, [0, held("for db")], [1, held("for db")], [2, held("for its hook")])).toEqual([
    { type: "state", from: "STOPPED", to: "STARTING", starts: 1 },
    { type: "waiting", why: "for db" },
    { type: "waiting", why: "for its hook" },
  ]);
});
