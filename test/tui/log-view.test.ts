import { describe, expect, test } from "vitest";
import { type LogLine, type LogState, noLog, visibleLines, withLines } from "../../src/tui/state/log.ts";
import { logRows, nameOf } from "../../src/tui/state/log-rows.ts";
import { atStart, bottomOf, paused, scrolled, searched, type View } from "../../src/tui/state/log-view.ts";
import { lineText } from "../../src/tui/text/line.ts";
import { noon } from "../helpers/overview.ts";
import { play } from "./state.ts";

/** Lines `1`, `2`, …; a line takes as many rows as its text is long. */
function log(...texts: string[]): LogState {
  return withLines(
    noLog,
    texts.map((text) => ({ id: "web:web", channel: "stdout", at: noon, text })),
  );
}
const view = (page: number): View => ({ page, heightOf: ({ text }) => text.length });

/** Which rows are to be seen: each as line and row. */
function seen(state: LogState, { page, heightOf }: View): string[] {
  const lines = visibleLines(state);
  const bottom = bottomOf(state, lines, { page, heightOf });
  const rows: string[] = [];
  for (let at = bottom?.index ?? -1; at >= 0 && rows.length < page; at--) {
    const line = lines[at] as LogLine;
    for (let row = at === bottom?.index ? bottom.row : heightOf(line) - 1; row >= 0 && rows.length < page; row--)
      rows.unshift(`${line.text[0]}${row}`);
  }
  return rows;
}

describe("moving in a log", () => {
  const state = log("a", "bb", "ccc", "d", "eeee");

  test("goes row by row, through lines that take several", () => {
    const three = view(3);
    expect(seen(state, three)).toEqual(["e1", "e2", "e3"]);
    expect(seen(scrolled(state, -1, three), three)).toEqual(["e0", "e1", "e2"]);
    expect(seen(scrolled(state, -5, three), three)).toEqual(["c0", "c1", "c2"]);
    expect(seen(scrolled(scrolled(state, -5, three), 2, three), three)).toEqual(["c2", "d0", "e0"]);
  });

  test("ends at the beginning with a full pane, and follows again at the end", () => {
    const three = view(3);
    const top = scrolled(state, -1000, three);
    expect(seen(top, three)).toEqual(["a0", "b0", "b1"]);
    expect(seen(atStart(state, three), three)).toEqual(["a0", "b0", "b1"]);
    expect(top.position.type).toBe("at");
    expect(scrolled(top, 1000, three).position.type).toBe("end");
  });

  test("where everything fits there is nowhere to go", () => {
    for (const rows of [-1, -10, 1]) expect(scrolled(state, rows, view(50)).position.type).toBe("end");
    expect(scrolled(noLog, -1, view(5)).position.type).toBe("end");
  });

  test("what is looked at stays, whatever comes, until one goes back to the end", () => {
    const three = view(3);
    let looking = scrolled(state, -5, three);
    const before = seen(looking, three);
    for (let round = 0; round < 20; round++)
      looking = withLines(
        looking,
        Array.from({ length: 1000 }, () => ({ id: "web:web", channel: "stdout" as const, at: noon, text: "x" })),
      );
    expect(seen(looking, three)).toEqual(before);
    expect(looking.lines.length).toBe(5000);
    expect(seen(scrolled(looking, 1000, three), three)).toEqual(["x0", "x0", "x0"]);
  });

  test("any number of steps lands on rows that are there, in order", () => {
    let random = 7;
    const next = (below: number) => {
      random = (random * 48_271) % 2_147_483_647;
      return random % below;
    };
    const lines = log(
      ...Array.from({ length: 60 }, (_, index) => String.fromCharCode(65 + index).repeat(1 + (index % 7))),
    );
    const all = seen(lines, view(10_000));
    let state = lines;
    for (let step = 0; step < 2000; step++) {
      const page = view(1 + next(30));
      state = next(5) === 0 ? paused(state, page) : scrolled(state, next(41) - 20, page);
      const rows = seen(state, page);
      const at = all.indexOf(rows[0] ?? "");
      expect(rows.join()).toBe(all.slice(at, at + page.page).join());
    }
  });
});

describe("searching", () => {
  const state = { ...log("needle", "x", "y", "a Needle", "z"), search: "needle" };
  const one: View = { page: 2, heightOf: () => 1 };

  test("goes upwards from the end, then on, and tells when there is no more", () => {
    const first = searched(state, -1, one);
    expect(first?.found).toBe(3);
    const second = searched(first as LogState, -1, one);
    expect(second?.found).toBe(0);
    expect(searched(second as LogState, -1, one)).toBe(null);
    expect(searched(second as LogState, 1, one)?.found).toBe(3);
    expect(seen(second as LogState, one)).toContain("n0");
  });

  test("capital letters count when there are some, and colours do not", () => {
    expect(searched({ ...state, search: "Needle" }, -1, one)?.found).toBe(3);
    const coloured = { ...log("nee\x1b[31mdle\x1b[0m"), search: "needle" };
    expect(searched(coloured, -1, one)?.found).toBe(0);
  });

  test("a filter leaves only lines that have it", () => {
    expect(visibleLines({ ...state, only: "needle" }).map(({ seq }) => seq)).toEqual([0, 3]);
  });
});

describe("keeping", () => {
  test("the oldest lines make room, by their number and by their length", () => {
    const many = log(...Array.from({ length: 7000 }, (_, index) => String(index)));
    expect([many.lines.length, many.lines.at(-1)?.text, many.count]).toEqual([5000, "6999", 7000]);
    const long = log(...Array.from({ length: 100 }, () => "x".repeat(100_000)));
    expect(long.lines.length).toBe(41);
    expect(long.characters).toBe(4_100_000);
  });

  test("what was too much for a frame is said", () => {
    const gap = withLines(log("a"), [{ id: "web:web", channel: "stdout", at: noon, text: "z" }], 1200);
    expect(gap.lines.map(({ text }) => text)).toEqual(["a", "── 1,200 lines are left out here ──", "z"]);
    expect(gap.count).toBe(1202);
  });
});

describe("rows of a line", () => {
  const shape = {
    columns: 20,
    nameColumns: 0,
    bothChannels: false,
    times: false,
    wrap: false,
    json: false,
    shift: 0,
    search: "",
  };
  const line = (text: string): LogLine => ({ seq: 0, id: "worker:worker_01", channel: "stderr", at: 0, text });
  const rows = (text: string, options = {}) => logRows(line(text), { ...shape, ...options }).map(lineText);

  test("are cut or wrapped, and what is cut can be moved into sight", () => {
    const text = "0123456789".repeat(3);
    expect(rows(text)).toEqual(["0123456789012345678…"]);
    expect(rows(text, { shift: 16 })).toEqual(["67890123456789"]);
    expect(rows(text, { wrap: true })).toEqual([text.slice(0, 20), text.slice(20)]);
    expect(rows("日本語日本語日本語日本語")).toEqual(["日本語日本語日本語…"]);
  });

  test("begin with who, when and where, as far as that is wanted", () => {
    const all = { nameColumns: 6, times: true, bothChannels: true, wrap: true };
    expect(rows("some text", all)).toEqual(["worke…          ▌som", "                 e t", "                 ext"]);
  });

  test("lay out JSON, and are no more than anybody reads", () => {
    expect(rows('{"a":1}', { json: true })).toEqual(["{", '  "a": 1', "}"]);
    expect(rows(JSON.stringify(Array.from({ length: 1000 })), { json: true })).toHaveLength(1);
    expect(rows(JSON.stringify({ a: Array.from({ length: 1000 }, () => 1) }), { json: true })).toHaveLength(200);
    expect(rows("x".repeat(100_000), { wrap: true })).toHaveLength(200);
  });

  test("a process is known by its own name where that says it all", () => {
    expect([nameOf("worker:worker_01"), nameOf("shop:web"), nameOf("web:web")]).toEqual([
      "worker_01",
      "shop:web",
      "web",
    ]);
  });
});

test("another program has another log; lines of the one before are not taken for its own", () => {
  const screen = play().press("home", "l", "tab");
  const { key } = screen.state.log;
  screen.lines("one");
  screen.press("esc").press("down");
  expect(screen.state.log.lines).toEqual([]);
  screen.act({
    type: "lines",
    key,
    lines: [{ id: "cache:cache", channel: "stdout", at: noon, text: "late" }],
    skipped: 0,
  });
  expect(screen.state.log.lines).toEqual([]);
});
