/**
 * The one table of everything that can be asked of the daemon, and the one way to ask it. XML-RPC, JSON
 * and the web page all come through `perform`.
 */
import { Fault } from "../core/faults.ts";
import { daemonStates } from "../core/states.ts";
import { isStruct, type XmlRpcValue } from "../protocol/xmlrpc.ts";
import type { Reservation } from "./budget.ts";
import { configurationOperations } from "./configuration.ts";
import type { Daemon } from "./daemon.ts";
import { daemonOperations } from "./daemon-operations.ts";
import { healthOperations } from "./health.ts";
import { logOperations } from "./logs.ts";
import { checkCount, items, list, type Operation, operation, readArguments, textOr } from "./operation.ts";
import { overviewOperations } from "./overview.ts";
import { processOperations } from "./processes.ts";
import { reportOperations } from "./report.ts";
import { type Asker, announced } from "./requests.ts";
import { settingOperations } from "./settings.ts";
import { usageOperations } from "./usage.ts";

const methodName = textOr("name", "a method: `namespace.method`", unknownSignature);

const systemOperations: readonly Operation[] = [
  operation({
    name: "system.listMethods",
    parameters: [],
    returns: "array",
    reads: true,
    help: "Tells the names of all methods, sorted.",
    run: ({ daemon }) => [...table.keys()].filter((name) => isListed(name) && find(daemon, name) !== undefined).sort(),
  }),
  operation({
    name: "system.methodHelp",
    parameters: [methodName],
    returns: "string",
    reads: true,
    help: "Tells what a method does.",
    run: ({ daemon }, name) => helpText(known(daemon, name)),
  }),
  operation({
    name: "system.methodSignature",
    parameters: [methodName],
    returns: "array",
    reads: true,
    help: "Tells the types of a method: of its answer, then of its parameters.",
    run: ({ daemon }, name) => {
      const { returns, parameters } = known(daemon, name);
      return [returns, ...parameters.map((parameter) => parameter.type)];
    },
  }),
  operation({
    name: "system.multicall",
    parameters: [list("calls", "structs of methodName and params")],
    returns: "array",
    reads: true,
    help: "Performs several calls one after the other and tells the answer of each, or its faultCode and faultString.",
    run: async ({ perform }, calls) => {
      const results: XmlRpcValue[] = [];
      for (const call of calls) results.push(await performOne(call, perform));
      return results;
    },
  }),
];

/** By every name, aliases too. */
const table: ReadonlyMap<string, Operation> = new Map(
  [
    ...daemonOperations,
    ...configurationOperations,
    ...processOperations,
    ...logOperations,
    ...reportOperations,
    ...settingOperations,
    ...overviewOperations,
    ...healthOperations,
    ...usageOperations,
    ...systemOperations,
  ].flatMap((one) => [one.name, ...one.aliases].map((name): [string, Operation] => [name, one])),
);

export interface Request {
  readonly daemon: Daemon;
  /** false: whoever asks may only look. */
  readonly mayChange: boolean;
  readonly reply: Reservation;
  /** Who asks, for those who look on; without it they are not told. */
  readonly asker?: Asker;
  /** Told of what should not happen; the client sees fault 30 then. */
  readonly onBug: (error: unknown) => void;
}

/** Performs one operation. Rejects with a `Fault`, whatever happens. */
export async function perform(request: Request, method: string, params: readonly XmlRpcValue[]): Promise<XmlRpcValue> {
  const { daemon, reply } = request;
  try {
    const found = find(daemon, method);
    if (found === undefined) throw new Fault("UNKNOWN_METHOD");
    if (!found.reads && !request.mayChange) throw new Fault("FAILED", "this login may only look");
    checkCount(found, params);
    const stopping = daemonStates[daemon.state()] < daemonStates.RUNNING;
    if (stopping && !found.always && !found.name.startsWith("system.")) throw new Fault("SHUTDOWN_STATE");
    const args = readArguments(found, params);
    const run = async () =>
      found.run({ daemon, reply, perform: (name, values) => perform(request, name, values) }, args);
    return await (request.asker === undefined ? run() : announced(daemon.feed, request.asker, found, args, run));
  } catch (error) {
    if (error instanceof Fault) throw error;
    request.onBug(error);
    throw new Fault("FAILED", "internal error");
  }
}

/** What only our own control program asks for; tools that list methods see those they know. */
const ours = "spaced.";
const isListed = (name: string): boolean => !name.startsWith(ours);

/** Only what belongs to a configured interface is there; ours belongs to supervisor's. */
function find(daemon: Daemon, name: string): Operation | undefined {
  const namespace = isListed(name) ? name.slice(0, name.indexOf(".")) : "supervisor";
  return namespace === "system" || daemon.rpcInterfaces.includes(namespace) ? table.get(name) : undefined;
}

/** One entry of a multicall: never rejects. The answer stands as it is, not in an array, as in the reference. */
async function performOne(
  call: XmlRpcValue,
  perform: (method: string, params: readonly XmlRpcValue[]) => Promise<XmlRpcValue>,
): Promise<XmlRpcValue> {
  try {
    const { methodName: method, params = [] } = isStruct(call) ? call : {};
    if (method === undefined || method === null) throw new Fault("INCORRECT_PARAMETERS", "No methodName");
    const values = items(params);
    if (typeof method !== "string" || values === null) throw new Fault("INCORRECT_PARAMETERS");
    if (method === "system.multicall") {
      throw new Fault("INCORRECT_PARAMETERS", "Recursive system.multicall forbidden");
    }
    return await perform(method, values);
  } catch (error) {
    const fault = error instanceof Fault ? error : new Fault("FAILED", "internal error");
    return { faultCode: fault.code, faultString: fault.message };
  }
}

/** In the form of tagged comments, from which clients read names and types. */
function helpText({ help, parameters, returns }: Operation): string {
  const lines = parameters.map(({ type, name, help }) => `@param ${type} ${name} ${help}`);
  return [help, "", ...lines, `@return ${returns}`].join("\n");
}

/** @throws Fault SIGNATURE_UNSUPPORTED */
function known(daemon: Daemon, name: string): Operation {
  const found = find(daemon, name);
  if (found === undefined) throw unknownSignature();
  return found;
}

function unknownSignature(): Fault {
  return new Fault("SIGNATURE_UNSUPPORTED");
}
