/** What a command shows while it waits: the rows, as data, and the lines painted over and over. */
import { describe, expect, test } from "vitest";
import { plain } from "../../src/cli/paint.ts";
import { Block } from "../../src/cli/progress/block.ts";
import { begin, linesOf, type Progress, withNews } from "../../src/cli/progress/rows.ts";
import type { Goal } from "../../src/cli/progress.ts";
import type { RemoteProcess } from "../../src/client/replies.ts";

const process = (text: string, stateName: string): RemoteProcess => {
  const [group = "", name = group] = text.split(":");
  return { group, name, stateName } as RemoteProcess;
};
const list = [process("db", "STOPPED"), process("web", "RUNNING"), process("w:a", "STOPPED"), process("w:b", "FATAL")];

const eventOf = (name: string, type: string, fields: Record<string, unknown>) => {
  const [group = "", own = group] = name.split(":");
  return { type, serial: 1, at: 0, json: "", fields: { group, name: own, ...fields } };
};
const happen = (progress: Progress, name: string, type: string, fields: Record<string, unknown>): Progress =>
  withNews(progress, [{ type: "event", event: eventOf(name, type, fields), now: 0 }]);
const shown = (progress: Progress, changes: Partial<Parameters<typeof linesOf>[1]> = {}) =>
  linesOf(progress, { columns: 60, lines: 10, now: 0, paint: plain, ...changes });

describe("the rows", () => {
  test("are those that the command is about and that are not yet as they are to be", () => {
    const rows = (goal: Goal, ...names: string[]) =>
      [...begin(goal, names, list).rows].flatMap(([key, { awaited }]) => (awaited ? [key] : []));
    expect(rows("start", "all")).toEqual(["db:db", "w:a", "w:b"]);
    expect(rows("start", "w:*", "db", "web")).toEqual(["w:a", "w:b", "db:db"]);
    expect(rows("start", "*b")).toEqual(["db:db", "w:b"]);
    expect(rows("stop", "all")).toEqual(["web:web"]);
    expect(rows("roll", "web")).toEqual(["web:web"]);
    expect(rows("change")).toEqual([]);
    expect(rows("start", "nosuch", "nosuch:*")).toEqual([]);
  });

  test("tell what each waits for, and for how much longer", () => {
    let progress = begin("start", ["all"], list);
    expect(shown(progress)).toEqual([
      "db   STOPPED   not started yet",
      "w:a  STOPPED   not started yet",
      "w:b  FATAL     not started yet",
    ]);
    progress = happen(progress, "w:a", "state", { to: "STARTING", nextMs: 60_000 });
    progress = happen(progress, "w:a", "waiting", { why: "for db to be healthy" });
    progress = happen(progress, "db", "spawned", { pid: 7, nextMs: 3000 });
    progress = happen(progress, "w:b", "state", { to: "BACKOFF", why: "exit status 3", nextMs: 1000 });
    expect(shown(progress, { now: 750, columns: 80 })).toEqual([
      "db   STARTING  RUNNING in 2.3s (startsecs)",
      "w:a  waiting   for db to be healthy; given up in 59s (start_timeout)",
      "w:b  BACKOFF   exit status 3; next try in 0.3s",
    ]);
    progress = happen(progress, "db", "state", { to: "RUNNING" });
    expect(shown(progress)[0]).toBe("db   RUNNING");
  });

  test("of a stop count down to SIGKILL, and tell of what is left behind", () => {
    let progress = begin("stop", ["all"], list);
    progress = happen(progress, "web", "state", { to: "STOPPING", why: "somebody asked for it", nextMs: 10_000 });
    expect(shown(progress, { now: 3950 })).toEqual(["web  STOPPING  SIGKILL in 6.1s (stopwaitsecs)"]);
    progress = happen(progress, "web", "killed", { why: "stopwaitsecs is over" });
    expect(shown(progress)).toEqual(["web  STOPPING  has been sent SIGKILL"]);
    progress = happen(progress, "web", "orphans", { count: 2 });
    expect(shown(progress)).toEqual(["web  STOPPING  what it left behind is being ended"]);
    expect(shown(happen(progress, "web", "state", { to: "STOPPED" }))).toEqual([]);
  });

  test("are also of who is started because somebody depends on it, and of nobody else", () => {
    let progress = begin("start", ["w:a"], list);
    progress = happen(progress, "web", "state", { to: "EXITED" });
    progress = happen(progress, "db", "state", { to: "STARTING", cause: "dependency" });
    expect([...progress.rows.keys()]).toEqual(["w:a", "db:db"]);
    expect(shown(happen(progress, "db", "spawned", { nextMs: 500 }))).toEqual([
      "w:a  STOPPED   not started yet",
      "db   STARTING  RUNNING in 0.5s (startsecs)",
    ]);
    const change = happen(begin("change", [], list), "web", "state", { to: "STOPPING", nextMs: 100 });
    expect(shown(change)).toEqual(["web  STOPPING  SIGKILL in 0.1s (stopwaitsecs)"]);
  });

  test("are not of who was as it is to be before anybody looked", () => {
    const quick = withNews(begin("start", ["all"], [process("a", "RUNNING"), process("b", "STARTING")]), [
      { type: "event", event: eventOf("a", "state", { to: "STARTING" }), now: 0 },
      { type: "event", event: eventOf("a", "state", { to: "RUNNING" }), now: 0 },
      { type: "event", event: eventOf("b", "spawned", { nextMs: 1000 }), now: 0 },
    ]);
    expect(shown(quick)).toEqual(["b  STARTING  RUNNING in 1.0s (startsecs)"]);
  });

  test("count from the moment at which something happened, by the clock of the daemon", () => {
    const wall = Date.parse("2026-11-22T10:00:00Z");
    const stream = { type: "stream", serial: null, at: wall, fields: {}, json: "" };
    const spawned = { ...eventOf("db", "spawned", { nextMs: 3000 }), at: wall - 1000 };
    const progress = withNews(begin("start", ["db"], list), [
      { type: "event", event: stream, now: 500 },
      { type: "event", event: spawned, now: 600 },
    ]);
    expect(shown(progress, { now: 700 })).toEqual(["db  STARTING  RUNNING in 1.8s (startsecs)"]);
  });

  test("go when the command has told their result", () => {
    let progress = begin("start", ["all"], list);
    for (const line of ["w:a: started", "w:b: ERROR (spawn error)", "something: else"])
      progress = withNews(progress, [{ type: "line", line }]);
    expect(shown(progress)).toEqual(["db  STOPPED   not started yet"]);
  });

  test("that are waited for come first when not all fit, and the rest is counted", () => {
    const many = Array.from({ length: 30 }, (_, n) => process(`m:${String(n).padStart(2, "0")}`, "STOPPED"));
    let progress = begin("start", ["all"], many);
    for (let n = 0; n < 10; n++) progress = happen(progress, `m:0${n}`, "state", { to: "RUNNING" });
    const lines = shown(progress, { lines: 6 });
    expect(lines.map((line) => line.slice(0, 4))).toEqual(["m:10", "m:11", "m:12", "m:13", "m:14", "and "]);
    expect(lines.at(-1)).toBe("and 15 more; 10 of 30 done");
    expect(shown(progress, { lines: 0 })).toEqual([]);
  });

  test("are never longer than the terminal is wide, and have no control characters", () => {
    const long = process(`${"名".repeat(40)}:b`, "STOPPED");
    const progress = happen(begin("start", ["all"], [...list, long]), "db", "state", {
      to: "FATAL",
      why: "x\u001b[2J\n".repeat(20),
    });
    for (const columns of [10, 20, 40, 79]) {
      for (const line of shown(progress, { columns })) {
        expect(line).not.toMatch(/\p{Cc}/u);
        expect([...line].reduce((sum, char) => sum + (char > "\u1100" ? 2 : 1), 0)).toBeLessThanOrEqual(columns);
      }
    }
  });
});

describe("the block of lines", () => {
  const open = () => {
    let written = "";
    let columns = 20;
    const printed: string[] = [];
    const put = (text: string) => {
      written += text;
    };
    const out = {
      line: (text: string) => put(`${text}\n`),
      errorLine: (text: string) => put(`!${text}\n`),
      write: put,
      raw: put,
      stream: async (bytes: Uint8Array) => put(Buffer.from(bytes).toString()),
    };
    const block = new Block(
      out,
      () => columns,
      (line) => printed.push(line),
    );
    const take = () => {
      const text = written.replaceAll("\u001b", "^");
      written = "";
      return text;
    };
    const narrow = (to: number) => {
      columns = to;
    };
    return { block, take, printed, narrow };
  };

  test("is painted over itself, and not when nothing has changed", () => {
    const { block, take } = open();
    block.show(["a", "b"]);
    expect(take()).toBe("\ra^[K\nb^[K\n^[2K\r");
    block.show(["a", "b"]);
    expect(take()).toBe("");
    block.show(["c"]);
    expect(take()).toBe("^[2A\rc^[K\n^[2K\n^[2K^[1A\r");
    block.erase();
    expect(take()).toBe("^[1A\r^[2K\n^[2K^[1A\r");
    block.erase();
    expect(take()).toBe("");
  });

  test("makes room for what is printed", async () => {
    const { block, take, printed } = open();
    block.show(["a"]);
    take();
    block.line("x: started");
    block.line("y: started");
    expect([take(), printed]).toEqual(["^[1A\r^[2K\n^[2K^[1A\rx: started\ny: started\n", ["x: started", "y: started"]]);
    block.show(["a"]);
    take();
    block.errorLine("e");
    await block.stream(Buffer.from("s"));
    expect(take()).toBe("^[1A\r^[2K\n^[2K^[1A\r!e\ns");
  });

  test("knows how many lines it takes on a terminal that has become narrower", () => {
    const { block, take, narrow } = open();
    block.show(["\u001b[31m0123456789\u001b[0m", "x"]);
    take();
    narrow(4);
    block.erase();
    expect(take()).toBe(`^[4A\r${"^[2K\n".repeat(4)}^[2K^[4A\r`);
  });
});
