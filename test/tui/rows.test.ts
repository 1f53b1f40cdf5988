import { describe, expect, test } from "vitest";
import type { RemoteProgram } from "../../src/client/overview.ts";
import { idOf } from "../../src/tui/state/state.ts";
import { isProblem, reasonOf, signOf, toneOf } from "../../src/tui/state/tone.ts";
import { end, noon, overview, program, shop } from "../helpers/overview.ts";
import { play } from "./state.ts";

describe("rows", () => {
  test("a group has a row of its own when it is more than one program of that name", () => {
    expect(play().rows()).toEqual([
      "cache",
      "mailer",
      "migrate",
      "web",
      "worker:",
      "worker_00",
      "worker_01",
      "worker_02",
    ]);
  });

  test("what has failed is selected from the beginning", () => {
    expect(play().state.table.selected).toBe("worker:worker_01");
  });

  test("a filter shows what has all its words, in name, state or health", () => {
    const shown = (words: string) => play().press("/").type(words).press("enter").rows();
    expect(shown("work 0")).toEqual(["worker:", "worker_00", "worker_01", "worker_02"]);
    expect(shown("worker FATAL")).toEqual(["worker:", "worker_01"]);
    expect(shown("running !worker")).toEqual(["cache", "web"]);
    expect(shown("healthy")).toEqual(["web"]);
    expect(shown("nothing like it")).toEqual([]);
  });

  test("a filter is seen while it is typed, and Escape brings back what was", () => {
    const screen = play().press("/").type("web");
    expect(screen.rows()).toEqual(["web"]);
    expect(screen.press("esc").rows()).toHaveLength(8);
  });

  test("sorted by use they stand without their groups, the largest first", () => {
    const screen = play().press("o", "o");
    expect(screen.state.table.sort).toBe("cpu");
    expect(screen.rows().slice(0, 2)).toEqual(["web", "worker_00"]);
    expect(screen.press("O").rows().at(-1)).toBe("web");
  });

  test("only problems are shown when asked for, and groups fold", () => {
    expect(play().press("p").rows()).toEqual(["worker:", "worker_01", "worker_02"]);
    const folded = play().press("left");
    expect(folded.rows()).toEqual(["cache", "mailer", "migrate", "web", "worker:"]);
    expect(folded.state.table.selected).toBe("worker:");
    expect(folded.press("right").rows()).toHaveLength(8);
    expect(play().press("F").rows()).toHaveLength(5);
  });

  test("a row that has gone leaves the selection where it was", () => {
    const screen = play().press("home", "down", "down");
    expect(screen.state.table.selected).toBe("migrate:migrate");
    const fewer = overview(shop.processes.filter(({ name }) => name !== "migrate"));
    expect(screen.act({ type: "overview", overview: fewer, at: noon }).state.table.selected).toBe("web:web");
    expect(screen.act({ type: "overview", overview: overview([]), at: noon }).state.table.selected).toBe(null);
  });

  test("the selected row is always on the screen, however many there are", () => {
    const many = overview(Array.from({ length: 300 }, (_, index) => program(`p${String(index).padStart(3, "0")}`)));
    const screen = play(many);
    for (const keys of [["end"], ["pageup", "pageup"], ["home"], ["pagedown", "down"], ["o", "O", "end"]]) {
      screen.press(...keys);
      const { top, selected } = screen.state.table;
      const at = screen.rows().findIndex((name) => `${name}:${name}` === selected);
      expect(at).toBeGreaterThanOrEqual(top);
      expect(at).toBeLessThan(top + 14);
    }
  });
});

describe("how a program is", () => {
  const cases: readonly (readonly [string, Partial<RemoteProgram>, string, string])[] = [
    ["runs", {}, "good", "●"],
    ["has just come back", { lastEnd: end() }, "warn", "●"],
    ["came back a while ago", { lastEnd: end({ endedAt: noon - 90_000 }) }, "good", "●"],
    ["was restarted by somebody", { lastEnd: end({ cause: "somebody asked for it" }) }, "good", "●"],
    ["starts after it has failed", { state: "STARTING", lastEnd: end() }, "warn", "◐"],
    ["is unhealthy", { health: "unhealthy", ready: false }, "bad", "◆"],
    ["is not ready yet", { ready: false }, "busy", "●"],
    ["starts", { state: "STARTING" }, "busy", "◐"],
    ["waits for its next try", { state: "BACKOFF" }, "warn", "▲"],
    ["is given up", { state: "FATAL" }, "bad", "✗"],
    ["has been stopped", { state: "STOPPED" }, "idle", "○"],
    ["has done its work", { state: "EXITED", well: true }, "idle", "○"],
    ["has ended for good", { state: "EXITED", lastEnd: end() }, "bad", "✗"],
    ["has ended and comes back", { state: "EXITED", lastEnd: end(), dueMs: 4000 }, "warn", "✗"],
    ["is something that we do not know", { state: "PAUSED" }, "bad", "?"],
  ];
  test.each(cases)("one that %s", (_what, options, tone, sign) => {
    const one = program("one", options);
    expect([toneOf(one, noon), signOf(one, noon)]).toEqual([tone, sign]);
    expect(isProblem(one, noon)).toBe(tone === "bad" || tone === "warn");
  });

  test("the reason is said in a few words", () => {
    const reason = (options: Partial<RemoteProgram>) => reasonOf(program("one", options), noon);
    expect(reason({})).toBe("");
    expect(reason({ lastEnd: end() })).toBe("exit 1, 5s ago");
    expect(reason({ state: "BACKOFF", dueMs: 2000, next: "is started again in 2s", lastEnd: end({ code: 3 }) })).toBe(
      "exit 3; is started again in 2s",
    );
    expect(reason({ state: "FATAL", lastEnd: end({ code: null, failure: "no such file" }) })).toBe("no such file");
    expect(reason({ state: "EXITED", lastEnd: end({ code: null, signal: "SIGKILL", oomKilled: true }) })).toBe(
      "SIGKILL (out of memory)",
    );
    expect(reason({ state: "STARTING", why: "is starting", lastEnd: end() })).toBe("exit 1, 5s ago");
    expect(reason({ health: "unhealthy", ready: false, why: "3 failed checks in a row: status 500" })).toBe(
      "3 failed checks in a row: status 500",
    );
  });

  test("a program that has its group's name is known by that alone", () => {
    expect(shop.processes.map(idOf)).toContain("web:web");
  });
});
