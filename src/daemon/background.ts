/**
 * Going into the background. Node cannot fork, so the foreground process starts the daemon as a new
 * one in a session of its own and stays until that is up, so that every error at start is seen, and
 * exits as it would have.
 */
import { closeSync, openSync, writeSync } from "node:fs";
import { repr } from "../core/python.ts";
import { dup2 } from "../system/libc.ts";
import type { MainLog } from "../system/main-log.ts";
import { sameAgain } from "../system/runtime.ts";

const marker = "SPACED_BACKGROUND";
/** Where the daemon tells its starter that it is up. */
const readyFd = 3;

/** Whether this process is the one in the background. Children must not see the marker. */
export function takeMarker(): boolean {
  const marked = process.env[marker] === "1";
  delete process.env[marker];
  return marked;
}

/** Starts the background process; its exit status if it fails, 0 once it is up. */
export async function startInBackground(): Promise<number> {
  const { spawn } = await import("node:child_process");
  const { file, argv } = sameAgain();
  const [argv0 = file, ...words] = argv;
  const child = spawn(file, words, {
    argv0,
    detached: true,
    env: { ...process.env, [marker]: "1" },
    stdio: ["ignore", "inherit", "inherit", "pipe"],
  });
  return new Promise((resolve) => {
    child.stdio[readyFd]?.once("data", () => resolve(0));
    child.once("error", () => resolve(1));
    child.once("exit", (code) => resolve(code ?? 1));
  });
}

/** The daemon is up: lets go of terminal and directory, and tells the starter. */
export function settleInBackground(directory: string | null, umask: number, log: MainLog): void {
  log.info("daemonizing the supervisord process");
  const nothing = openSync("/dev/null", "r+");
  for (const fd of [0, 1, 2]) dup2(nothing, fd);
  closeSync(nothing);
  process.umask(umask);
  if (directory !== null) enter(directory, log);
  writeSync(readyFd, "up\n");
  closeSync(readyFd);
}

/** One that cannot be entered is said and done without, as the reference does it. */
function enter(directory: string, log: MainLog): void {
  try {
    process.chdir(directory);
    log.info(`set current directory: ${repr(directory)}`);
  } catch (error) {
    log.critical(`can't chdir into ${repr(directory)}: ${(error as Error).message}`);
  }
}
