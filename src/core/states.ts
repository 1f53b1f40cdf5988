/** State codes and the sets that decide what may be asked of a process. Source: supervisor's `states.py` numbers. */

export const processStates = {
  STOPPED: 0,
  STARTING: 10,
  RUNNING: 20,
  BACKOFF: 30,
  STOPPING: 40,
  EXITED: 100,
  FATAL: 200,
  UNKNOWN: 1000,
} as const;

export type ProcessState = keyof typeof processStates;

export const daemonStates = { FATAL: 2, RUNNING: 1, RESTARTING: 0, SHUTDOWN: -1 } as const;

export type DaemonState = keyof typeof daemonStates;

/** No child, and none will come by itself. */
export const isStopped = (state: ProcessState): boolean =>
  state === "STOPPED" || state === "EXITED" || state === "FATAL" || state === "UNKNOWN";

/** Counts as running for start and stop requests. */
export const isRunning = (state: ProcessState): boolean =>
  state === "RUNNING" || state === "STARTING" || state === "BACKOFF";

/** Has a child that a signal can reach. */
export const isSignallable = (state: ProcessState): boolean =>
  state === "RUNNING" || state === "STARTING" || state === "STOPPING";
