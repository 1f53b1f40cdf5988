/** What hooks write: into the log of their program, and nowhere where the program's own word counts. */
import * as fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Logs } from "../../src/daemon/logs.ts";
import { Output } from "../../src/daemon/output.ts";
import { closeFd, pipe } from "../../src/system/libc.ts";
import { openMainLog } from "../../src/system/main-log.ts";

test("what a command of the program writes is in its log, and nobody takes it for the program's", async () => {
  const directory = fs.mkdtempSync(join(tmpdir(), "command-output-"));
  const common = { maxBytes: 0, backups: 0 };
  const mainLog = await openMainLog({ logfile: null, ...common, level: "info", format: "text", echo: false });
  const path = join(directory, "a.log");
  const output = new Output({
    program: "a",
    name: "a",
    channel: "stdout",
    passthrough: false,
    settings: { log: { type: "file", path }, ...common, captureMaxBytes: 100, eventsEnabled: true, syslog: false },
    context: {
      stripAnsi: false,
      childLogDir: directory,
      identifier: "x",
      logs: new Logs(mainLog),
      mainLog,
      wall: Date.now,
    },
  });
  const heard: string[] = [];
  output.onData = (bytes) => heard.push(bytes.toString());
  output.onMessage = (bytes) => heard.push(bytes.toString());
  output.lookout = (bytes) => heard.push(Buffer.from(bytes).toString());
  output.open();
  const { read, write } = pipe();
  const said: string[] = [];
  const hangUp = output.attach(read, 1, (bytes) => said.push(Buffer.from(bytes).toString()));
  const text = "READY\n<!--XSUPERVISOR:BEGIN-->x<!--XSUPERVISOR:END-->\n";
  fs.writeSync(write, text);
  closeFd(write);
  hangUp();
  await output.flush();
  expect([said.join(""), fs.readFileSync(path, "utf8"), heard]).toEqual([text, text, []]);
  await output.close();
  await mainLog.close();
  fs.rmSync(directory, { recursive: true });
});
