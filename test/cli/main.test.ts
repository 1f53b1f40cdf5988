/** The control program as a process: what needs no daemon. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { commands } from "../../src/cli/commands.ts";
import { newDirectory, root, run } from "../helpers/daemon.ts";
import { ctl } from "./captured.ts";

const program = [
  join(root, "node_modules/.bin/node"),
  "--disable-warning=ExperimentalWarning",
  join(root, "src/cli/main.ts"),
];
let directory: string;

beforeEach(() => {
  directory = newDirectory();
});

afterEach(() => rmSync(directory, { recursive: true }));

const spacectl = (...args: readonly string[]) => run([...program, ...args], { cwd: directory });

function file(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

test("-h explains the flags and every command that is ours", async () => {
  const { code, stdout, stderr } = await spacectl("-h");
  expect([code, stderr]).toEqual([0, ""]);
  for (const word of ["--configuration", "--serverurl", "check [FILE]", "--json"]) expect(stdout).toContain(word);
  for (const { name, beyond } of commands.values())
    if (beyond) expect(stdout).toMatch(new RegExp(`^${name}\\b.*\\n?.* [a-z]`, "m"));
  expect(Math.max(...stdout.split("\n").map((line) => line.length))).toBeLessThanOrEqual(120);
});

test.each([...commands.keys()])("%s --help says what it takes, without a daemon", async (name) => {
  const { out, err, status } = await ctl("unix:///nowhere.sock", `${name} --help`);
  expect([err, status]).toEqual(["", 0]);
  expect(out).toMatch(new RegExp(`^(Usage: spacectl )?${name}\\b`));
  expect(out).not.toContain("default:");
});

describe("check", () => {
  const good = "[supervisord]\n[program:a]\ncommand=/bin/cat\n";
  const bad = "[supervisord]\nnodaemon=maybe\n[program:a]\ncomand=/bin/cat\n";

  test("finds nothing wrong with a good file, though it does not say how to reach the daemon", async () => {
    const { code, stdout, stderr } = await spacectl("check", file("good.conf", good));
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toContain("good.conf: ok, 1 group with 1 process");
  });

  test("shows every error with its line, and exits with 2", async () => {
    const { code, stdout } = await spacectl("check", file("bad.conf", bad));
    expect(code).toBe(2);
    expect(stdout).toContain(
      "bad.conf:2:10: error: not a valid boolean value: 'maybe'\n    nodaemon=maybe\n             ^~~~~\n",
    );
    expect(stdout).toContain("did you mean command");
  });

  test("takes the file of -c when none is named, or the one the daemon would find", async () => {
    const path = file("given.conf", bad);
    expect((await spacectl("-c", path, "check")).stdout).toContain("given.conf:2:10");
    mkdirSync(join(directory, "etc"));
    file("etc/supervisord.conf", good);
    expect((await spacectl("check")).stdout).toMatch(/supervisord\.conf: ok/);
  });

  test("--json prints what it has found as data, with the same exit codes", async () => {
    const { code, stdout, stderr } = await spacectl("check", "--json", file("bad.conf", bad));
    expect([code, stderr]).toEqual([2, ""]);
    const at = join(directory, "bad.conf");
    expect(JSON.parse(stdout)).toEqual({
      file: at,
      ok: false,
      groups: null,
      processes: null,
      findings: [
        {
          severity: "error",
          file: at,
          line: 2,
          column: 10,
          length: 5,
          section: "supervisord",
          key: "nodaemon",
          message: "not a valid boolean value: 'maybe'",
          hint: "write true or false",
        },
        expect.objectContaining({ severity: "error", line: 3, section: "program:a", key: null }),
        expect.objectContaining({ severity: "warning", line: 4, key: "comand", hint: "did you mean command" }),
      ],
    });
    const warned = await spacectl("check", file("good.conf", `${good}x=1\n`), "--json");
    expect([warned.code, JSON.parse(warned.stdout)]).toMatchObject([
      0,
      { ok: true, groups: 1, processes: 1, findings: [{ severity: "warning", line: 4 }] },
    ]);
  });

  test("--json leaves standard output to JSON when there is no file to look at", async () => {
    expect(await ctl("unix:///nowhere.sock", "check --json")).toEqual({
      out: "",
      err: "Error: no configuration file is given, and none is where the daemon looks\n",
      status: 2,
    });
  });

  test("refuses more than one file, and explains itself", async () => {
    expect(await spacectl("check", "a", "b")).toMatchObject({
      code: 2,
      stdout: expect.stringMatching(/^error: too many arguments/),
    });
    expect(await spacectl("check", "--help")).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("Usage: spacectl check"),
    });
  });
});

test("-c with an empty name says that there is no file, and none is looked for", async () => {
  file("supervisord.conf", "[supervisorctl]\nserverurl=unix:///found.sock\n");
  expect((await spacectl("pid")).stdout).toBe("unix:///found.sock no such file\n");
  expect((await spacectl("-c", "", "pid")).stdout).toBe("http://localhost:9001 refused connection\n");
});

describe("plugins of supervisorctl", () => {
  test("are told of when a command is unknown that may be theirs, and disturb nothing else", async () => {
    const list = file("plugins.conf", "[ctlplugin:quick]\nsupervisor.ctl_factory=quick:make\n[supervisorctl]\n");
    expect(await spacectl("-c", list, "quickstart", "a")).toEqual({
      code: 1,
      stdout: "*** Unknown syntax: quickstart a\n",
      stderr: "[ctlplugin:quick]: plugins of supervisorctl are not loaded, and their commands not known here\n",
    });
    expect(await spacectl("-c", list, "help", "pid")).toMatchObject({ code: 0, stderr: "" });
  });
});

describe("whatever happens, one line is told and no stack", () => {
  test.each([
    ["a full disk", "status >/dev/full", 1, "error: cannot write the output: ENOSPC\n"],
    [
      "a file that is a directory",
      "-c . status",
      2,
      "Error: could not read config file .\nFor help, use spacectl -h\n",
    ],
  ])("%s", async (_what, args, code, stderr) => {
    const line = `${program.join(" ")} -s unix:///nowhere.sock ${args}`;
    expect(await run(["/bin/sh", "-c", line], { cwd: directory })).toEqual({ code, stdout: "", stderr });
  });

  test("a closed standard output is no error", async () => {
    const line = `${program.join(" ")} help | true`;
    expect(await run(["bash", "-o", "pipefail", "-c", line], { cwd: directory })).toEqual({
      code: 0,
      stdout: "",
      stderr: "",
    });
  });

  test("bytes that are no text are unknown commands", async () => {
    const noise = Array.from({ length: 2000 }, (_, at) => String.fromCharCode(1 + ((at * 7919) % 255))).join("");
    const { code, stderr } = await run([...program, "-s", "unix:///nowhere.sock"], { cwd: directory, input: noise });
    expect([code, stderr]).toEqual([0, ""]);
  });
});
