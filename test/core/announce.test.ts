import { expect, test } from "vitest";
import { announce } from "../../src/core/announce.ts";
import { plainCare } from "../../src/core/care.ts";
import { exitStatus, noHistory, remember } from "../../src/core/history.ts";
import { type Exit, type Input, type Life, type Policy, stopped } from "../../src/core/life.ts";
import { step } from "../../src/core/lifecycle.ts";
import { stopSteps } from "../../src/core/order.ts";

const policy: Policy = {
  autorestart: "unexpected",
  exitCodes: [0],
  startMs: 1000,
  startRetries: 0,
  stopSignal: 15,
  stopWaitMs: 2000,
  stopAsGroup: false,
  killAsGroup: false,
  oneshot: false,
  prepares: false,
  prepareMs: 0,
  beforeStop: false,
  afterStop: false,
  restart: plainCare.restart,
  salt: 0,
};
const exited = (exit: Exit): Input => ({ type: "exited", exit, orphans: false });
const status = (code: number): Exit => ({ code, signal: null, core: false });

/** Feeds inputs at given moments; what the log says and what is remembered. */
function tell(...inputs: [at: number, input: Input][]) {
  let life: Life = stopped;
  let history = noHistory;
  const lines: string[] = [];
  for (const [at, input] of inputs) {
    const [after] = step(life, input, policy, at);
    history = remember(history, life, input, after, 1_000_000 + at);
    lines.push(...announce("web", life, input, after, policy, at).map(({ level, text }) => `${level} ${text}`));
    life = after;
  }
  return { lines, history, life };
}
const start: [number, Input][] = [
  [0, { type: "start" }],
  [0, { type: "spawned", pid: 7 }],
];

test("a life that ends as expected", () => {
  const { lines, history } = tell(...start, [1000, { type: "due" }], [5000, exited(status(0))]);
  expect(lines).toEqual([
    "info spawned: 'web' with pid 7",
    "info success: web entered RUNNING state, process has stayed up for > than 1 seconds (startsecs)",
    "info exited: web (exit status 0; expected)",
  ]);
  expect(history).toMatchObject({ startedAt: 1_000_000, endedAt: 1_005_000, exit: status(0), failure: "", starts: 1 });
});

test("a crash with a core", () => {
  const crash: Exit = { code: null, signal: 11, core: true };
  const { lines, history } = tell(...start, [1000, { type: "due" }], [5000, exited(crash)]);
  expect(lines.at(-1)).toBe("warn exited: web (terminated by SIGSEGV (core dumped); not expected)");
  expect(history.failure).toBe("Bad exit code -1");
  expect(exitStatus(history.exit)).toBe(-1);
});

test("a start that fails, and giving up", () => {
  const { lines, history, life } = tell(...start, [500, exited(status(0))], [500, { type: "due" }]);
  expect(lines.slice(1)).toEqual([
    "warn exited: web (exit status 0; not expected)",
    "info gave up: web entered FATAL state, too many start retries too quickly",
  ]);
  expect(life.state).toBe("FATAL");
  expect(history).toMatchObject({ exit: null, failure: "Exited too quickly (process log may have details)" });
});

test("a spawn that fails", () => {
  const { lines, history } = tell([0, { type: "start" }], [0, { type: "spawnFailed", why: "command is empty" }]);
  expect(lines).toEqual(["info spawnerr: command is empty"]);
  expect(history.failure).toBe("command is empty");
});

test("a stop that needs SIGKILL", () => {
  const { lines, history } = tell(
    ...start,
    [1500, { type: "stop" }],
    [3500, { type: "due" }],
    [3600, exited({ code: null, signal: 9, core: false })],
  );
  expect(lines.slice(1)).toEqual(["warn killing 'web' (7) with SIGKILL", "warn stopped: web (terminated by SIGKILL)"]);
  expect(history).toMatchObject({ endedAt: 1_003_600, failure: "" });
});

test("a new start clears what the last one left", () => {
  const { history } = tell(...start, [500, exited(status(3))], [500, { type: "due" }], [900, { type: "start" }]);
  expect(history).toMatchObject({ exit: null, failure: "", starts: 2, startedAt: 1_000_900 });
});

test("groups end highest priority first, those of one priority together", () => {
  const groups = [1, 999, 50, 999].map((priority, n) => ({ priority, n }));
  expect(stopSteps(groups, () => []).map((stepOf) => stepOf.map(({ n }) => n))).toEqual([[1, 3], [2], [0]]);
});

test("who is killed while it is stopping is told of with the last reason, and remembered with it", () => {
  const because = { type: "memory", usedBytes: 2 ** 29, limitBytes: 2 ** 28, hard: true } as const;
  const { lines, history } = tell(
    ...start,
    [1000, { type: "due" }],
    [2000, { type: "stop" }],
    [2500, { type: "kill", because }],
    [2500, exited({ code: null, signal: 9, core: false })],
  );
  expect(lines.slice(2)).toEqual([
    "warn killing web: memory 512MB is over memory_limit_hard=256MB",
    "warn stopped: web (terminated by SIGKILL)",
  ]);
  expect(history.ends[0]?.cause).toEqual(because);
});
