/** Logs for tests, in a folder of its own for each test; both are gone when it ends. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach } from "vitest";
import { LogFile } from "../../src/system/log-file.ts";

const open: LogFile[] = [];
/** What the logs of this test have reported. */
export let messages: string[] = [];
/** Of this test. */
export let directory: string;

/** To be called once in a file of tests. */
export function prepareLogs(): void {
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "logs-"));
    messages = [];
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((log) => log.close(200)));
    rmSync(directory, { recursive: true, force: true });
  });
}

export const at = (name: string): string => join(directory, name);

export function openLog(path: string, maxBytes = 0, backups = 0): LogFile {
  const log = new LogFile({ path, maxBytes, backups, report: (message) => messages.push(message) });
  open.push(log);
  return log;
}

export async function put(log: LogFile, text: string): Promise<void> {
  log.write(Buffer.from(text));
  await log.flush();
}
