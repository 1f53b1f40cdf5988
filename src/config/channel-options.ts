/** The keys of one channel of a program: `stdout_logfile`, and in YAML `stdout: {logfile: …}`. */
import { choice, type Option, option, own } from "./option.ts";

type OfChannel<C extends string, T> = { readonly [K in keyof T & string as `${C}_${K}`]: T[K] };

const rows = (what: string, published: string) =>
  ({
    logfile: option("logfile", "AUTO", `File for ${what}; AUTO picks one, NONE keeps none.`),
    logfile_maxbytes: option("bytes", "50MB", "Size at which it is rotated; 0 never rotates it."),
    logfile_backups: option("integer", "10", "How many rotated files are kept."),
    logfile_rotate: choice(["daily", "hourly"], null, "Begin a new file at midnight or each full hour, too.", {
      example: "daily",
    }),
    logfile_max_age: own("duration", null, "Age at which rotated files are removed.", { least: 1000, example: "7d" }),
    logfile_compress: own("boolean", "false", "Compress rotated files, as gzip does.", { example: "true" }),
    capture_maxbytes: option("bytes", "0", "Buffer for PROCESS_COMMUNICATION events; 0 turns them off."),
    events_enabled: option("boolean", "false", `Publish ${published} as PROCESS_LOG events.`),
    syslog: option("boolean", "false", `Send ${what} to syslog as well.`),
  }) as const satisfies Record<string, Option>;

/** @param what the channel in words @param published what it carries */
export function channelOptions<const C extends string>(
  channel: C,
  what: string,
  published: string,
): OfChannel<C, ReturnType<typeof rows>> {
  const keys = Object.entries(rows(what, published)).map(([key, row]) => [
    `${channel}_${key}`,
    { ...row, yaml: `${channel}.${key}` },
  ]);
  return Object.fromEntries(keys);
}
