/** Operations on processes: look, start, stop, signal, write to stdin. Behaviour: supervisor 4.2.5. */
import { Fault, type FaultName } from "../core/faults.ts";
import { signalNumber } from "../core/signals.ts";
import { isRunning, isSignallable, type ProcessState, processStates } from "../core/states.ts";
import type { XmlRpcStruct, XmlRpcValue } from "../protocol/xmlrpc.ts";
import { RESULT_BYTES, runBatch } from "./batch.ts";
import type { Daemon, ProcessInfo, ProcessName } from "./daemon.ts";
import { findGroup, findProcess, findTarget, joinName } from "./names.ts";
import {
  type Context,
  groupName,
  type Operation,
  operation,
  type Parameter,
  pythonText,
  text,
  textOr,
  truth,
} from "./operation.ts";

/** Bytes to reserve for the struct of one process. */
const INFO_BYTES = 1024;

const nameOrGroup = text("name", "a process (`name` or `group:name`), or `group:*` for all of a group");
const processName = text("name", "a process: `name` or `group:name`");
const activeGroup = groupName("name", "a group");
const waitForStart = truth("wait", "answer only when it is RUNNING or has failed");
const waitForStop = truth("wait", "answer only when it has ended");
const signal = signalText();

export const processOperations: readonly Operation[] = [
  operation({
    name: "supervisor.getProcessInfo",
    parameters: [processName],
    returns: "struct",
    reads: true,
    help: "Tells state, process id, times and log files of one process.",
    run: ({ daemon, reply }, name) => {
      const info = daemon.process(findProcess(daemon, name));
      if (info === null) throw new Fault("BAD_NAME", name);
      reply.reserve(INFO_BYTES);
      return infoStruct(info);
    },
  }),
  operation({
    name: "supervisor.getAllProcessInfo",
    parameters: [],
    returns: "array",
    reads: true,
    help: "Tells the same as getProcessInfo of every process, sorted by group and name.",
    run: ({ daemon, reply }) => {
      const all = daemon.processes();
      reply.reserve(all.length * INFO_BYTES);
      return all.map(infoStruct);
    },
  }),
  operation({
    name: "supervisor.startProcess",
    parameters: [nameOrGroup, waitForStart],
    returns: "boolean",
    help: "Starts a process. For a whole group the answer is an array, as of startProcessGroup.",
    run: async (context, name, wait) => {
      const { group, name: process } = findTarget(context.daemon, name);
      if (process === null) return startAll(context, findGroup(context.daemon, group), wait);
      await named(name, startFaults, () => context.daemon.start({ group, name: process }, wait));
      return true;
    },
  }),
  operation({
    name: "supervisor.startProcessGroup",
    parameters: [activeGroup, waitForStart],
    returns: "array",
    help: "Starts those processes of a group that are not running, and tells how each fared.",
    run: (context, name, wait) => startAll(context, findGroup(context.daemon, name), wait),
  }),
  operation({
    name: "supervisor.startAllProcesses",
    parameters: [waitForStart],
    returns: "array",
    help: "Starts every process that is not running, and tells how each fared.",
    run: (context, wait) => startAll(context, context.daemon.inStartOrder(), wait),
  }),
  operation({
    name: "supervisor.stopProcess",
    parameters: [nameOrGroup, waitForStop],
    returns: "boolean",
    help: "Stops a process. For a whole group the answer is an array, as of stopProcessGroup.",
    run: async (context, name, wait) => {
      const { group, name: process } = findTarget(context.daemon, name);
      if (process === null) return stopAll(context, findGroup(context.daemon, group), wait);
      await named(name, stopFaults, () => context.daemon.stop({ group, name: process }, wait));
      return true;
    },
  }),
  operation({
    name: "supervisor.stopProcessGroup",
    parameters: [activeGroup, waitForStop],
    returns: "array",
    help: "Stops those processes of a group that are running, and tells how each fared.",
    run: (context, name, wait) => stopAll(context, findGroup(context.daemon, name), wait),
  }),
  operation({
    name: "supervisor.stopAllProcesses",
    parameters: [waitForStop],
    returns: "array",
    help: "Stops every process that is running, and tells how each fared.",
    run: (context, wait) => stopAll(context, context.daemon.inStartOrder(), wait),
  }),
  operation({
    name: "supervisor.signalProcess",
    parameters: [nameOrGroup, signal],
    returns: "boolean",
    help: "Sends a signal to a process. For a whole group the answer is an array, as of signalProcessGroup.",
    run: async (context, name, signal) => {
      const { group, name: process } = findTarget(context.daemon, name);
      if (process === null) return signalAll(context, findGroup(context.daemon, group), signal);
      await sendSignal(context.daemon, { group, name: process }, name, signal);
      return true;
    },
  }),
  operation({
    name: "supervisor.signalProcessGroup",
    parameters: [activeGroup, signal],
    returns: "array",
    help: "Sends a signal to every living process of a group, and tells how each fared.",
    run: (context, name, signal) => signalAll(context, findGroup(context.daemon, name), signal),
  }),
  operation({
    name: "supervisor.signalAllProcesses",
    parameters: [signal],
    returns: "array",
    help: "Sends a signal to every living process, and tells how each fared.",
    run: (context, signal) => signalAll(context, context.daemon.inStartOrder(), signal),
  }),
  operation({
    name: "supervisor.sendProcessStdin",
    parameters: [processName, stdinText()],
    returns: "boolean",
    help: "Writes a text, as UTF-8, to the standard input of a process.",
    run: async ({ daemon }, name, chars) => {
      const process = findProcess(daemon, name);
      await named(name, stdinFaults, async () => daemon.writeStdin(process, Buffer.from(chars)));
      return true;
    },
  }),
];

/** Faults that tell the name as the client wrote it, which the daemon does not know. */
const startFaults: readonly FaultName[] = ["BAD_NAME", "ALREADY_STARTED", "SPAWN_ERROR", "ABNORMAL_TERMINATION"];
const stopFaults: readonly FaultName[] = ["BAD_NAME", "NOT_RUNNING"];
const stdinFaults: readonly FaultName[] = ["BAD_NAME", "NOT_RUNNING", "NO_FILE"];

/** Performs, and gives faults of these kinds the client's name as their detail. */
export async function named<T>(name: string, faults: readonly FaultName[], act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw error instanceof Fault && faults.includes(error.fault) ? new Fault(error.fault, name) : error;
  }
}

/** The struct of `getProcessInfo`, members in the reference's order. */
export function infoStruct(info: ProcessInfo): XmlRpcStruct {
  return {
    name: info.name,
    group: info.group,
    start: info.start,
    stop: info.stop,
    now: info.now,
    state: processStates[info.state],
    statename: info.state,
    spawnerr: info.spawnError,
    exitstatus: info.exitStatus,
    logfile: info.stdoutLogfile,
    stdout_logfile: info.stdoutLogfile,
    stderr_logfile: info.stderrLogfile,
    pid: info.pid,
    description: info.description,
  };
}

/** A start that succeeds within the first look has no `startsecs` to wait for. */
function startAll({ daemon, reply }: Context, names: readonly ProcessName[], wait: boolean): Promise<XmlRpcValue> {
  reply.reserve(names.length * RESULT_BYTES);
  return runBatch({
    names,
    fits: (name) => !stateFits(daemon, name, isRunning),
    act: (name) => named(joinName(name), startFaults, () => daemon.start(name, wait)),
    isImmediate: () => (fault) => fault === null || !["SPAWN_ERROR", "ABNORMAL_TERMINATION"].includes(fault.fault),
  });
}

function stopAll({ daemon, reply }: Context, names: readonly ProcessName[], wait: boolean): Promise<XmlRpcValue> {
  reply.reserve(names.length * RESULT_BYTES);
  return runBatch({
    names,
    fits: (name) => stateFits(daemon, name, isRunning) || daemon.process(name)?.returns === true,
    act: (name) => named(joinName(name), stopFaults, () => daemon.stop(name, wait, names)),
    isImmediate: (name) => {
      const hasChild = stateFits(daemon, name, isSignallable);
      return (fault) => fault !== null || !wait || !hasChild;
    },
  });
}

function signalAll({ daemon, reply }: Context, names: readonly ProcessName[], signal: string): Promise<XmlRpcValue> {
  reply.reserve(names.length * RESULT_BYTES);
  return runBatch({
    names,
    fits: (name) => stateFits(daemon, name, isSignallable),
    act: (name) => sendSignal(daemon, name, joinName(name), signal),
    isImmediate: () => () => true,
  });
}

function stateFits(daemon: Daemon, name: ProcessName, fits: (state: ProcessState) => boolean): boolean {
  const info = daemon.process(name);
  return info !== null && fits(info.state);
}

async function sendSignal(daemon: Daemon, process: ProcessName, name: string, signal: string): Promise<void> {
  const number = signalNumber(signal);
  if (number === null) throw new Fault("BAD_SIGNAL", signal);
  await named(name, stopFaults, async () => daemon.signal(process, number));
}

/** The one parameter whose fault tells the value. */
function stdinText(): Parameter<string> {
  const refuse = (value: XmlRpcValue) =>
    new Fault("INCORRECT_PARAMETERS", value === null ? undefined : pythonText(value));
  return textOr("chars", "what to write", refuse);
}

/** Numbers count as Python's `int()` takes them, `true` as 1. */
function signalText(): Parameter<string> {
  const signal = text("signal", "name (with or without SIG) or number of a signal");
  const read = (value: XmlRpcValue): string => {
    if (typeof value !== "number" && typeof value !== "boolean") return signal.read(value);
    const number = String(Math.trunc(Number(value)));
    return signalNumber(number) === null ? pythonText(value) : number;
  };
  return { ...signal, read };
}
