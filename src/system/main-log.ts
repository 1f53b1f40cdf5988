/**
 * The daemon's own log: a line per message, to a file that is rotated and, in the foreground, to
 * stdout. Neither can stop the daemon: lines wait in a bounded queue, and when that is full they are
 * dropped and counted. The text format is supervisord's; `logformat=json` makes pino's NDJSON.
 */
import type { Level } from "pino";
import { LineSplitter } from "../core/log-line.ts";
import { type LogReader, unreadable } from "../core/log-reader.ts";
import { type LogLevel, logLevels } from "../core/program.ts";
import { LogFile } from "./log-file.ts";
import { Syslog, type SyslogTarget } from "./syslog.ts";

export interface MainLogOptions {
  /** null = no file. */
  readonly logfile: string | null;
  /** Where every line also goes, if anywhere. */
  readonly syslog?: SyslogTarget | null;
  readonly maxBytes: number;
  readonly backups: number;
  readonly level: LogLevel;
  readonly format: "text" | "json";
  /** Whether every line also goes to stdout. */
  readonly echo: boolean;
  /** Path of the descriptor that echoes go to. */
  readonly echoTo?: string;
}

/** Lines of text for people and programs to read; a message may hold newlines. */
export interface MainLog extends Record<LogLevel, (message: string) => void> {
  enabled(level: LogLevel): boolean;
  /** Opens the file again (logrotate(8)). */
  reopen(): Promise<void>;
  /** @throws Error `cannot clear PATH: cause` */
  clear(): Promise<void>;
  /** null: there is no file. */
  reader(): LogReader | null;
  flush(): Promise<void>;
  /** Writes what waits at once; for a daemon that is about to die of an error. */
  flushSync(): void;
  close(): Promise<void>;
}

const tags: Record<LogLevel, string> = {
  critical: "CRIT",
  error: "ERRO",
  warn: "WARN",
  info: "INFO",
  debug: "DEBG",
  trace: "TRAC",
  blather: "BLAT",
};

/** supervisord's numbers, which pino takes as they are. */
const severities: Record<LogLevel, number> = {
  critical: 50,
  error: 40,
  warn: 30,
  info: 20,
  debug: 10,
  trace: 5,
  blather: 3,
};

/** With more than this waiting for stdout, lines are dropped. */
const echoLimitBytes = 256 * 1024;
const farewellMs = 1000;

/** What its path is said to be. */
const atSyslog = Object.assign(new Error("the log is kept by syslog"), { code: "ENOENT", path: "syslog" });

type Format = (level: LogLevel, message: string) => string;

/** @throws Error `cannot open PATH: cause` */
export async function openMainLog(options: MainLogOptions): Promise<MainLog> {
  const format = options.format === "json" ? await jsonFormat() : textLine;
  const echo = options.echo ? openEcho(options.echoTo ?? "/dev/stdout", format) : null;
  const { logfile: path, maxBytes, backups } = options;
  // What is wrong with the file cannot be told in the file.
  let fallback = echo;
  const report = (message: string) => {
    fallback ??= openEcho("/dev/stderr", format);
    fallback?.line(format("error", message));
  };
  const file = path === null ? null : new LogFile({ path, maxBytes, backups, report });
  const syslog = options.syslog ? new Syslog({ ...options.syslog, report }) : null;
  const put = (level: LogLevel, message: string) => {
    const line = format(level, message);
    file?.write(Buffer.from(line));
    if (syslog !== null) sendLines(syslog, message, (text) => format(level, text));
    echo?.line(line);
  };
  const enabled = (level: LogLevel) => severities[level] >= severities[options.level];
  const methods = Object.fromEntries(
    logLevels.map((level) => [level, enabled(level) ? (message: string) => put(level, message) : () => {}]),
  ) as Record<LogLevel, (message: string) => void>;
  const logs = [file, echo?.log, syslog].filter((log) => log != null);
  return {
    ...methods,
    enabled,
    reopen: async () => file?.reopen(),
    clear: async () => file?.clear(),
    reader: () => file?.reader() ?? (syslog === null ? null : unreadable(atSyslog)),
    flush: async () => void (await Promise.all(logs.map((log) => log.flush(farewellMs)))),
    flushSync: () => {
      for (const log of [file, echo?.log]) log?.flushSync();
    },
    close: async () => void (await Promise.all(logs.map((log) => log.close(farewellMs)))),
  };
}

/** Each line of a message is one of its own there, with the time and level in front. */
function sendLines(syslog: Syslog, message: string, format: (text: string) => string): void {
  new LineSplitter().push(Buffer.from(`${message}\n`), (line) =>
    syslog.send(Buffer.from(format(Buffer.from(line).toString()).trimEnd())),
  );
}

/** Lines for stdout, as long as somebody takes them. null: there is no stdout. */
function openEcho(path: string, format: Format): { log: LogFile; line: (line: string) => void } | null {
  let log: LogFile;
  try {
    log = new LogFile({ path, maxBytes: 0, backups: 0, report: () => {} });
  } catch {
    return null;
  }
  let dropped = 0;
  return {
    log,
    line: (line) => {
      if (log.pendingBytes > echoLimitBytes) {
        dropped++;
        return;
      }
      if (dropped > 0)
        log.write(Buffer.from(format("warn", `${dropped} lines were not shown here, because nobody read them`)));
      dropped = 0;
      log.write(Buffer.from(line));
    },
  };
}

/** The local time of a line, to the second, is made once a second. */
const second = { at: -1, text: "" };

function textLine(level: LogLevel, message: string): string {
  const now = new Date();
  const at = Math.floor(now.getTime() / 1000);
  if (second.at !== at) {
    second.at = at;
    second.text = localTime(now);
  }
  return `${second.text},${String(now.getMilliseconds()).padStart(3, "0")} ${tags[level]} ${message}\n`;
}

function localTime(now: Date): string {
  const two = (number: number) => String(number).padStart(2, "0");
  const date = `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
  return `${date} ${two(now.getHours())}:${two(now.getMinutes())}:${two(now.getSeconds())}`;
}

/** `{"level":"info","time":"…Z","pid":1,"msg":"…"}`; pino is loaded only when it is asked for. */
async function jsonFormat(): Promise<Format> {
  const { pino } = await import("pino");
  let line = "";
  const logger = pino(
    {
      customLevels: severities,
      useOnlyCustomLevels: true,
      level: "blather" satisfies LogLevel as Level,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    {
      write: (text: string) => {
        line = text;
      },
    },
  );
  return (level, message) => {
    logger[level](message);
    return line;
  };
}
