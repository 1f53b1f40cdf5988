/** The kernel's limits of a process by the names that prlimit(1) gives them; numbers of asm-generic/resource.h, as on x64 and arm64. */

interface Rlimit {
  /** RLIMIT_*. */
  readonly resource: number;
  /** What its number counts. */
  readonly unit: "bytes" | "seconds" | "microseconds" | "number";
  readonly what: string;
}

export const rlimits = {
  as: { resource: 9, unit: "bytes", what: "address space" },
  core: { resource: 4, unit: "bytes", what: "size of a core file" },
  cpu: { resource: 0, unit: "seconds", what: "processor time" },
  data: { resource: 2, unit: "bytes", what: "size of the data segment" },
  fsize: { resource: 1, unit: "bytes", what: "size of a file it writes" },
  locks: { resource: 10, unit: "number", what: "file locks" },
  memlock: { resource: 8, unit: "bytes", what: "locked memory" },
  msgqueue: { resource: 12, unit: "bytes", what: "POSIX message queues" },
  nice: { resource: 13, unit: "number", what: "how far it may raise its priority, as 20 minus the nice value" },
  nofile: { resource: 7, unit: "number", what: "open files" },
  nproc: { resource: 6, unit: "number", what: "processes and threads of its user" },
  rss: { resource: 5, unit: "bytes", what: "resident memory (Linux ignores it)" },
  rtprio: { resource: 14, unit: "number", what: "real-time priority" },
  rttime: { resource: 15, unit: "microseconds", what: "real-time processor time without a system call" },
  sigpending: { resource: 11, unit: "number", what: "pending signals" },
  stack: { resource: 3, unit: "bytes", what: "size of the stack" },
} as const satisfies Record<string, Rlimit>;

export type RlimitName = keyof typeof rlimits;
