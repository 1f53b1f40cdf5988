import { describe, expect, test } from "vitest";
import { changed, settle, unchanged, type Watch } from "../../src/core/watch.ts";

/** A program that is restarted by its watch, with a clock that is turned by hand; each start takes a second. */
function world(debounceMs = 300) {
  let watch: Watch = unchanged;
  let now = 100_000;
  let startedAt = 0;
  const actions: string[] = [];
  const settled = (until: number) => {
    while (watch.due !== null && watch.due <= until) {
      now = Math.max(now, watch.due);
      const [next, action] = settle(watch);
      watch = next;
      if (action === null) continue;
      actions.push(`${action.type}@${now}`);
      if (action.type === "restart") startedAt = now + 1000;
    }
  };
  return {
    after(ms: number) {
      settled(now + ms);
      now += ms;
    },
    change(path = "/app/a") {
      watch = changed(watch, path, debounceMs, startedAt, now);
    },
    actions,
    watch: () => watch,
    now: () => now,
  };
}

describe("a change", () => {
  test("is a restart when all has been quiet for watch_debounce", () => {
    const w = world();
    w.change();
    w.after(200);
    w.change("/app/b");
    w.after(299);
    expect(w.actions).toEqual([]);
    w.after(1);
    expect(w.actions).toEqual(["restart@100500"]);
    expect(w.watch()).toMatchObject({ state: "quiet", due: null });
  });

  test("names the path that changed first", () => {
    let watch = changed(unchanged, "/app/a", 300, 0, 100_000);
    watch = changed(watch, "/app/b", 300, 0, 100_100);
    expect(settle(watch)[1]).toEqual({ type: "restart", path: "/app/a" });
  });

  test("that never ends is a restart all the same, after half a minute", () => {
    const w = world();
    for (let i = 0; i < 310; i++) {
      w.change();
      w.after(100);
    }
    expect(w.actions).toEqual(["restart@130000"]);
  });

  test("with a long watch_debounce waits for all of it", () => {
    const w = world(60_000);
    w.change();
    w.after(59_999);
    expect(w.actions).toEqual([]);
    w.after(1);
    expect(w.actions).toHaveLength(1);
  });
});

describe("a program that changes its own files at each start", () => {
  const loop = () => {
    const w = world();
    for (let i = 0; i < 20; i++) {
      w.change();
      w.after(2000);
    }
    return w;
  };

  test("is restarted ten times, and then its watch is paused", () => {
    const w = loop();
    expect(w.actions.map((each) => each.split("@")[0])).toEqual([...Array(10).fill("restart"), "pause"]);
  });

  test("is watched again when all has been quiet for a minute", () => {
    const w = loop();
    w.after(57_000);
    w.change();
    w.after(59_999);
    expect(w.watch().state).toBe("paused");
    w.after(1);
    expect(w.actions.at(-1)).toMatch(/^resume/);
    w.change();
    w.after(300);
    expect(w.actions.at(-1)).toMatch(/^restart/);
  });
});

test("somebody who saves a file every quarter of a minute is never taken for that", () => {
  const w = world();
  for (let i = 0; i < 50; i++) {
    w.change();
    w.after(15_000);
  }
  expect(w.actions).toHaveLength(50);
});
