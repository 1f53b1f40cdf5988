/** What the container as a whole uses of what it may, as far as its control group, else the machine, tells. */

/** Whose figures these are. */
export type Whose = "container" | "machine";

export interface ContainerUsage {
  readonly memory: {
    readonly of: Whose;
    /** Without what the kernel would give away at once: caches of files. */
    readonly usedBytes: number;
    /** The tightest limit, at most what the machine has. */
    readonly limitBytes: number;
  };
  readonly cpu: {
    readonly of: Whose;
    /** Of one core, between the last two looks; null at the first. */
    readonly usedPercent: number | null;
    /** 250 = two and a half cores. */
    readonly limitPercent: number;
  };
  /** Processes and threads; null when they are not counted. */
  readonly pids: { readonly used: number; readonly limit: number | null } | null;
}
