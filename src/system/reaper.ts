/**
 * Collects every child that has died: ours, and the orphans that come to PID 1 or to a subreaper.
 *
 * On SIGCHLD the kernel is asked which child waits to be reaped, until none does. Nothing polls, no
 * /proc is needed, and the cost does not grow with the number of children that live.
 */
import { becomeSubreaper, peekZombie, reap, type WaitStatus } from "./libc.ts";

export interface Reaper {
  /** Calls back once, when this child has died. Must be called in the turn that spawned it. */
  expect(pid: number, ended: (status: WaitStatus) => void): void;
  stop(): void;
}

export function startReaper(orphan: (pid: number, status: WaitStatus) => void): Reaper {
  const expected = new Map<number, (status: WaitStatus) => void>();
  const collect = () => {
    for (let pid = peekZombie(); pid !== 0; pid = peekZombie()) {
      const status = reap(pid);
      if (status === null) return;
      const ended = expected.get(pid);
      expected.delete(pid);
      if (ended === undefined) orphan(pid, status);
      else ended(status);
    }
  };
  becomeSubreaper();
  process.on("SIGCHLD", collect);
  // Children that died before this line sent their signal to nobody.
  setImmediate(collect);
  return {
    expect: (pid, ended) => void expected.set(pid, ended),
    stop: () => void process.off("SIGCHLD", collect),
  };
}
