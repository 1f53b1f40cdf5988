/** Which ends of a program are the end of the container, and with which code. */
import { describe, expect, test } from "vitest";
import { type End, type History, noHistory } from "../../src/core/history.ts";
import type { Exit, Life } from "../../src/core/life.ts";
import { calm } from "../../src/core/restart.ts";
import { lastExitCode, verdictOf } from "../../src/core/verdict.ts";

const status = (code: number): Exit => ({ code, signal: null, core: false });
const killedBy = (signal: number): Exit => ({ code: null, signal, core: false });
const exited = (exit: Exit, due: number | null = null): Life => ({
  state: "EXITED",
  due,
  exit,
  expected: exit.code === 0,
  past: calm,
  giveUp: null,
});
const fatal: Life = { state: "FATAL", due: null, why: "too quickly" };
const end = (exit: Exit | null, cause: End["cause"] = null): End => ({
  startedAt: 0,
  endedAt: 0,
  exit,
  failure: "",
  expected: false,
  cause,
  evidence: { memoryBytes: null, oomKilled: false, cpuMs: 0 },
});
const history = (...ends: End[]): History => ({ ...noHistory, ends });
const both = { type: "simple", onExit: "shutdown", onFatal: "shutdown" } as const;

describe("on_exit=shutdown", () => {
  test.each([
    [status(0), 0],
    [status(3), 3],
    [killedBy(9), 137],
    [killedBy(15), 143],
  ])("after %o the code is %i", (exit, code) => {
    expect(verdictOf(exited(exit), noHistory, { ...both, onFatal: "ignore" })).toMatchObject({ key: "on_exit", code });
  });

  test("waits for one that is started again, and is no matter of FATAL or of a stop", () => {
    const onExit = { ...both, onFatal: "ignore" } as const;
    expect(verdictOf(exited(status(1), 5000), noHistory, onExit)).toBe(null);
    expect(verdictOf(fatal, noHistory, onExit)).toBe(null);
    expect(verdictOf({ state: "STOPPED", due: null }, noHistory, onExit)).toBe(null);
  });
});

describe("on_fatal=shutdown", () => {
  const onFatal = { ...both, onExit: "ignore" } as const;
  const codeOf = (...ends: End[]) => verdictOf(fatal, history(...ends), onFatal)?.code;

  test("has the code of the last child that ended by itself", () => {
    expect(codeOf(end(null), end(status(4)), end(status(5)))).toBe(4);
    expect(codeOf(end(killedBy(11)))).toBe(139);
    expect(codeOf(end(status(143), { type: "request" }), end(status(4)))).toBe(4);
  });

  test("has that of shells when no child could be had: 127 without a command, 126 with one that cannot be executed", () => {
    expect(codeOf({ ...end(null), unrunnable: 127 }, end(null))).toBe(127);
    expect(codeOf({ ...end(null), unrunnable: 126 })).toBe(126);
    expect(codeOf({ ...end(null), unrunnable: 126 }, end(status(4)))).toBe(4);
    expect(codeOf(end(null), { ...end(null), unrunnable: 126 })).toBe(1);
  });

  test("is never 0: one that was given up has failed", () => {
    expect(codeOf()).toBe(1);
    expect(codeOf(end(null))).toBe(1);
    expect(codeOf(end(status(0)))).toBe(1);
  });

  test("is no matter of an exit", () => {
    expect(verdictOf(exited(status(1)), noHistory, onFatal)).toBe(null);
  });
});

test("the last code is that of the last child, however it ended; null when there was none", () => {
  expect(lastExitCode(history(end(null), end(killedBy(15), { type: "ending" }), end(status(1))))).toBe(143);
  expect(lastExitCode(history(end(null)))).toBe(null);
});
