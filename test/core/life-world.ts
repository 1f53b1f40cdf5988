/** A whole supervisor for one process, as data, with a clock that tests turn by hand. */
import { plainCare } from "../../src/core/care.ts";
import { type Input, type Life, type Policy, stopped } from "../../src/core/life.ts";
import { step } from "../../src/core/lifecycle.ts";
import { count, noTally } from "../../src/core/tally.ts";

export const policy: Policy = {
  autorestart: "unexpected",
  exitCodes: [0],
  startMs: 1000,
  startRetries: 3,
  stopSignal: 15,
  stopWaitMs: 10_000,
  stopAsGroup: false,
  killAsGroup: false,
  oneshot: false,
  prepares: false,
  prepareMs: 0,
  beforeStop: false,
  afterStop: false,
  restart: plainCare.restart,
  salt: 0.5,
};
export const code = (code: number, orphans = false): Input => ({
  type: "exited",
  exit: { code, signal: null, core: false },
  orphans,
});
export const killed = (signal: number, orphans = false): Input => ({
  type: "exited",
  exit: { code: null, signal, core: false },
  orphans,
});

export function world(changes: Partial<Policy> = {}, spawns = (n: number): Input => ({ type: "spawned", pid: n })) {
  const p: Policy = { ...policy, ...changes };
  let life: Life = stopped;
  let now = 0;
  let n = 0;
  let tally = noTally;
  const trail: string[] = [];
  const kills: string[] = [];
  const errands: string[] = [];
  const take = (input: Input) => {
    const before = life.state;
    const [next, ...effects] = step(life, input, p, now);
    tally = count(tally, life, input, next);
    life = next;
    if (before !== life.state) trail.push(`${life.state}@${now}`);
    for (const effect of effects)
      if (effect.type === "spawn") take(spawns(++n));
      else if (effect.type === "kill") kills.push(`${effect.signal}${effect.group ? " group" : ""}@${now}`);
      else if (effect.type === "killBelow") kills.push(`9 below@${now}`);
      else errands.push(`${effect.type}${"orphans" in effect ? ` ${effect.orphans}` : ""}@${now}`);
  };
  const settle = () => {
    for (let turns = 0; life.due !== null && life.due <= now; turns++) {
      if (turns > 10) throw new Error(`${life.state} never comes to rest`);
      take({ type: "due" });
    }
  };
  return {
    feed(input: Input) {
      settle();
      take(input);
      settle();
    },
    after(ms: number) {
      const end = now + ms;
      while (life.due !== null && life.due <= end) {
        now = Math.max(now, life.due);
        take({ type: "due" });
      }
      now = end;
    },
    trail,
    kills,
    errands,
    spawned: () => n,
    now: () => now,
    life: () => life,
    tally: () => tally,
  };
}
