/** The live page without a browser: what comes of what it is told and of what one does. */
import { describe, expect, test } from "vitest";
import type { Struct } from "../../src/client/replies.ts";
import { rowsOf } from "../../src/tui/state/rows.ts";
import { firstState, type PageState } from "../../src/web/state/page.ts";
import { type Action, reduce } from "../../src/web/state/reduce.ts";
import { hashOf, placeOf } from "../../src/web/state/route.ts";
import type { Effect } from "../../src/web/state/step.ts";

const head = {
  identifier: "shop",
  version: "0.1.0",
  state: "RUNNING",
  pid: 1,
  now: "2026-11-22T09:30:00.000Z",
  startedAt: "2026-11-22T08:00:00.000Z",
  own: { memoryKb: 50_000 },
  container: { memory: { of: "container", usedKb: 1000, limitKb: 4000 }, cpu: { of: "container", limitPercent: 200 } },
};

function process(name: string, options: Struct = {}): Struct {
  const [group = "", own = group] = name.split(":");
  return {
    group,
    name: own,
    program: group,
    type: "simple",
    state: "RUNNING",
    pid: 10,
    starts: 1,
    startedAt: "2026-11-22T08:00:00.000Z",
    next: "keeps running",
    wanted: true,
    well: true,
    health: { ready: true, health: "none", failures: 0 },
    logs: { stdout: true, stderr: true, stderrToStdout: false },
    ...options,
  };
}

const failed: Struct = {
  state: "FATAL",
  pid: 0,
  well: false,
  why: "has been given up",
  lastEnd: { startedAt: head.startedAt, endedAt: head.now, expected: false, oomKilled: false, code: 3 },
};

const everything = {
  type: "all",
  head,
  processes: [process("cache"), process("web"), process("worker:a"), process("worker:b", failed)],
};

/** The state after these, from the beginning, with a page that may give orders. */
function after(...actions: Action[]): PageState {
  const told = [{ type: "welcome", control: true }, everything].map((message): Action => ({ type: "told", message }));
  return [...told, ...actions].reduce((state, action) => reduce(state, action)[0], firstState);
}

const effectsOf = (state: PageState, action: Action): readonly Effect[] => reduce(state, action).slice(1) as Effect[];
const names = ({ overview, table }: PageState): readonly string[] =>
  overview === null ? [] : rowsOf(overview, table).map(({ id }) => id);
const change = (processes: readonly Struct[], gone: readonly string[] = [], more: Struct = {}): Action => ({
  type: "told",
  message: { type: "changes", head: { ...head, ...more }, processes, gone },
});

describe("what the daemon tells", () => {
  test("changes are put into what was told before; what has not changed stays the same object", () => {
    const before = after();
    const next = after(change([process("worker:b"), process("api")], ["cache:cache"]));
    expect(names(next)).toEqual(["api:api", "web:web", "worker:", "worker:a", "worker:b"]);
    const [state] = reduce(before, change([process("web", { starts: 2 })]));
    expect(state.overview?.processes[0]).toBe(before.overview?.processes[0]);
    expect(state.overview?.processes[1]?.starts).toBe(2);
  });

  test("changes without what they change are not taken", () => {
    expect(reduce(firstState, change([process("web")]))[0].overview).toBe(null);
  });

  test("what becomes better or worse is said once, in words", () => {
    expect(after(change([process("worker:b")])).news).toBe("worker:b runs");
    expect(after(change([process("web", failed)])).news).toBe("web has failed: exit 3");
    expect(after(change([process("web", { state: "STOPPED", pid: 0, wanted: false })])).news).toBe("web is stopped");
    expect(after(change([process("web", { starts: 9 })])).news).toBe("");
  });

  test("another daemon is told from one that goes on", () => {
    expect(after(change([], [], { startedAt: "2026-11-22T09:29:00.000Z" })).notes.at(-1)?.text).toBe(
      "the daemon has been started anew",
    );
    expect(after(change([])).notes).toEqual([]);
  });

  test("happenings come once, latest first, also when they are told again", () => {
    const happening = (serial: number, more: Struct): Struct => ({ serial, time: head.now, ...more });
    const first = happening(5, {
      type: "state",
      group: "web",
      name: "web",
      to: "EXITED",
      expected: false,
      livedMs: 61_000,
    });
    const second = happening(6, {
      type: "request",
      what: "stopProcess",
      target: "web",
      by: "unix socket",
      client: "Mozilla/5.0 x",
    });
    const state = after(
      { type: "told", message: { type: "happened", happenings: [first] } },
      { type: "told", message: { type: "happened", happenings: [first, second, { type: "stream" }] } },
    );
    expect(state.happenings.map(({ serial, name, what, tone }) => [serial, name, what, tone])).toEqual([
      [6, "", "asked for: stopProcess web by a browser (unix socket)", "idle"],
      [5, "web", "EXITED after 1m01s", "bad"],
    ]);
  });
});

describe("what one does", () => {
  test("nothing is asked of what was not chosen", () => {
    for (const chosen of [after(), after({ type: "select", id: "gone:gone" })]) {
      const [state, ...effects] = reduce(chosen, { type: "ask", verb: "start" });
      expect([state.notes.at(-1)?.text, effects]).toEqual(["no program is selected", []]);
    }
  });

  test("what may hurt is asked about first, and then done", () => {
    const asked = after({ type: "move", by: 1 }, { type: "move", by: 1 }, { type: "ask", verb: "stop" });
    expect(asked.dialog).toMatchObject({ type: "confirm", question: "Stop web?", lines: ["web  RUNNING"] });
    if (asked.dialog?.type !== "confirm") return;
    const [state, effect] = reduce(asked, { type: "request", request: asked.dialog.request });
    expect(effect).toMatchObject({ type: "request", request: { type: "stop", ids: ["web:web"] } });
    expect([state.dialog, state.jobs[0]?.title]).toEqual([null, "stopping web"]);
    const [done] = reduce(state, { type: "done", job: state.jobs[0]?.id ?? -1, text: "stopped web", isGood: true });
    expect([done.jobs, done.notes.at(-1)?.tone]).toEqual([[], "good"]);
  });

  test("several are marked, a group as one, and marks are gone when they have done their duty", () => {
    const state = after({ type: "mark", ids: ["worker:a", "worker:b"] }, { type: "mark", ids: ["web:web"] });
    expect(effectsOf(state, { type: "ask", verb: "start" })[0]).toMatchObject({
      request: { type: "start", ids: ["web:web", "worker:a", "worker:b"] },
    });
    expect(reduce(state, { type: "ask", verb: "start" })[0].table.marked.size).toBe(0);
    expect(after({ type: "mark", ids: "shown" }).table.marked.size).toBe(4);
    expect(after({ type: "mark", ids: "shown" }, { type: "mark", ids: "shown" }).table.marked.size).toBe(0);
    const [rest] = reduce(state, change([], ["web:web"]));
    expect([...rest.table.marked]).toEqual(["worker:a", "worker:b"]);
  });

  test("a login that may only look gives no orders", () => {
    const state = { ...after({ type: "move", by: 1 }), mayControl: false };
    for (const verb of ["start", "stop", "signal"] as const) {
      const [next, ...effects] = reduce(state, { type: "ask", verb });
      expect([next.dialog, effects]).toEqual([null, []]);
    }
    expect(reduce(state, { type: "ask-scale" })[0].dialog).toBe(null);
  });

  test("the table filters, folds and sorts, and what is selected is what is there", () => {
    expect(names(after({ type: "filter", filter: "worker !:a" }))).toEqual(["worker:", "worker:b"]);
    expect(names(after({ type: "problems" }))).toEqual(["worker:", "worker:b"]);
    expect(names(after({ type: "fold", group: "worker" }))).toEqual(["cache:cache", "web:web", "worker:"]);
    expect(names(after({ type: "sort", sort: "state" }))[0]).toBe("worker:b");
    expect(after({ type: "next-problem" }).table.selected).toBe("worker:b");
    expect(after({ type: "next-problem" }, { type: "filter", filter: "web" }).table.selected).toBe(null);
  });

  test("who looks at a program looks at the next one when the selection moves, without a step in the history", () => {
    const state = after({ type: "go", place: { type: "program", id: "cache:cache", tab: "log" } });
    expect(state.table.selected).toBe("cache:cache");
    const place = { type: "program", id: "web:web", tab: "log" };
    const [next, effect] = reduce(state, { type: "move", by: 1 });
    expect(next.place).toEqual(place);
    expect(effect).toEqual({ type: "address", place, replace: true });
    expect([state.pane.log.key, next.pane.log.key]).toEqual(["cache:cache", "web:web"]);
  });
});

test("addresses lead where they come from, whatever a name has in it", () => {
  for (const id of ["web:web", "a b:<i>/?#%", "é:ü", "x:100%"])
    expect(placeOf(hashOf({ type: "program", id, tab: "log" }))).toEqual({ type: "program", id, tab: "log" });
  for (const hash of ["", "#", "#nonsense", "#program/x", "#program/%E0%A4%A/log"])
    expect(placeOf(hash)).toEqual({ type: "programs" });
  expect(placeOf("#program/web:web/nonsense")).toEqual({ type: "program", id: "web:web", tab: "overview" });
  expect(placeOf("#events")).toEqual({ type: "events" });
});
