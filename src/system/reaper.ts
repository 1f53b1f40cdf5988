/**
 * Collects every child that has died: ours, and the orphans that come to PID 1 or to a subreaper.
 *
 * On SIGCHLD the kernel is asked which child waits to be reaped, until none does. Nothing polls, no
 * /proc is needed, and the cost does not grow with the number of children that live.
 *
 * Children of `node:child_process` are libuv's to reap: it asks for each by its pid, and one that was
 * taken from it would never be told to have ended. Node announces them on a diagnostics channel.
 */
import type { ChildProcess } from "node:child_process";
import { subscribe } from "node:diagnostics_channel";
import { becomeSubreaper, peekZombie, reap, type WaitStatus } from "./libc.ts";

export interface Reaper {
  /** Calls back once, when this child has died. Must be called in the turn that spawned it. */
  expect(pid: number, ended: (status: WaitStatus, cpuMs: number) => void): void;
  /** Whether it is one that somebody here has started and waits for. */
  expects(pid: number): boolean;
  stop(): void;
}

/** So many turns in a row libuv is waited for at once; after that, which has not been seen, now and then. */
const promptTurns = 16;
const patienceMs = 10;

/** @param signalled called at each SIGCHLD when what it announced has been collected, who may be many */
export function startReaper(
  orphan: (pid: number, status: WaitStatus) => void,
  signalled: () => void = () => {},
): Reaper {
  const expected = new Map<number, (status: WaitStatus, cpuMs: number) => void>();
  let stopped = false;
  let waiting = false;
  let turns = 0;
  const collect = () => {
    if (stopped) return;
    for (let pid = peekZombie(); pid !== 0; pid = peekZombie()) {
      const ended = expected.get(pid);
      if (ended === undefined && ofNode.has(pid)) return afterLibuv();
      const reaped = reap(pid);
      if (reaped === null) return;
      const { status, cpuMs } = reaped;
      turns = 0;
      expected.delete(pid);
      if (ended === undefined) orphan(pid, status);
      else ended(status, cpuMs);
    }
    turns = 0;
  };
  /** The kernel shows one zombie only; others may wait behind libuv's, which it takes in its own turn. */
  const afterLibuv = () => {
    if (waiting) return;
    waiting = true;
    const goOn = () => {
      waiting = false;
      collect();
    };
    if (++turns <= promptTurns) setImmediate(goOn);
    else setTimeout(goOn, patienceMs);
  };
  becomeSubreaper();
  const answer = () => {
    collect();
    signalled();
  };
  process.on("SIGCHLD", answer);
  // Children that died before this line sent their signal to nobody.
  setImmediate(collect);
  return {
    expect: (pid, ended) => void expected.set(pid, ended),
    expects: (pid) => expected.has(pid) || ofNode.has(pid),
    stop() {
      stopped = true;
      process.off("SIGCHLD", answer);
    },
  };
}

/** The living children that Node has started. */
const ofNode = new Set<number>();

subscribe("child_process", (message) => {
  const { process: child } = message as { readonly process: ChildProcess };
  // The announcement comes before the fork, which is done when this turn's own work is.
  queueMicrotask(() => {
    const { pid } = child;
    if (pid === undefined) return;
    ofNode.add(pid);
    child.once("exit", () => ofNode.delete(pid));
  });
});
