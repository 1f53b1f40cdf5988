import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ChannelSettings } from "../../src/core/program.ts";
import { Logs } from "../../src/daemon/logs.ts";
import { Output, type OutputContext } from "../../src/daemon/output.ts";
import { closeFd, pipe } from "../../src/system/libc.ts";
import { type MainLog, openMainLog } from "../../src/system/main-log.ts";
import { until } from "../helpers/until.ts";

let directory: string;
let mainLog: MainLog;
let context: OutputContext;
const children: ChildProcess[] = [];
const outputs: Output[] = [];

beforeEach(async () => {
  directory = fs.mkdtempSync(join(tmpdir(), "output-"));
  await configure();
});
afterEach(async () => {
  for (const { pid } of children.splice(0)) killGroup(pid as number);
  await Promise.all(outputs.splice(0).map((output) => output.close()));
  await mainLog.close();
  fs.rmSync(directory, { recursive: true, force: true });
});

async function configure(): Promise<void> {
  mainLog = await openMainLog({
    logfile: at("s.log"),
    maxBytes: 0,
    backups: 0,
    level: "info",
    format: "text",
    echo: false,
  });
  const logs = new Logs(mainLog);
  context = { stripAnsi: false, childLogDir: directory, identifier: "farm", logs, mainLog, wall: Date.now };
}

const at = (name: string) => join(directory, name);
const read = (name: string) => fs.readFileSync(at(name), "latin1");

interface Wanted extends Partial<ChannelSettings> {
  readonly name?: string;
}

function makeOutput({ name = "a", ...settings }: Wanted = {}): Output {
  const output = new Output({
    program: name,
    name,
    channel: "stdout",
    passthrough: false,
    settings: {
      log: { type: "file", path: at("a.log") },
      maxBytes: 0,
      backups: 0,
      captureMaxBytes: 0,
      eventsEnabled: false,
      syslog: false,
      ...settings,
    },
    context,
  });
  outputs.push(output);
  return output;
}

/** A child and its descendants. */
function killGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // They have gone already.
  }
}

const hangUps = new WeakMap<ChildProcess, () => void>();
const exited = (child: ChildProcess): void => hangUps.get(child)?.();

/** Starts a child whose stdout is attached. */
function start(output: Output, command: string, ...args: string[]): ChildProcess {
  output.open();
  const { read: fd, write } = pipe();
  const child = spawn("/bin/sh", ["-c", command, "sh", ...args], { stdio: ["pipe", write, "ignore"], detached: true });
  children.push(child);
  closeFd(write);
  hangUps.set(child, output.attach(fd, child.pid as number));
  return child;
}

async function run(output: Output, command: string): Promise<void> {
  const child = start(output, command);
  await once(child, "exit");
  exited(child);
}

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
    await run(makeOutput({ format: "text" }), "printf '\\033[31mred\\033[0m\\n'");
    context = { ...context, stripAnsi: true };
    const stripped = makeOutput({ format: "text" });
    await run(stripped, "printf '\\033[31mre'; sleep 0.05; printf 'd\\033[0m\\n'");
    await Promise.all(outputs.map((output) => output.flush()));
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
