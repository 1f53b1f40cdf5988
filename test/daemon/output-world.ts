/** Outputs with real children and logs in a folder, for the tests of one file; all of it is gone after each. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach } from "vitest";
import type { ChannelSettings } from "../../src/core/program.ts";
import { Logs } from "../../src/daemon/logs.ts";
import { Output, type OutputContext } from "../../src/daemon/output.ts";
import { closeFd, pipe } from "../../src/system/libc.ts";
import type { MainLog, MainLogOptions } from "../../src/system/main-log.ts";
import { mainLogIn } from "../helpers/main-log.ts";

export interface Wanted extends Partial<ChannelSettings> {
  readonly name?: string;
  readonly passthrough?: boolean;
}

export let directory: string;
export let mainLog: MainLog;
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

export async function configure(log: Partial<MainLogOptions> = {}, more: Partial<OutputContext> = {}): Promise<void> {
  mainLog = await mainLogIn(at("s.log"), log);
  const logs = new Logs(mainLog);
  context = { stripAnsi: false, childLogDir: directory, identifier: "farm", logs, mainLog, wall: Date.now, ...more };
}

/** For outputs that are made from now on. */
export function adjust(more: Partial<OutputContext>): void {
  context = { ...context, ...more };
}

export const at = (name: string) => join(directory, name);
export const read = (name: string) => fs.readFileSync(at(name), "latin1");

export function makeOutput({ name = "a", passthrough = false, ...settings }: Wanted = {}): Output {
  const output = new Output({
    program: name,
    name,
    channel: "stdout",
    passthrough,
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
export const exited = (child: ChildProcess): void => hangUps.get(child)?.();

/** Starts a child whose stdout is attached. */
export function start(output: Output, command: string, ...args: string[]): ChildProcess {
  output.open();
  const { read: fd, write } = pipe();
  const child = spawn("/bin/sh", ["-c", command, "sh", ...args], { stdio: ["pipe", write, "ignore"], detached: true });
  children.push(child);
  closeFd(write);
  hangUps.set(child, output.attach(fd, child.pid as number));
  return child;
}

export async function run(output: Output, command: string): Promise<void> {
  const child = start(output, command);
  await once(child, "exit");
  exited(child);
}
