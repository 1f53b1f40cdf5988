import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { Pattern } from "../../src/system/pattern.ts";

test("finds in any of the lines, or does not", () => {
  const pattern = new Pattern("^ready on \\d+$");
  expect(pattern.findsIn(["no", "ready on 80"])).toBe(true);
  expect(pattern.findsIn(["not ready on 80"])).toBe(false);
  expect(pattern.findsIn([])).toBe(false);
});

test("one that would take for ever is stopped, and works on what is easy", () => {
  const pattern = new Pattern("^(([a-z])+.)+[A-Z]([a-z])+$");
  const before = performance.now();
  expect(pattern.findsIn(["a".repeat(2048)])).toBeNull();
  expect(performance.now() - before).toBeLessThan(500);
  expect(pattern.findsIn(["ab.Cd"])).toBe(true);
});

test("a mistake in it is an error at once", () => {
  expect(() => new Pattern("(")).toThrow(SyntaxError);
});

test("time in which the machine does something else does not count", async () => {
  // Looks again and again for a second at what takes some milliseconds, and is paused for longer than it may take.
  const script = `import(${JSON.stringify(fileURLToPath(new URL("../../src/system/pattern.ts", import.meta.url)))}).then(({ Pattern }) => {
    const pattern = new Pattern("^(a?){14}a{14}$");
    const missed = [];
    process.stdout.write("ready");
    for (const end = performance.now() + 1000; performance.now() < end; ) missed.push(pattern.findsIn(["a".repeat(14)]));
    process.exitCode = missed.every((found) => found === true) ? 0 : 1;
  })`;
  const looker = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] });
  await new Promise((resolve) => looker.stdout.once("data", resolve));
  let paused = false;
  const pauses = setInterval(() => {
    paused = !paused;
    looker.kill(paused ? "SIGSTOP" : "SIGCONT");
  }, 50);
  const code = await new Promise((resolve) => looker.once("exit", resolve));
  clearInterval(pauses);
  expect(code).toBe(0);
});
