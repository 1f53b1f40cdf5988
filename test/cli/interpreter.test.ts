import { describe, expect, test } from "vitest";
import { parse } from "../../src/cli/interpreter.ts";
import { ctl } from "./captured.ts";

const nowhere = "unix:///nowhere.sock";

describe("a line of input", () => {
  test.each([
    ["  status  a b ", "status", "a b"],
    ["?", "help", ""],
    ["? stop", "help", "stop"],
    ["?stop", "help", "stop"],
    ["status-x", "status", "-x"],
    ["!ls", "", "!ls"],
    ["", "", ""],
  ])("%j is the command %j with %j", (line, command, argument) => {
    expect(parse(line)).toMatchObject({ command, argument });
  });

  test.each(["bogus", "STATUS", "!ls", ";", "Help"])("%s is unknown", async (line) => {
    expect(await ctl(nowhere, ` ${line} `)).toEqual({ out: `*** Unknown syntax: ${line}\n`, err: "", status: 1 });
  });

  test("may be empty", async () => {
    expect(await ctl(nowhere, "  ")).toEqual({ out: "", err: "", status: 0 });
  });
});

describe("help", () => {
  test("is a table of the commands supervisorctl has", async () => {
    const { out, status } = await ctl(nowhere, "help");
    expect(out).toBe(`
default commands (type help <topic>):
=====================================
add    exit      open  reload  restart   start   tail   
avail  fg        pid   remove  shutdown  status  update 
clear  maintail  quit  reread  signal    stop    version

`);
    expect(status).toBe(0);
  });

  test("explains a command, ours too", async () => {
    expect((await ctl(nowhere, "help avail")).out).toBe("avail\t\t\tDisplay all configured processes\n");
    expect((await ctl(nowhere, "help check")).out).toMatch(/^check \[FILE\]/);
    expect((await ctl(nowhere, "help help")).out).toContain("help <action>\tPrint help for <action>\n");
  });

  test.each(["nosuch", "EOF", "Start", "stop now"])("knows nothing of %s", async (topic) => {
    expect(await ctl(nowhere, `help ${topic}`)).toEqual({ out: `*** No help on ${topic}\n`, err: "", status: 0 });
  });
});
