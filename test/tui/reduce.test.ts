import { describe, expect, test } from "vitest";
import { bindingsOf, complaintsOf } from "../../src/tui/state/bindings.ts";
import { type CommandRow, commands } from "../../src/tui/state/commands.ts";
import { rowsOf } from "../../src/tui/state/rows.ts";
import type { PaneName } from "../../src/tui/state/state.ts";
import { logWish, reportWish } from "../../src/tui/state/wants.ts";
import { MB, noon, overview, program, shop } from "../helpers/overview.ts";
import { type Played, play, size } from "./state.ts";

const ids = (screen: Played) => screen.effects.flatMap((effect) => (effect.type === "request" ? [effect.request] : []));

describe("asking programs", () => {
  test("a start is begun at once, for what is selected", () => {
    const screen = play().press("s");
    expect(ids(screen)).toEqual([{ type: "start", ids: ["worker:worker_01"] }]);
    expect(screen.state.message?.text).toBe("starting worker:worker_01 …");
  });

  test.each([
    ["x", "stop", "Stop worker:worker_01?"],
    ["r", "restart", "Restart worker:worker_01?"],
    ["C", "clear", "Empty the logs of worker:worker_01?"],
  ])("%s asks first, and nothing happens without a yes", (key, type, question) => {
    const screen = play().press(key);
    expect(screen.state.dialog).toMatchObject({ type: "confirm", question });
    expect(screen.press("x", "j", "q").effects).toEqual([]);
    expect(screen.state.dialog).toBe(null);
    expect(ids(screen.press(key, "y"))).toEqual([{ type, ids: ["worker:worker_01"] }]);
  });

  test("a whole group is asked on its row, and several at once when they are marked", () => {
    const group = play().press("left", "r", "enter");
    expect(ids(group)).toEqual([
      { type: "restart", ids: ["worker:worker_00", "worker:worker_01", "worker:worker_02"] },
    ]);
    const marked = play().press("home", "space", "down", "space", "x");
    expect(marked.state.dialog).toMatchObject({
      question: "Stop 2 programs?",
      lines: ["cache  RUNNING", "migrate  EXITED"],
    });
    expect(ids(marked.press("y"))).toEqual([{ type: "stop", ids: ["cache:cache", "migrate:migrate"] }]);
    expect(marked.state.table.marked.size).toBe(0);
  });

  test("all that are shown are marked by one key, and unmarked by it", () => {
    const screen = play().press("/").type("worker").press("enter", "a");
    expect([...screen.state.table.marked]).toEqual(["worker:worker_00", "worker:worker_01", "worker:worker_02"]);
    expect(screen.press("a").state.table.marked.size).toBe(0);
  });

  test("Escape and a key that came as one are those two, in a dialog too, unless Alt is bound", () => {
    const screen = play().press("home", "space", "alt-x");
    expect(screen.state.table.marked.size).toBe(0);
    expect(screen.state.dialog).toMatchObject({ type: "confirm", question: "Stop mailer?" });
    expect(screen.press("alt-:").state.dialog?.type).toBe("palette");
    expect(screen.effects).toEqual([]);
    const bound = play(shop, { keys: { stop: ["alt-x"] } }).press("home", "space", "alt-x");
    expect(bound.state.dialog).toMatchObject({ question: "Stop cache?" });
  });

  test("a signal is chosen from a menu, by its letter or with the arrows", () => {
    expect(ids(play().press("K", "k", "u", "enter"))).toEqual([
      { type: "signal", signal: "USR1", ids: ["worker:worker_01"] },
    ]);
    expect(ids(play().press("K", "u", "u", "enter"))).toMatchObject([{ signal: "USR2" }]);
    expect(ids(play().press("K", "down", "down", "up", "enter"))).toMatchObject([{ signal: "USR1" }]);
    expect(play().press("K", "esc").effects).toEqual([]);
  });

  test("a line for the standard input is typed, corrected and sent", () => {
    const screen = play()
      .press("i")
      .type("helo world")
      .press("home", "right", "right", "right")
      .type("l")
      .press("end", "backspace", "d", "enter");
    expect(ids(screen)).toEqual([{ type: "stdin", text: "hello world\n", ids: ["worker:worker_01"] }]);
    const words = play().press("i").type("one two three").press("alt-b", "alt-b", "alt-d", "alt-f", "alt-backspace");
    expect(words.state.dialog).toMatchObject({ input: { text: "one  ", cursor: 5 } });
    const pasted = play().press("i").act({ type: "paste", text: "two\nlines", at: noon }).press("enter");
    expect(ids(pasted)).toMatchObject([{ text: "two lines\n" }]);
  });

  test("another number of copies is typed over the one there is, and must be one", () => {
    const screen = play().press("+");
    expect(screen.state.dialog).toMatchObject({ type: "prompt", label: "copies of worker", input: { text: "3" } });
    screen.press("backspace").type("5").press("enter");
    expect(screen.effects).toEqual([{ type: "scale", job: 1, program: "worker", copies: 5 }]);
    expect(screen.state).toMatchObject({ dialog: null, jobs: [{ title: "scaling worker to 5" }] });
    for (const wrong of ["", "0", "many", "-1", "1.5"]) {
      const refused = play().press("+", "ctrl-u").type(wrong).press("enter");
      expect(refused.effects).toEqual([]);
      expect(refused.state.dialog).toBe(null);
    }
    expect(play().press("+", "esc").effects).toEqual([]);
  });

  test("work is shown until it is done, then what came of it", () => {
    const screen = play().press("home", "a", "s");
    const [job] = screen.state.jobs;
    expect(job).toMatchObject({ title: "starting 7 programs", total: 7, done: 0 });
    screen.act({ type: "progress", job: job?.id ?? 0, done: 3 });
    expect(screen.state.jobs[0]?.done).toBe(3);
    screen.act({ type: "finished", job: job?.id ?? 0, text: "started 7 programs", tone: "good", at: noon });
    expect(screen.state.jobs).toEqual([]);
    expect(screen.effects.at(-1)).toEqual({ type: "refresh" });
  });

  test("where nothing is shown nothing can be asked", () => {
    for (const key of ["s", "x", "r", "K", "C", "i"]) {
      const screen = play(overview([])).press(key);
      expect(screen.effects).toEqual([]);
      expect(screen.state.message?.tone).toBe("bad");
    }
  });

  test("quitting asks for nothing but that", () => {
    for (const key of ["q", "ctrl-c"]) expect(play().press(key).effects).toEqual([{ type: "quit" }]);
  });
});

describe("the screen", () => {
  test("panes come and go with their keys, and Escape goes back one thing at a time", () => {
    const screen = play().press("l");
    expect(screen.state.panes).toMatchObject({ log: true, focus: "log" });
    screen.press("z", "/").type("x").press("enter");
    expect([screen.state.panes.zoomed, screen.state.log.search]).toEqual([true, "x"]);
    expect(screen.press("esc").state.panes.zoomed).toBe(false);
    expect(screen.press("esc").state.log.search).toBe("");
    expect(screen.press("esc").state.panes.focus).toBe("table");
    expect(screen.press("d", "d").state.panes).toMatchObject({ detail: false, focus: "table" });
  });

  test("Tab goes through the panes that are there", () => {
    const screen = play();
    const focus = () => screen.press("tab").state.panes.focus;
    expect([focus(), focus(), focus()]).toEqual(["detail", "log", "table"]);
    expect(screen.press("shift-tab").state.panes.focus).toBe("log");
  });

  test("Enter goes to the log of a program, and folds a group", () => {
    expect(play().press("enter").state.panes.focus).toBe("log");
    const screen = play().press("left", "enter");
    expect(screen.rows()).toHaveLength(8);
  });

  test("the palette finds commands and programs by parts of their names", () => {
    expect(play().press(":").type("quit").press("enter").effects).toEqual([{ type: "quit" }]);
    expect(play().press(":").type("worker_02").press("enter").state.table.selected).toBe("worker:worker_02");
    expect(play().press(":").type("zzzz").press("enter").state.dialog).toBe(null);
    const folded = play().press("left", ":").type("worker_02").press("enter");
    expect(folded.state.table.selected).toBe("worker:worker_02");
    expect(folded.rows()).toContain("worker_02");
  });

  test("the help scrolls as far as there is something, and no further", () => {
    const screen = play(shop, { rows: 15 }).press("?", "end");
    const { dialog } = screen.state;
    const bottom = dialog?.type === "help" ? dialog.top : -1;
    expect(bottom).toBeGreaterThan(10);
    expect(screen.press("down").state.dialog).toEqual(dialog);
    expect(screen.press("home", "up").state.dialog).toMatchObject({ top: 0 });
    expect(screen.press("esc").state.dialog).toBe(null);
  });

  test("the mouse selects, marks, folds, focuses and scrolls", () => {
    const screen = play();
    const click = (x: number, y: number) => screen.act({ type: "mouse", what: "click", x, y, at: noon });
    expect(click(10, 5).state.table.selected).toBe("cache:cache");
    expect([...click(0, 6).state.table.marked]).toEqual(["mailer:mailer"]);
    click(0, 9);
    expect(screen.rows()).toHaveLength(5);
    expect(click(10, 25).state.panes.focus).toBe("log");
    screen.act({ type: "mouse", what: "wheel-up", x: 10, y: 6, at: noon });
    expect(screen.state.table.selected).toBe("mailer:mailer");
    expect(click(10, 29).state.panes.focus).toBe("log");
  });

  test("next-problem goes through all that are not as they should be", () => {
    const two = overview([...shop.processes, program("zombie", { state: "BACKOFF", well: false })]);
    const screen = play(two).press("home", "!");
    expect(screen.state.table.selected).toBe("worker:worker_01");
    expect(screen.press("!").state.table.selected).toBe("worker:worker_02");
    expect(screen.press("!").state.table.selected).toBe("zombie:zombie");
    expect(screen.press("!").state.table.selected).toBe("worker:worker_01");
    expect(play(overview([program("a")])).press("!").state.message?.text).toBe("everything is as it should be");
  });
});

describe("the daemon", () => {
  test("that does not answer is shown with what it last told, and found again", () => {
    const screen = play().act({ type: "lost", why: "nobody listens there", at: noon });
    screen.act({ type: "lost", why: "its socket is not there", at: noon + 5000 });
    expect(screen.state.connection).toEqual({ type: "lost", since: noon, why: "its socket is not there" });
    expect(screen.rows()).toHaveLength(8);
    screen.act({ type: "overview", overview: shop, at: noon + 9000 });
    expect(screen.state.connection.type).toBe("live");
    expect(screen.state.message?.text).toBe("the daemon answers again");
  });

  test("that has been restarted is a new one: what was measured before says nothing of it", () => {
    const screen = play().act({ type: "overview", overview: shop, at: noon });
    expect(screen.state.histories.processes.get("web:web")?.cpu).toHaveLength(2);
    screen.act({ type: "overview", overview: { ...shop, startedAt: noon }, at: noon });
    expect(screen.state.histories.processes.get("web:web")?.cpu).toHaveLength(1);
    expect(screen.state.message?.text).toBe("the daemon has been restarted (pid 1)");
  });

  test("is asked for no more than two minutes of history, and by what is on the screen", () => {
    const screen = play();
    for (let second = 0; second < 300; second++) screen.act({ type: "overview", overview: shop, at: noon });
    expect(screen.state.histories.processes.get("web:web")?.memory).toEqual(new Array(120).fill(210 * MB));
    expect(logWish(screen.state)).toMatchObject({
      streams: [
        { id: "worker:worker_01", channel: "stdout" },
        { id: "worker:worker_01", channel: "stderr" },
      ],
    });
    screen.press("m", "e");
    expect(logWish(screen.state).streams).toHaveLength(7);
    expect(reportWish(screen.press("z").state)).toBe(null);
    screen.act({ type: "resized", size: size(60, 15) });
    expect([logWish(screen.state).streams, reportWish(screen.state)]).toEqual([[], null]);
  });

  test("what was said a while ago goes away", () => {
    const screen = play().press("t");
    expect(screen.state.message?.text).toBe("theme light");
    expect(screen.act({ type: "overview", overview: shop, at: noon + 9000 }).state.message).toBe(null);
  });
});

describe("keys", () => {
  const rows: readonly CommandRow[] = commands;
  const bindings = bindingsOf({});

  test("each command has one, and no key means two things in the same place", () => {
    for (const { id, keys, where } of rows) {
      const places: readonly PaneName[] = where === "any" ? ["table", "detail", "log"] : [where];
      for (const key of keys) expect(places.some((place) => bindings.find(key, place) === id)).toBe(true);
    }
    const all = rows.flatMap(({ keys, where }) => keys.map((key) => `${where} ${key}`));
    expect(new Set(all).size).toBe(all.length);
  });

  test("every command does something on some screen, and harms none", () => {
    for (const { id, keys, where } of rows)
      for (const prepared of [play(), play(overview([])), play(shop, { columns: 60, rows: 15 })]) {
        const focused = where === "log" ? prepared.press("l") : prepared;
        const screen = focused.lines("one line", '{"json":true}');
        const before = screen.state;
        screen.press(keys[0] ?? "");
        const there = rowsOf(screen.state.overview, screen.state.table);
        expect(there.length === 0 || there.some((row) => row.id === screen.state.table.selected), id).toBe(true);
        if (screen.state === before) continue;
        // Whatever it was, Escape and the table are still there.
        screen.press("esc", "esc", "esc", "esc", "home");
        expect(screen.state.dialog, id).toBe(null);
      }
  });

  test("a user's key replaces those of the table, and takes itself away from others", () => {
    const mine = bindingsOf({ restart: ["ctrl-r", "x"], quit: ["f10"], pause: ["j"] });
    expect(mine.find("ctrl-r", "table")).toBe("restart");
    expect(mine.find("x", "table")).toBe("restart");
    expect(mine.find("r", "table")).toBe(null);
    expect(mine.keysOf("stop")).toEqual([]);
    expect(mine.find("q", "table")).toBe(null);
    expect([mine.find("j", "log"), mine.find("j", "table")]).toEqual(["pause", "down"]);
    const screen = play(shop, { keys: { restart: ["ctrl-r"] } }).press("ctrl-r");
    expect(screen.state.dialog?.type).toBe("confirm");
  });

  test("a key file that asks for what there is not is refused", () => {
    expect(complaintsOf({ restart: ["r", "ctrl-x", "f12", "alt-up", "ä", "shift-tab"] })).toEqual([]);
    expect(complaintsOf({ restrt: ["r"] })).toEqual([{ text: "there is no command restrt", word: "restrt" }]);
    expect(complaintsOf({ quit: ["f13", "control-q", ""] }).map(({ text }) => text)).toEqual([
      'quit: there is no key "f13"',
      'quit: there is no key "control-q"',
      'quit: there is no key ""',
    ]);
  });
});
