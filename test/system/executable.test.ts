import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { findExecutable } from "../../src/system/executable.ts";

const folder = mkdtempSync(join(tmpdir(), "executable-"));
mkdirSync(join(folder, "a"));
mkdirSync(join(folder, "b"));
for (const [name, mode] of [
  ["a/tool", 0o644],
  ["b/tool", 0o755],
  ["b/only", 0o755],
] as const) {
  writeFileSync(join(folder, name), "#!/bin/sh\n");
  chmodSync(join(folder, name), mode);
}

test("a command with a slash is taken as given", () => {
  expect(findExecutable(`${folder}/b/tool 'two words' a\\ b`, "")).toEqual({
    ok: true,
    file: `${folder}/b/tool`,
    argv: [`${folder}/b/tool`, "two words", "a b"],
  });
});

test("otherwise the first existing entry on PATH wins, executable or not, and argv[0] stays as written", () => {
  const path = `${folder}/none:${folder}/a/:${folder}/b`;
  expect(findExecutable("only x", path)).toEqual({ ok: true, file: `${folder}/b/only`, argv: ["only", "x"] });
  expect(findExecutable("tool", path)).toEqual({
    ok: false,
    fault: "NOT_EXECUTABLE",
    why: `command at '${folder}/a/tool' is not executable`,
  });
});

test.each([
  ["/no/such/thing", "NO_FILE", "can't find command '/no/such/thing'"],
  ["nosuchcmd --flag", "NO_FILE", "can't find command 'nosuchcmd'"],
  ["/etc/passwd/x", "NO_FILE", "can't find command '/etc/passwd/x'"],
  ["/etc", "NOT_EXECUTABLE", "command at '/etc' is a directory"],
  ["/etc/passwd", "NOT_EXECUTABLE", "command at '/etc/passwd' is not executable"],
  ['sh -c "open', "NOT_EXECUTABLE", "can't parse command 'sh -c \"open': No closing quotation"],
  ["sh -c 'it", "NOT_EXECUTABLE", "can't parse command \"sh -c 'it\": No closing quotation"],
  ["sh \\", "NOT_EXECUTABLE", "can't parse command 'sh \\\\': No escaped character"],
  ["", "NOT_EXECUTABLE", "command is empty"],
  ["  \n ", "NOT_EXECUTABLE", "command is empty"],
])("%j is refused in the reference's words", (command, fault, why) => {
  expect(findExecutable(command, "/usr/bin:/bin")).toEqual({ ok: false, fault, why });
});

test("a long command is split once, a broken one as well", () => {
  const time = (command: string) => {
    const began = performance.now();
    const found = findExecutable(command, "/bin");
    return { ms: performance.now() - began, found };
  };
  const words = `echo ${"'a b' ".repeat(80_000)}`;
  const first = time(words);
  const second = time(words);
  expect(first.found).toEqual(second.found);
  expect(first.found).toMatchObject({ ok: true, file: "/bin/echo" });
  expect(first.found.ok && first.found.argv.length).toBe(80_001);
  expect(second.ms).toBeLessThan(first.ms / 5);
  const broken = `${words}'`;
  expect(time(broken).found).toEqual(time(broken).found);
  expect(time(broken).found).toMatchObject({ ok: false, why: expect.stringContaining("No closing quotation") });
  // More than is remembered.
  for (let n = 0; n < 20; n++) expect(time(`${n} ${"x".repeat(500_000)}`).found.ok).toBe(false);
  expect(time(words).found).toEqual(first.found);
});
