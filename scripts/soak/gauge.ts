/**
 * The daemon's health over time: private memory, descriptors, unreaped children. Memory counts as flat
 * when it is no higher in the last quarter than in the one after the warm-up, give or take what a garbage
 * collector may keep.
 */
import { anonymousBytes, descriptors, zombiesOf } from "../../test/helpers/processes.ts";
import { median } from "../bench/system.ts";

const mebibyte = 2 ** 20;
const toleranceBytes = 8 * mebibyte;
const toleranceRatio = 1.15;

export class Gauge {
  readonly #pid: number;
  readonly #memory: number[] = [];
  #mostZombies = 0;

  constructor(pid: number) {
    this.#pid = pid;
  }

  sample(): void {
    this.#memory.push(anonymousBytes(this.#pid));
    this.#mostZombies = Math.max(this.#mostZombies, zombiesOf(this.#pid).length);
  }

  zombies(): number {
    return zombiesOf(this.#pid).length;
  }

  /** Open descriptors by kind: `{pipe: 30, socket: 3, …}`; files by their path. */
  descriptors(): Map<string, number> {
    const kinds = new Map<string, number>();
    for (const target of descriptors(this.#pid)) {
      const kind = target.replace(/:\[\d+\]$/, "");
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
    }
    return kinds;
  }

  /** Median memory after the warm-up and at the end, in bytes, and whether that is flat. */
  memory(): { early: number; late: number; peak: number; flat: boolean } {
    const quarter = Math.max(1, Math.floor(this.#memory.length / 4));
    const early = median(this.#memory.slice(quarter, 2 * quarter));
    const late = median(this.#memory.slice(-quarter));
    const flat = late <= early + toleranceBytes || late <= early * toleranceRatio;
    return { early, late, peak: Math.max(...this.#memory), flat };
  }
}

export const megabytes = (bytes: number): string => `${(bytes / mebibyte).toFixed(1)} MiB`;
