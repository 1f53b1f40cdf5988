/** Real files, real inotify. Folders are made and changed by a shell, as programs and people do it. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import { type Watching, watchPaths } from "../../src/system/watch.ts";
import { ignores } from "../../src/system/watch-ignore.ts";
import { until } from "../helpers/until.ts";

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

async function watching(paths: readonly string[], setUp: string, globs: readonly string[] = []) {
  const directory = mkdtempSync(join(tmpdir(), "watch-"));
  const sh = (script: string) => void execFileSync("/bin/bash", ["-ec", script], { cwd: directory });
  sh(setUp);
  const seen = new Set<string>();
  const isIgnored = ignores(globs);
  const watch: Watching = watchPaths({
    paths: paths.map((path) => join(directory, path)),
    below: { ignored: isIgnored },
    changed: (path) => seen.add(path.slice(directory.length + 1)),
    warn: (message) => seen.add(message),
  });
  ends.push(() => {
    watch.close();
    rmSync(directory, { recursive: true, force: true });
  });
  return {
    /** What is seen of a script, at least `expected`. */
    async sees(script: string, ...expected: string[]) {
      await watch.settled();
      seen.clear();
      sh(script);
      await until(`${expected} of ${script}`, () => expected.every((path) => seen.has(path)), 3000).catch((error) => {
        throw new Error(`${error.message}; seen: ${[...seen]}`);
      });
    },
    async seesNothing(script: string) {
      await watch.settled();
      await delay(120);
      seen.clear();
      sh(script);
      await delay(120);
      expect([...seen]).toEqual([]);
    },
  };
}

/** As the kubelet changes a ConfigMap. */
const configMap = (next: number) =>
  `mkdir ..${next}; echo ${next} > ..${next}/a; ln -s ..${next} ..data_tmp; mv -T ..data_tmp ..data; rm -r ..$((${next}-1))`;

describe("a file", () => {
  test("is followed through writes, replacements and absence", async () => {
    const w = await watching(["a"], "echo one > a");
    await w.sees("echo two >> a", "a");
    await w.sees("echo three > b; mv b a", "a");
    await w.sees("echo four >> a", "a");
    await w.sees("mv a a~; echo five > a", "a");
    await w.sees("rm a", "a");
    await w.sees("echo six > a", "a");
    await w.seesNothing("echo other > c; cat a");
  });

  test("may come with the folders that it is in", async () => {
    const w = await watching(["p/q/a"], "true");
    await w.seesNothing("mkdir p");
    await w.sees("mkdir p/q; echo one > p/q/a", "p/q/a");
    await w.sees("rm -r p", "p/q/a");
    await w.sees("mkdir -p p/q; echo two > p/q/a", "p/q/a");
    await w.sees("echo three >> p/q/a", "p/q/a");
  });

  test("of a ConfigMap is seen to change when ..data is", async () => {
    const w = await watching(["a"], "mkdir ..1; echo 1 > ..1/a; ln -s ..1 ..data; ln -s ..data/a a");
    await w.sees(configMap(2), "a");
    await w.sees(configMap(3), "a");
  });
});

describe("a folder", () => {
  test("is watched with all that is in it, also after it was replaced", async () => {
    const w = await watching(["s"], "mkdir -p s/t; echo one > s/t/a");
    await w.sees("echo two >> s/t/a", "s/t/a");
    await w.sees("mkdir s/u; echo one > s/u/b", "s/u/b");
    await w.sees("echo two >> s/u/b; rm s/t/a", "s/u/b", "s/t/a");
    await w.sees("rm -r s; mkdir s; echo one > s/c", "s");
    await w.sees("echo two >> s/c", "s/c");
    await w.seesNothing("mkdir s/empty");
  });

  test("may be a link that is set to another one: a release", async () => {
    const w = await watching(["current"], "mkdir -p 1 2; echo one > 1/a; echo two > 2/a; ln -s 1 current");
    await w.sees("echo more >> 1/a", "1/a");
    await w.sees("ln -sfn 2 current", "current");
    await w.sees("echo more >> 2/a", "2/a");
    await w.sees("ln -s 1 next; mv -T next current", "current");
    await w.seesNothing("echo more >> 2/a");
  });

  test("that holds a circle of links is watched once", async () => {
    const w = await watching(["s"], "mkdir s; ln -s . s/again; ln -s /proc s/proc; echo one > s/a");
    await w.sees("echo two >> s/a", "s/a");
  });

  test("is watched but for what is ignored by default, and by globs of names and paths", async () => {
    const made = "mkdir -p .git node_modules/x src/cache build/out; echo > src/a.js";
    const w = await watching(["."], made, ["*.log", "cache/", "build/**"]);
    await w.seesNothing(
      "echo > .git/HEAD; echo > node_modules/x/y; echo > src/.a.js.swp; echo > src/b.log; echo > src/cache/c; echo > build/out/d",
    );
    await w.sees("echo > src/a.js", "src/a.js");
  });
});

test("what is ignored below one path counts below another", () => {
  const isIgnored = ignores([]);
  expect(isIgnored("/app/vendor/x", "/app")).toBe(true);
  expect(isIgnored("/app/vendor/x", "/app/vendor")).toBe(false);
});

test.each([
  ["*.log", "/r/a/b.log", true],
  ["*.log", "/r/.cache.log", true],
  ["*.log", "/r/a.log/b", true],
  ["*.log", "/r/a.logs", false],
  ["tmp", "/r/a/tmp/b", true],
  ["a/tmp", "/r/a/tmp/b", true],
  ["a/tmp", "/r/b/a/tmp/b", false],
  ["./a/tmp", "/r/a/tmp", true],
  ["a/*/c", "/r/a/b/c", true],
  ["a/**/c", "/r/a/b/b/c/d", true],
  ["a/**/c", "/r/a/c", true],
  ["**/c", "/r/c", true],
  ["a/**", "/r/a", false],
  ["a/**", "/r/a/b", true],
  ["/r/a/*", "/r/a/b", true],
  ["/a/*", "/r/a/b", false],
  ["[ab]?", "/r/b1", true],
  ["[!ab]?", "/r/b1", false],
])("watch_ignore=%s of %s is %s", (glob, path, expected) => {
  expect(ignores([glob])(path, "/r")).toBe(expected);
});

test.runIf(process.getuid?.() === 0)("without inotify watches left, it looks for itself and says so", async () => {
  const directory = mkdtempSync(join(tmpdir(), "watch-"));
  ends.push(() => rmSync(directory, { recursive: true, force: true }));
  const script = `
    import { mkdirSync, writeFileSync } from "node:fs";
    import { watchPaths } from "./src/system/watch.ts";
    for (let i = 0; i < 9; i++) mkdirSync("${directory}/" + i);
    const begin = performance.now();
    const watch = watchPaths({ paths: ["${directory}"], below: { ignored: () => false }, warn: (text) => console.log(text),
      changed: (path) => { console.log("changed", path); watch.close(); clearInterval(timer); } });
    const timer = setInterval(() => writeFileSync("${directory}/3/x", String(performance.now() - begin)), 300);
  `;
  const limited = `echo 6 > /proc/sys/user/max_inotify_watches && exec "$0" --input-type=module -e "$1"`;
  const words = ["--user", "--map-root-user", "sh", "-c", limited, process.execPath, script];
  const said = execFileSync("unshare", words, { cwd: new URL("../..", import.meta.url).pathname, timeout: 15_000 });
  expect(said.toString()).toBe(
    `cannot be told of changes of ${directory}: fs.inotify.max_user_watches is reached; looking for them every 2s instead\n` +
      `changed ${directory}/3/x\n`,
  );
});
