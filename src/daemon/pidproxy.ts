/**
 * `pidproxy PIDFILE COMMAND [ARGUMENT]...`: stands between the daemon and a program whose real process is
 * not the one that was started (mysqld_safe and its like). It runs the command and lives as long as that
 * does; signals go to the process that the pid file names at that moment. What it prints, where it looks
 * for the command (a path, never PATH) and its exit status are those of the reference's script.
 */
import { spawn } from "node:child_process";
import { closeSync, constants, fstatSync, openSync, readSync, writeSync } from "node:fs";
import { resolve } from "node:path";
import { calledAs, fromLauncher, restoreEnvironment, withoutOurs } from "../system/called.ts";
import { resourceLimit, resources } from "../system/libc.ts";
import { childDescriptorLimit } from "../system/limits.ts";
import { causeOf } from "../system/log-trouble.ts";

/** Signals that are passed on, and whether that ends the proxy. */
const passed = { SIGTERM: true, SIGINT: true, SIGQUIT: true, SIGHUP: false, SIGUSR1: false, SIGUSR2: false } as const;

const name = calledAs("pidproxy");
const usage = `
${name}: runs a command, and passes the signals it gets to the process in a pid file.

Usage: ${name} <pidfile name> <command> [<cmdarg1> ...]

`;

const usageStatus = 1;
const failedStatus = 1;
/** What a shell answers for a command that cannot be run. */
const cannotRunStatus = 127;

main(process.argv.slice(2));

function main([pidfile, command, ...words]: readonly string[]): void {
  if (pidfile === undefined || command === undefined) {
    say(1, usage);
    process.exit(usageStatus);
  }
  for (const [signal, last] of Object.entries(passed)) {
    process.on(signal, () => pass(pidfile, signal as keyof typeof passed, last));
  }
  restoreDescriptorLimit(process.env[fromLauncher.softFiles]);
  restoreEnvironment();
  const env = withoutOurs(process.env as Record<string, string>);
  const file = resolve(command);
  const child = spawn(file, words, { argv0: command, env, stdio: "inherit" });
  child.once("error", (error) => {
    say(2, `${name}: cannot run ${file}: ${causeOf(error)}\n`);
    process.exit(cannotRunStatus);
  });
  child.once("exit", () => process.exit(0));
}

function pass(pidfile: string, signal: NodeJS.Signals, last: boolean): void {
  const pid = pidIn(pidfile);
  if (pid === null) {
    say(1, `Can't read child pidfile ${pidfile}!\n`);
    return;
  }
  try {
    process.kill(pid, signal);
    if (last) process.exit(0);
  } catch (error) {
    say(2, `${name}: cannot send ${signal} to process ${pid}: ${causeOf(error)}\n`);
    // A process that is just being replaced must not cost a proxy that was only asked to pass on a SIGHUP.
    if (last) process.exit(failedStatus);
  }
}

/** More than a number and the blanks around it. */
const longestPidfile = 64;
const largestPid = 2 ** 31 - 1;

/** null when the file holds no process id. It may change at any time, so nothing of it is kept. */
function pidIn(pidfile: string): number | null {
  let fd: number | null = null;
  try {
    fd = openSync(pidfile, constants.O_RDONLY | constants.O_NONBLOCK);
    const bytes = Buffer.alloc(longestPidfile + 1);
    const length = fstatSync(fd).isFile() ? readSync(fd, bytes) : 0;
    const text = bytes.toString("latin1", 0, length).trim();
    const pid = length <= longestPidfile && /^\+?\d+$/.test(text) ? Number(text) : 0;
    return pid > 0 && pid <= largestPid ? pid : null;
  } catch {
    return null;
  } finally {
    if (fd !== null) closeSync(fd);
  }
}

/** Node has raised its own soft limit; the command gets the one we were started with. */
function restoreDescriptorLimit(launchedWith: string | undefined): void {
  const soft = childDescriptorLimit(launchedWith, 0);
  if (soft === null) return;
  const { hard } = resourceLimit(0, resources.RLIMIT_NOFILE);
  resourceLimit(0, resources.RLIMIT_NOFILE, { soft, hard });
}

function say(descriptor: 1 | 2, text: string): void {
  try {
    writeSync(descriptor, text);
  } catch {
    // Nobody listens; signals are passed on all the same.
  }
}
