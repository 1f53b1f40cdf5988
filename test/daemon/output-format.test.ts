import { once } from "node:events";
import { describe, expect, test } from "vitest";
import { until } from "../helpers/until.ts";
import { adjust, exited, makeOutput, read, run, start } from "./output-world.ts";

describe("log_format", () => {
  test("stamps each line, where reads cut them and the child leaves one unfinished too; events get the bytes", async () => {
    const output = makeOutput({ name: "web_00", format: "json" });
    let heard = "";
    output.onData = (bytes) => {
      heard += bytes.toString();
    };
    await run(output, "printf 'on'; sleep 0.05; printf 'e\\n\\303'; sleep 0.05; printf '\\251\\nlast'");
    await run(output, "printf 'next\\377'");
    await output.flush();
    const lines = read("a.log").trimEnd().split("\n");
    const entries = lines.map((line) => JSON.parse(Buffer.from(line, "latin1").toString()));
    expect(entries.map(({ message }) => message)).toEqual(["one", "é", "last", "next\\xff"]);
    for (const { time, program, process, stream } of entries) {
      expect([program, process, stream]).toEqual(["web_00", "web_00", "stdout"]);
      expect(Math.abs(Date.parse(time) - Date.now())).toBeLessThan(10_000);
    }
    expect(Buffer.from(heard).toString("latin1")).toContain("one\n");
    expect(heard.endsWith("next\ufffd")).toBe(true);
  });

  test("goes without escape sequences where strip_ansi=true, and keeps them elsewhere", async () => {
    const plain = makeOutput({ format: "text" });
    await run(plain, "printf '\\033[31mred\\033[0m\\n'");
    adjust({ stripAnsi: true });
    const stripped = makeOutput({ format: "text" });
    await run(stripped, "printf '\\033[31mre'; sleep 0.05; printf 'd\\033[0m\\n'");
    await Promise.all([plain, stripped].map((output) => output.flush()));
    const shown = read("a.log")
      .split("\n")
      .map((line) => line.replace(/^.* \| /, ""));
    expect(shown).toEqual(["\x1b[31mred\x1b[0m", "red", ""]);
  });

  test("loses no line of a flood and mixes none of two processes that share a log", async () => {
    const both = ["a", "b"].map((name) => makeOutput({ name, format: "text" }));
    await Promise.all(both.map((output) => run(output, "seq 100001 160000")));
    await Promise.all(both.map((output) => output.flush()));
    const lines = read("a.log").trimEnd().split("\n");
    expect(lines).toHaveLength(120_000);
    for (const name of ["a", "b"]) {
      const own = lines.filter((line) => line.includes(`Z ${name} stdout | `)).map((line) => line.slice(-6));
      expect(own).toEqual(Array.from({ length: 60_000 }, (_, n) => String(100_001 + n)));
    }
  });

  test("can change while the child runs; a line that is unfinished then is ended", async () => {
    const output = makeOutput();
    const child = start(output, "echo one; printf two; read x; echo three; read x; printf four");
    await until("it has begun", () => read("a.log") === "one\ntwo");
    output.configure({ ...output.settings, format: "text" });
    child.stdin?.write("\n");
    await until("it goes on", () => read("a.log").endsWith("stdout | three\n"));
    output.configure(makeOutput().settings);
    child.stdin?.write("\n");
    await once(child, "exit");
    exited(child);
    await output.flush();
    expect(read("a.log")).toMatch(/^one\ntwo\S+Z a stdout \| three\nfour$/);
  });
});
