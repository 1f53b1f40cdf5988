import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readHistory, writeHistory } from "../../src/cli/history.ts";
import { newDirectory } from "../helpers/daemon.ts";

describe("the history of the shell", () => {
  let directory: string;
  let file: string;

  beforeEach(() => {
    directory = newDirectory();
    file = join(directory, "history");
  });

  afterEach(() => rmSync(directory, { recursive: true }));

  test("is kept as lines, the oldest first, for its owner's eyes", () => {
    writeHistory(file, ["newest", "older"]);
    expect(readFileSync(file, "utf8")).toBe("older\nnewest\n");
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readHistory(file)).toEqual(["newest", "older"]);
  });

  test("is empty when there is none, when it cannot be read and when it is absurdly large", () => {
    expect(readHistory(null)).toEqual([]);
    expect(readHistory(file)).toEqual([]);
    mkdirSync(file);
    expect(readHistory(file)).toEqual([]);
    rmSync(file, { recursive: true });
    writeFileSync(file, Buffer.alloc(5 * 1024 * 1024, "x"));
    expect(readHistory(file)).toEqual([]);
  });

  test("is done without where it cannot be written", () => {
    mkdirSync(file);
    expect(() => writeHistory(file, ["x"])).not.toThrow();
    expect(() => writeHistory(null, ["x"])).not.toThrow();
  });
});
