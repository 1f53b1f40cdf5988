/** What has not reached a log because it could not be written: a full disk, a pipe that nobody reads, a socket that nobody answers. */
export interface Loss {
  /** Of what could not be written. */
  readonly path: string;
  readonly lost: number;
  readonly unit: LossUnit;
  /** Of the latest: `no space left on device`. */
  readonly cause: string;
  /** When the first was lost, and the latest; milliseconds since 1970. */
  readonly since: number;
  readonly until: number;
  /** No write has succeeded since. */
  readonly open: boolean;
}

export type LossUnit = "bytes" | "lines";

/** A place of output that takes nothing. */
export interface Stuck {
  readonly path: string;
  /** How long it has been so, in milliseconds. */
  readonly ms: number;
}
