/** An overview of a daemon in memory: its processes, with the settings of a program that has nothing but a command. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import type { Overview, ProcessInfo } from "../../src/api/daemon.ts";
import { parseDaemonFlags } from "../../src/config/flags.ts";
import { loadConfig } from "../../src/config/load.ts";
import type { ProcessSettings } from "../../src/core/program.ts";
import { noTally } from "../../src/core/tally.ts";
import * as accounts from "../../src/system/accounts.ts";

const settings = await plainSettings();

async function plainSettings(): Promise<ProcessSettings> {
  const directory = mkdtempSync(join(tmpdir(), "overview-"));
  const file = join(directory, "s.conf");
  writeFileSync(file, "[supervisord]\n[program:cat]\ncommand=/bin/cat\n");
  const parsed = parseDaemonFlags(["-n", "-c", file]);
  const context = { env: {}, cwd: directory, accounts, hostName: hostname(), tempDir: directory };
  const loaded = parsed.type === "run" ? await loadConfig(file, parsed.flags, context) : null;
  rmSync(directory, { recursive: true });
  const found = loaded?.ok ? loaded.config.groups[0]?.processes[0] : undefined;
  if (found === undefined) throw new Error("the program list cannot be read");
  return found;
}

export function overviewOf(processes: readonly ProcessInfo[]): Overview {
  return {
    identifier: "supervisor",
    version: "0.1.0",
    state: "RUNNING",
    pid: 4711,
    now: Date.now(),
    startedAt: 1_795_311_106_000,
    own: { memoryBytes: 50_000_000, cpuPercent: null },
    container: {
      memory: { of: "container", usedBytes: 1e8, limitBytes: 1e9 },
      cpu: { of: "container", usedPercent: null, limitPercent: 200 },
      pids: null,
    },
    logTargets: [],
    processes: processes.map((info) => ({
      info,
      settings,
      outlook: { text: "keeps running", inMs: null },
      startedAt: info.start * 1000,
      endedAt: 0,
      starts: 1,
      lastEnd: null,
      cause: null,
      usage: null,
      counts: { tally: noTally, outputBytes: { stdout: 0, stderr: 0 } },
    })),
  };
}
