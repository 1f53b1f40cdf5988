/** What becomes of a log file with time (`stdout_logfile_rotate` and its kin), and what in that contradicts itself. */
import type { ChannelSettings, Keeping, LogDestination } from "../core/program.ts";
import type { SectionReader } from "./section-reader.ts";

type Reader = SectionReader<"program">;
type Channel = "stdout" | "stderr";

export const keepingKeys = {
  stdout: ["stdout_logfile_rotate", "stdout_logfile_max_age", "stdout_logfile_compress"],
  stderr: ["stderr_logfile_rotate", "stderr_logfile_max_age", "stderr_logfile_compress"],
} as const;

const periodMs = { hourly: 3_600_000, daily: 24 * 3_600_000 } as const;

interface File {
  readonly log: LogDestination;
  readonly maxBytes: number;
  readonly backups: number;
}

/** Nothing where nothing is asked for, or there is no file. */
export function readKeeping(reader: Reader, channel: Channel, file: File): Pick<ChannelSettings, "keeping"> {
  const [rotateKey, maxAgeKey, compressKey] = keepingKeys[channel];
  const keeping: Keeping = {
    rotate: reader.read(rotateKey),
    maxAgeMs: reader.read(maxAgeKey),
    compress: reader.read(compressKey),
  };
  if (keeping.rotate === null && keeping.maxAgeMs === null && !keeping.compress) return {};
  warn(reader, channel, file, keeping);
  return isFile(file.log) ? { keeping } : {};
}

const isFile = (log: LogDestination): boolean =>
  log.type === "auto" || (log.type === "file" && !/^\/(dev|proc)\//.test(log.path));

function warn(reader: Reader, channel: Channel, { log, maxBytes, backups }: File, keeping: Keeping): void {
  const { rotate, maxAgeMs, compress } = keeping;
  const [rotateKey, maxAgeKey, compressKey] = keepingKeys[channel];
  const backupsKey = `${channel}_logfile_backups` as const;
  const written = keepingKeys[channel].filter((key) => reader.entry(key) !== undefined);
  // [DEFAULT] may set what only some of the programs have files for.
  if (!isFile(log)) {
    for (const key of written)
      if (reader.section.entries.has(key)) reader.warn(`${key} has no effect: ${channel} goes to no file`, key);
    return;
  }
  if (backups === 0) {
    if (rotate !== null) reader.warn(`${rotateKey} empties the file, as ${backupsKey}=0 keeps no other`, rotateKey);
    if (maxAgeMs !== null) reader.warn(`${maxAgeKey} has no effect with ${backupsKey}=0`, maxAgeKey);
    if (compress) reader.warn(`${compressKey} has no effect with ${backupsKey}=0`, compressKey);
    return;
  }
  if (rotate === null) {
    if (maxBytes > 0) return;
    for (const key of written)
      reader.warn(`${key} has no effect: the file is never rotated`, key, `${rotateKey}=daily rotates it`);
    return;
  }
  if (maxAgeMs !== null && maxAgeMs > backups * periodMs[rotate]) {
    const files = `${backups} files of ${rotate === "daily" ? "a day" : "an hour"} each`;
    const hint = `${backupsKey}=${Math.ceil(maxAgeMs / periodMs[rotate])} keeps them all`;
    reader.warn(`${maxAgeKey} is not reached: only ${files} are kept`, maxAgeKey, hint);
  }
}
