/**
 * Runs the freshly built daemon and its control program once, so that V8 compiles what a normal start,
 * a few commands and a normal end need: that is what the code cache will hold.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

const programList = `[unix_http_server]
file=%(here)s/s.sock
[supervisord]
logfile=%(here)s/s.log
pidfile=%(here)s/s.pid
childlogdir=%(here)s
[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
[supervisorctl]
serverurl=unix://%(here)s/s.sock
[program:crashing]
command=/bin/sh -c 'echo out; exit 1'
[program:steady]
command=/bin/sh -c 'echo out; echo err >&2; exec sleep 100'
numprocs=2
process_name=%(program_name)s_%(process_num)d
startsecs=0
`;

const commands = [
  "status",
  "status steady:steady_0",
  "pid",
  "tail steady:steady_0",
  "restart steady:steady_0",
  "stop all",
  "start steady:*",
  "update",
  "version",
];

const limitMs = 20_000;

/** Both scripts take the programs' own arguments. Rejects when anything does not work here. */
export async function rehearse(daemonScript: string, controlScript: string): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "spaced-build-"));
  const file = join(directory, "s.conf");
  writeFileSync(file, programList);
  const deadline = AbortSignal.timeout(limitMs);
  const node = (script: string, ...words: string[]) =>
    spawn(process.execPath, ["--disable-warning=ExperimentalWarning", script, "-c", file, ...words], {
      cwd: directory,
      stdio: ["pipe", "ignore", "ignore"],
      signal: deadline,
      killSignal: "SIGKILL",
    });
  const daemon = node(daemonScript, "-n");
  const over = once(daemon, "exit");
  over.catch(() => {});
  try {
    while (!existsSync(join(directory, "s.sock"))) {
      if (daemon.exitCode !== null) throw new Error(`the daemon ended with status ${daemon.exitCode}`);
      await delay(10, undefined, { signal: deadline });
    }
    const control = node(controlScript);
    control.stdin?.end(`${commands.join("\n")}\n`);
    const [status] = await once(control, "exit");
    if (status !== 0) throw new Error(`the control program ended with status ${status}`);
    daemon.kill("SIGTERM");
    const [code] = await over;
    if (code !== 0) throw new Error(`the daemon ended with status ${code}`);
  } finally {
    daemon.kill("SIGKILL");
    rmSync(directory, { recursive: true, force: true });
  }
}
