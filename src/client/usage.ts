/** What `spaced.usage` tells of each running process: all that is below it and left by it is counted with it. */
import { list, number, type Struct, struct, text } from "./replies.ts";

export interface RemoteUsage {
  readonly memoryBytes: number;
  /** Of one core. */
  readonly cpuPercent: number;
  readonly cpuSeconds: number;
  /** How many processes that is. */
  readonly processes: number;
}

/** By `group:name`. Throws `BadReply`. */
export const asUsages = (value: unknown): Map<string, RemoteUsage> =>
  new Map(
    list(value).map((each) => {
      const row = struct(each);
      return [`${text(row, "group")}:${text(row, "name")}`, asUsage(row)];
    }),
  );

export const asUsage = (row: Struct): RemoteUsage => ({
  memoryBytes: number(row, "memoryKb") * 1024,
  cpuPercent: number(row, "cpuPercent"),
  cpuSeconds: number(row, "cpuSeconds"),
  processes: number(row, "processes"),
});
