/**
 * Reading and clearing logs. A log is bytes and an answer is text: what is not UTF-8 becomes U+FFFD.
 * One answer holds at most 8 MB, which bounds the daemon's memory and the time it is busy escaping.
 *
 * Offsets as in supervisor 4.2.5 (`readFile` and `tailFile` in its `options.py`).
 */
import { Fault } from "../core/faults.ts";
import type { XmlRpcStruct, XmlRpcValue } from "../protocol/xmlrpc.ts";
import { outcomeOf, RESULT_BYTES, resultOf } from "./batch.ts";
import type { Reservation } from "./budget.ts";
import type { Channel, LogReader, ProcessInfo } from "./daemon.ts";
import { findProcess, joinName } from "./names.ts";
import { type Context, laterInteger, type Operation, operation, text } from "./operation.ts";
import { named } from "./processes.ts";

/** Most bytes of a log in one answer. */
export const READ_LIMIT_BYTES = 8 * 1024 * 1024;

const processName = text("name", "a process: `name` or `group:name`");
const readOffset = laterInteger("offset", "first byte to read; negative with length 0: that many bytes from the end");
const readLength = laterInteger("length", "how many bytes; 0 for all there are");
const tailOffset = laterInteger("offset", "first byte wanted");
const tailLength = laterInteger("length", "most bytes to tell");

const readOperation = (channel: Channel, name: string, aliases: readonly string[]): Operation =>
  operation({
    name,
    aliases,
    parameters: [processName, readOffset, readLength],
    returns: "string",
    reads: true,
    help: `Tells a part of the ${channel} log of a process.`,
    run: (context, name, offset, length) => {
      const { reader, path } = processLog(context, name, channel);
      return readLog(reader, path, context.reply, offset, length);
    },
  });

const tailOperation = (channel: Channel, name: string, aliases: readonly string[]): Operation =>
  operation({
    name,
    aliases,
    parameters: [processName, tailOffset, tailLength],
    returns: "array",
    reads: true,
    help:
      `Tells the end of the ${channel} log of a process: a text, the size of the log (the next offset), ` +
      "and whether more was written than the window from offset holds.",
    run: (context, name, offset, length) =>
      tailLog(processLog(context, name, channel).reader, context.reply, offset, length),
  });

export const logOperations: readonly Operation[] = [
  operation({
    name: "supervisor.readLog",
    aliases: ["supervisor.readMainLog"],
    parameters: [readOffset, readLength],
    returns: "string",
    reads: true,
    help: "Tells a part of the daemon's own log.",
    run: ({ daemon, reply }, offset, length) => readLog(daemon.mainLog(), "", reply, offset, length),
  }),
  operation({
    name: "supervisor.clearLog",
    parameters: [],
    returns: "boolean",
    help: "Empties the daemon's own log.",
    run: async ({ daemon }) => {
      await daemon.clearMainLog();
      return true;
    },
  }),
  readOperation("stdout", "supervisor.readProcessStdoutLog", ["supervisor.readProcessLog"]),
  readOperation("stderr", "supervisor.readProcessStderrLog", []),
  tailOperation("stdout", "supervisor.tailProcessStdoutLog", ["supervisor.tailProcessLog"]),
  tailOperation("stderr", "supervisor.tailProcessStderrLog", []),
  operation({
    name: "supervisor.clearProcessLogs",
    aliases: ["supervisor.clearProcessLog"],
    parameters: [processName],
    returns: "boolean",
    help: "Empties both logs of a process.",
    run: async ({ daemon }, name) => {
      const process = findProcess(daemon, name);
      await named(name, ["BAD_NAME", "FAILED"], () => daemon.clearLogs(process));
      return true;
    },
  }),
  operation({
    name: "supervisor.clearAllProcessLogs",
    parameters: [],
    returns: "array",
    help: "Empties the logs of every process, and tells how each fared.",
    run: async ({ daemon, reply }) => {
      const names = daemon.inStartOrder();
      reply.reserve(names.length * RESULT_BYTES);
      const results: XmlRpcStruct[] = [];
      for (const name of names) {
        const fault = await outcomeOf(named(joinName(name), ["BAD_NAME", "FAILED"], () => daemon.clearLogs(name)));
        results.push(resultOf({ name, fault }));
      }
      return results;
    },
  }),
];

/** `path` "" when the process keeps no log there. */
function processLog({ daemon }: Context, name: string, channel: Channel): { reader: LogReader | null; path: string } {
  const process = findProcess(daemon, name);
  const info = daemon.process(process);
  return { reader: daemon.log(process, channel), path: info === null ? "" : logPath(info, channel) };
}

const logPath = (info: ProcessInfo, channel: Channel): string =>
  channel === "stdout" ? info.stdoutLogfile : info.stderrLogfile;

/**
 * A negative offset with length 0 counts from the end, length 0 means to the end.
 * @throws Fault NO_FILE BAD_ARGUMENTS FAILED
 */
async function readLog(
  reader: LogReader | null,
  path: string,
  reply: Reservation,
  givenOffset: () => number,
  givenLength: () => number,
): Promise<string> {
  if (reader === null) throw noFile(path);
  const [offset, length] = [givenOffset(), givenLength()];
  try {
    const size = await reader.size();
    if (offset < 0 ? length !== 0 : length < 0) throw new Fault("BAD_ARGUMENTS");
    const from = offset < 0 ? size - Math.min(-offset, size, READ_LIMIT_BYTES) : Math.min(offset, size);
    const rest = size - from;
    const bytes = await readPart(reader, reply, from, length === 0 ? rest : Math.min(length, rest));
    return bytes.toString();
  } catch (error) {
    if (error instanceof Fault) throw error;
    throw isMissing(error) ? noFile(path || error.path) : new Fault("FAILED");
  }
}

/** `[text, size, overflow]`; what cannot be read is empty. */
async function tailLog(
  reader: LogReader | null,
  reply: Reservation,
  givenOffset: () => number,
  givenLength: () => number,
): Promise<XmlRpcValue> {
  if (reader === null) return ["", 0, false];
  const [offset, length] = [givenOffset(), givenLength()];
  try {
    const size = await reader.size();
    const overflow = size > offset + length;
    // The last bytes, not those from the offset on, unless nothing has been written since.
    const count = !overflow && offset >= size ? 0 : Math.max(0, Math.min(length, size, READ_LIMIT_BYTES));
    const bytes = await readPart(reader, reply, size - count, count);
    return [bytes.toString(), size, overflow];
  } catch (error) {
    if (error instanceof Fault) throw error;
    return ["", isMissing(error) ? 0 : offset, false];
  }
}

async function readPart(reader: LogReader, reply: Reservation, from: number, length: number): Promise<Buffer> {
  const bytes = Math.min(length, READ_LIMIT_BYTES);
  if (bytes <= 0) return Buffer.alloc(0);
  reply.reserve(bytes);
  return reader.read(from, bytes);
}

const noFile = (path?: string): Fault => new Fault("NO_FILE", path === "" ? undefined : path);

export const isMissing = (error: unknown): error is Error & { readonly path?: string } =>
  error instanceof Error && "code" in error && error.code === "ENOENT";
