import { expect, test } from "vitest";
import { announce } from "../../src/core/announce.ts";
import { plainCare } from "../../src/core/care.ts";
import { exitStatus, noHistory, remember } from "../../src/core/history.ts";
import { type Exit, type Input, type Life, type Policy, stopped } from "../../src/core/life.ts";
import { step } from "../../src/core/lifecycle.ts";
import { policy as usual } from "./life-world.ts";

const policy: Policy = { ...usual, startRetries: 0, stopWaitMs: 2000, salt: 0 };
const exited = (exit: Exit): Input => ({ type: "exited", exit, orphans: false });
const status = (code: number): Exit => ({ code, signal: null, core: false });

/** Feeds inputs at given moments; what the log says and what is remembered. */
const tell = (...inputs: [at: number, input: Input][]) => tellOf(policy, ...inputs);

function tellOf(policy: Policy, ...inputs: [at: number, input: Input][]) {
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

test("a stop in BACKOFF is told to who looks closely", () => {
  const tries = { ...policy, startRetries: 3 };
  const { lines } = tellOf(tries, ...start, [100, exited(status(1))], [200, { type: "stop" }]);
  expect(lines.at(-1)).toBe("debug Attempted to kill web, which is in BACKOFF state.");
});

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

test("a wait of the program list's making is told, one of the reference's is not", () => {
  const steps: [number, Input][] = [...start, [1000, { type: "due" }], [5000, exited(status(1))]];
  const restart = { ...plainCare.restart, delayMs: 4000 };
  expect(tellOf({ ...policy, restart }, ...steps).lines.at(-1)).toBe("info restarting: web in 4s");
  expect(tellOf(policy, ...steps).lines.at(-1)).toBe("warn exited: web (exit status 1; not expected)");
  const tries = { ...policy, startRetries: 3, restart };
  expect(tellOf(tries, ...start, [500, exited(status(1))]).lines.at(-1)).toBe("info restarting: web in 4s");
});

test("a crash loop says what it is, and when it is tried again, a little later than asked for", () => {
  const restart = { ...plainCare.restart, crashloop: { exits: 1, withinMs: 60_000 }, retryAfterMs: 300_000 };
  const { lines } = tellOf(
    { ...policy, restart },
    ...start,
    [1000, { type: "due" }],
    [5000, exited(status(1))],
    [5000, { type: "due" }],
  );
  expect(lines.slice(-2)).toEqual([
    "warn exited: web (exit status 1; not expected)",
    "info gave up: web entered FATAL state, crash loop: 1 unexpected exits within 1m; it is tried again in 5m8s",
  ]);
});
