import { stripVTControlCharacters } from "node:util";
import { render } from "ink-testing-library";
import { createElement } from "react";
import { describe, expect, test } from "vitest";
import { asReport } from "../../src/client/report.ts";
import { still } from "../../src/tui/main.ts";
import { width } from "../../src/tui/text/cells.ts";
import { span } from "../../src/tui/text/look.ts";
import { paint } from "../../src/tui/text/paint.ts";
import { themes } from "../../src/tui/text/theme.ts";
import { App } from "../../src/tui/views/app.tsx";
import { noon, overview, program, shop } from "../helpers/overview.ts";
import { frame, propsOf } from "./frame.ts";
import { type Played, play, size } from "./state.ts";

const sizes = [
  [60, 15],
  [100, 30],
  [300, 100],
] as const;

const loki = { name: "loki", place: "http://loki:3100", failing: { why: "connection refused", since: "" } };
const fine = { name: "fine", place: "http://fine:3100", failing: null };

test("log targets that take no lines stand beside the programs, and with their reason where no program is wrong", () => {
  const header = (told: Parameters<typeof overview>) =>
    frame(play(overview(...told)))
      .slice(0, 4)
      .join("\n");
  const well = header([[program("web")], { logTargets: [loki, fine] }]);
  expect(well).toContain("▲ log target loki takes no lines");
  expect(well).toContain("\n log target loki takes no lines: http://loki:3100: connection refused");
  const both = header([shop.processes, { logTargets: [loki, { ...loki, name: "other" }] }]);
  expect(both).toContain("▲ 2 log targets take no lines");
  expect(both).toContain("FATAL: exit 3");
  expect(header([[program("web")], { logTargets: [fine] }])).not.toContain("log target");
});

describe.each(sizes)("at %i×%i", (columns, rows) => {
  test("Ink draws the shop: who runs, what is wrong and why", () => {
    const { state } = play(shop, { columns, rows });
    const ink = render(createElement(App, propsOf(state)));
    const text = stripVTControlCharacters(ink.lastFrame() ?? "");
    ink.unmount();
    for (const words of [
      "spaced shop",
      "3 running",
      "1 recovering",
      "1 failed",
      "worker_01",
      "FATAL",
      "exit 3",
      "● live",
    ])
      expect(text).toContain(words);
    if (rows < 20) return;
    for (const words of ["62% of 200%", "340M of 1.0G", "healthy", "210M", "pids 61 of 512"])
      expect(text).toContain(words);
    expect(text).toContain("log worker:worker_01");
  });

  test("no line is wider than the screen, and there are no more than its rows, whatever is shown", () => {
    const screens: Played[] = [
      play(shop, { columns, rows }),
      ...["?", ":", "K", "x", "i", "/", "p"].map((key) => play(shop, { columns, rows }).press(key)),
      ...["d", "l", "z", "m"].map((key) =>
        play(shop, { columns, rows }).press(key).lines("日本語 ".repeat(200), "x\ty\x1b[2Jz"),
      ),
      play(shop, { columns, rows }).press("l", "w", "T", "J").lines('{"a":[1,2,3]}', "long ".repeat(500)),
      play(overview([]), { columns, rows }),
      play(shop, { columns, rows }).act({ type: "lost", why: "its socket is not there", at: noon - 5000 }),
      play(overview([program("日本語".repeat(30), { state: "FATAL", why: "x".repeat(500), well: false })]), {
        columns,
        rows,
      }),
    ];
    for (const screen of screens) {
      const lines = frame(screen);
      expect(lines.length).toBeLessThanOrEqual(rows);
      for (const line of lines) expect(width(line), line).toBeLessThanOrEqual(columns);
      expect(lines.join("")).not.toMatch(/\p{Cc}/u);
    }
  });
});

test("a still is the same for the same overview, keys and clock, and has all that one may want to show", () => {
  const options = {
    size: size(160, 40),
    theme: "mono",
    overviews: [shop, { ...shop, now: noon + 1000 }],
    keys: ["home", "down", "down", "down"],
    lines: [{ id: "web:web", channel: "stderr", at: noon, text: "a line of the log" }],
    report: asReport({
      process: {
        group: "web",
        name: "web",
        state: 20,
        statename: "RUNNING",
        description: "",
        pid: 4,
        start: 1,
        stop: 0,
        now: 2,
        exitstatus: 0,
        spawnerr: "",
      },
      program: "web",
      command: "php-fpm -F",
      directory: "/srv/app",
      uid: 33,
      next: "keeps running",
      starts: 2,
      ends: [
        {
          startedAt: "2026-11-22T09:00:00Z",
          endedAt: "2026-11-22T09:01:00Z",
          signal: "SIGSEGV",
          core: true,
          memoryKb: 292_969,
        },
      ],
      living: [{ pid: 4, command: "php-fpm: master", leftBehind: false, memoryKb: 20_480, cpuPercent: 1 }],
    }),
  } as const;
  const text = still(options);
  expect(still(options)).toBe(text);
  for (const words of [
    "log web",
    "▌a line of the log",
    "php-fpm -F",
    "/srv/app",
    "SIGSEGV (core dumped), memory 286M",
    "php-fpm: master",
    "82% of 256M",
  ])
    expect(stripVTControlCharacters(text)).toContain(words);
});

describe("the table", () => {
  test("leaves out columns before it leaves out words", () => {
    const heads = [60, 80, 100, 140, 200].map(
      (columns) => frame(play(shop, { columns, rows: 30 })).find((line) => line.includes("STATE")) ?? "",
    );
    const titles = heads.map(
      (head) =>
        head
          .trim()
          .split(/\s+/)
          .filter((title) => !["REASON", "OR", "LAST", "EXIT", "…"].includes(title)).length,
    );
    expect(titles).toEqual(titles.toSorted((a, b) => a - b));
    expect(heads[0]).toContain("REASON");
    expect(heads[4]).toMatch(/NAME.*STATE.*HEALTH.*PID.*UPTIME.*STARTS.*CPU%.*MEM.*LIMIT.*REASON/);
  });

  test("has only the rows that are to be seen, of however many", () => {
    const many = overview(Array.from({ length: 300 }, (_, index) => program(`p${String(index).padStart(3, "0")}`)));
    const lines = frame(play(many, { columns: 100, rows: 30 }).press("end"));
    expect(lines.filter((line) => /p\d\d\d/.test(line)).length).toBeLessThan(20);
    expect(lines.some((line) => line.includes("p299"))).toBe(true);
  });

  test("sums what a group uses, and says how many of it run", () => {
    const line = frame(play(shop, { columns: 200, rows: 30 })).find((each) => each.includes("▾ worker")) ?? "";
    expect(line).toMatch(/2\/3 up, 1 failed, 1 recovering +3\.0 +48M/);
  });

  test("says what to do when nothing fits the filter, or there is nothing", () => {
    expect(frame(play().press("/").type("none")).join("\n")).toContain("nothing fits the filter; Esc shows all");
    expect(frame(play(overview([]))).join("\n")).toContain("there are no programs");
  });
});

describe("the rest of the screen", () => {
  test("tells since when the daemon is lost, and why", () => {
    const lost = play().act({ type: "lost", why: "nobody listens there", at: noon - 65_000 });
    expect(frame(lost)[0]).toContain("✗ lost for 1m05s: nobody listens there – trying again");
  });

  test("says so when the terminal is too small, and is there again when it is not", () => {
    const screen = play(shop, { columns: 39, rows: 8 });
    expect(frame(screen)).toEqual(["too small: 40×8 is needed, this is 39×8"]);
    screen.act({ type: "resized", size: size(40, 8) });
    expect(frame(screen)[0]).toContain("spaced shop");
  });

  test("shows a dialog above everything, whole, with what it is about", () => {
    const lines = frame(play().press("home", "space", "space", "x"));
    const box = lines.filter((line) => /[┌│└]/.test(line));
    expect(box[0]).toMatch(/┌─ Stop 2 programs\? ─+┐/);
    expect(box.some((line) => line.includes("│ cache  RUNNING"))).toBe(true);
    expect(box.at(-1)).toMatch(/└─+┘/);
  });

  test("shows every command in the help", () => {
    const text = frame(play(shop, { columns: 300, rows: 100 }).press("?")).join("\n");
    for (const words of [
      "restart, after asking",
      "send a signal",
      "lay out JSON",
      "nothing is stopped by that",
      "Ctrl-Z",
      "PageUp",
    ])
      expect(text).toContain(words);
  });

  test("has a log without a line say why there is none", () => {
    expect(frame(play()).join("\n")).toContain("nothing has been written yet");
    const mute = overview([program("mute", { logs: { stdout: false, stderr: false, stderrToStdout: false } })]);
    expect(frame(play(mute)).join("\n")).toContain("it keeps no log that could be followed");
  });

  test.each(["dark", "light", "contrast"] as const)("the theme %s has a look for each tone", (theme) => {
    const looks = (["good", "busy", "warn", "bad", "dim"] as const).map((role) =>
      paint([span("x", role)], themes[theme]),
    );
    expect(new Set(looks).size).toBe(5);
  });
});
