/**
 * Orders given on the status page: GET or POST / with `action` and `processname`. The answer leads back
 * to the page with a message; its words are those of supervisor 4.2.5, for scripts that press buttons.
 */
import { Fault, type FaultName } from "../../core/faults.ts";
import type { XmlRpcValue } from "../../protocol/xmlrpc.ts";
import type { Daemon } from "../daemon.ts";
import { type Exchange, HttpError, readBody, send } from "../exchange.ts";
import { splitName } from "../names.ts";
import { perform } from "../operations.ts";
import { askerOf } from "../requests.ts";
import { logBug } from "../rpc.ts";
import { quote } from "./html.ts";
import { showStatus } from "./status-page.ts";

type Perform = (method: string, params?: readonly XmlRpcValue[]) => Promise<XmlRpcValue>;

interface Order {
  readonly needsProcess: boolean;
  /** Resolves to the message. */
  readonly run: (perform: Perform, name: string) => Promise<string>;
}

const orders: ReadonlyMap<string, Order> = new Map([
  ["refresh", { needsProcess: false, run: async () => `Page refreshed at ${timeNow()}` }],
  ["stopall", { needsProcess: false, run: stopAll }],
  ["restartall", { needsProcess: false, run: restartAll }],
  ["start", { needsProcess: true, run: start }],
  ["stop", { needsProcess: true, run: stop }],
  ["restart", { needsProcess: true, run: restart }],
  ["clearlog", { needsProcess: true, run: clearLog }],
]);

/** A page as it is asked for with a form: what that says counts as if the address said it. */
export function posted(show: (exchange: Exchange) => Promise<void>): (exchange: Exchange) => Promise<void> {
  return async (exchange) => {
    const form = new URLSearchParams((await readBody(exchange)).toString());
    for (const [name, value] of exchange.query) if (!form.has(name)) form.set(name, value);
    await show({ ...exchange, query: form });
  };
}

/** A form without an action is a plain view of the page. */
export const takePost = posted((exchange) =>
  exchange.query.get("action") ? takeOrder(exchange) : showStatus(exchange),
);

export async function takeOrder(exchange: Exchange): Promise<void> {
  const form = exchange.query;
  const name = form.get("processname") ?? "";
  const order = orders.get(form.get("action") ?? "");
  const stranger = order?.needsProcess !== false && name !== "" && !exists(exchange.server.daemon, name);
  if (!stranger && (order === undefined || (order.needsProcess && name === ""))) throw new HttpError(400);
  const message =
    order === undefined || stranger ? `No such process named ${name}` : await carryOut(exchange, order, name);
  const headers = { Location: `${pageAddress(exchange)}?message=${quote(message)}`, "Cache-Control": "no-store" };
  send(exchange, 301, "text/html", "", headers);
}

async function carryOut(exchange: Exchange, order: Order, name: string): Promise<string> {
  const { server, visitor } = exchange;
  const reply = server.budget.open();
  const onBug = (error: unknown) => logBug(server, "index.html", error);
  const context = { daemon: server.daemon, mayChange: visitor.may("control"), reply, asker: askerOf(exchange), onBug };
  try {
    return await order.run((method, params = []) => perform(context, method, params), name);
  } catch (error) {
    if (error instanceof Fault) return unexpected(error);
    throw error;
  } finally {
    reply.release();
  }
}

/** A form leads back below whatever path it came from; a link to the address that scripts expect. */
function pageAddress({ request }: Exchange): string {
  const { host } = request.headers;
  const url = request.method === "GET" && host !== undefined ? URL.parse(`http://${host}/`) : null;
  return url === null ? "./" : `http://${url.host}/`;
}

function exists(daemon: Daemon, text: string): boolean {
  const { group, name } = splitName(text);
  return name !== null && daemon.process({ group, name }) !== null;
}

async function stopAll(perform: Perform): Promise<string> {
  await perform("supervisor.stopAllProcesses");
  return `All stopped at ${timeNow()}`;
}

async function restartAll(perform: Perform): Promise<string> {
  await perform("supervisor.stopAllProcesses");
  await perform("supervisor.startAllProcesses");
  return `All restarted at ${timeNow()}`;
}

const startFaults: Partial<Record<FaultName, string>> = {
  NO_FILE: "no such file",
  NOT_EXECUTABLE: "file not executable",
  ALREADY_STARTED: "already started",
  SPAWN_ERROR: "spawn error",
  ABNORMAL_TERMINATION: "abnormal termination",
};

async function start(perform: Perform, name: string): Promise<string> {
  try {
    await perform("supervisor.startProcess", [name]);
    return `Process ${name} started`;
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return `ERROR: Process ${name}: ${startFaults[error.fault] ?? unexpected(error)}`;
  }
}

async function stop(perform: Perform, name: string): Promise<string> {
  await perform("supervisor.stopProcess", [name]);
  return `Process ${name} stopped`;
}

/** Whether it ran before and runs again is to be seen on the page. */
async function restart(perform: Perform, name: string): Promise<string> {
  const calls = ["supervisor.stopProcess", "supervisor.startProcess"].map((methodName) => ({
    methodName,
    params: [name],
  }));
  await perform("system.multicall", [calls]);
  return `Process ${name} restarted`;
}

async function clearLog(perform: Perform, name: string): Promise<string> {
  await perform("supervisor.clearProcessLogs", [name]);
  return `Log for ${name} cleared`;
}

const unexpected = (fault: Fault): string => `unexpected rpc fault [${fault.code}] ${fault.message}`;

/** `ctime(3)`: `Sun Nov 22 04:05:06 2026`, local time. */
function timeNow(): string {
  const [weekday, month, day = "", year, time] = new Date().toString().split(" ");
  return `${weekday} ${month} ${day.replace(/^0/, " ")} ${time} ${year}`;
}
