/**
 * The daemon's own signals, caught before anything else happens and kept until somebody listens: a TERM that
 * arrives while the program list is still being read, or between two lives, must not be lost, least of all by PID 1.
 */
import type { DaemonState } from "../core/states.ts";

export type DaemonSignal = "SIGTERM" | "SIGINT" | "SIGQUIT" | "SIGHUP" | "SIGUSR2";

export interface Signals {
  /** Hands over what has arrived so far and everything from now on; replaces the listener before. */
  listen(listener: (signal: DaemonSignal) => void): void;
  /** The listener can do nothing more: what arrives is kept for the next one. */
  keep(): void;
}

const meant: readonly DaemonSignal[] = ["SIGTERM", "SIGINT", "SIGQUIT", "SIGHUP", "SIGUSR2"];
/**
 * Node opens its inspector at USR1 unless somebody listens; XFSZ comes from a log that may not grow any
 * more, which the write itself tells; the others would end the daemon for nothing.
 */
const harmless = ["SIGUSR1", "SIGXFSZ", "SIGALRM", "SIGVTALRM", "SIGIO", "SIGPWR"] as const;

/** More than anybody sends before the daemon is up; what comes beyond changes nothing. */
const keptAtMost = 16;

export function catchSignals(): Signals {
  const waiting: DaemonSignal[] = [];
  const keep = (signal: DaemonSignal): void => {
    if (waiting.length < keptAtMost) waiting.push(signal);
  };
  let deliver = keep;
  for (const signal of meant) process.on(signal, () => deliver(signal));
  for (const signal of harmless) process.on(signal, () => {});
  return {
    listen(listener) {
      deliver = listener;
      for (const signal of waiting.splice(0)) listener(signal);
    },
    keep() {
      deliver = keep;
    },
  };
}

/** What a signal asks for, as a request of clients. */
export const requestOf: Readonly<Record<DaemonSignal, "shutdown" | "restart" | "reopenLogs">> = {
  SIGTERM: "shutdown",
  SIGINT: "shutdown",
  SIGQUIT: "shutdown",
  SIGHUP: "restart",
  SIGUSR2: "reopenLogs",
};

/** The reference's log line for a signal, in the state in which it arrives. */
export function announceSignal(
  signal: DaemonSignal,
  state: DaemonState,
): { readonly level: "warn" | "info"; readonly text: string } {
  switch (signal) {
    case "SIGHUP":
      return state === "SHUTDOWN"
        ? { level: "warn", text: `ignored ${signal} indicating restart request (shutdown in progress)` }
        : { level: "warn", text: `received ${signal} indicating restart request` };
    case "SIGUSR2":
      return { level: "info", text: `received ${signal} indicating log reopen request` };
    default:
      return { level: "warn", text: `received ${signal} indicating exit request` };
  }
}
