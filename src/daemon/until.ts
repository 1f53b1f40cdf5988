/** Waiting for what becomes of one process. */
import type { SupervisedProcess } from "./process.ts";

/** Waits for an answer other than "pending"; bounded by startsecs or by stopwaitsecs and SIGKILL. */
export function until<T extends string>(process: SupervisedProcess, outcome: () => T | "pending"): Promise<T> {
  return new Promise((resolve) => {
    const check = () => {
      const now = outcome();
      if (now === "pending") return;
      stop();
      resolve(now as T);
    };
    const stop = process.observe(check);
    check();
  });
}
