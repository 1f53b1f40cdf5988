/** How a log is read while it is being written: what `tail` and `tail -f` need, whoever keeps the log. */

/** Something that can be read like a file while it is being written and rotated. */
export interface LogReader {
  /** Bytes in the current file now. */
  size(): Promise<number>;
  /** When bytes last went into it: milliseconds since 1970. */
  modified(): Promise<number>;
  /** At most `length` bytes from `offset`; fewer at the end. */
  read(offset: number, length: number): Promise<Buffer>;
  /**
   * The last `tailBytes` of what is there, then all that is written from then on, in order, through
   * rotation, clearing and reopening, without loss or repetition. Pulled: memory stays bounded
   * however slow the consumer. Ends when the log is closed or `signal` aborts.
   */
  follow(tailBytes: number, signal: AbortSignal): AsyncIterable<Buffer>;
}

/** Of a log that there is not. */
export function unreadable(error: unknown): LogReader {
  const refuse = () => Promise.reject(error);
  return {
    size: refuse,
    modified: refuse,
    read: refuse,
    // biome-ignore lint/correctness/useYield: it fails before there is anything to tell
    async *follow() {
      throw error;
    },
  };
}
