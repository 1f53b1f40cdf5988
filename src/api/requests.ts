/** Tells those who look on what clients ask for: who, what and of which program, and how it was refused or failed. */
import { Fault } from "../core/faults.ts";
import type { XmlRpcValue } from "../protocol/xmlrpc.ts";
import type { Exchange } from "./exchange.ts";
import type { Feed } from "./feed.ts";
import type { Operation } from "./operation.ts";

export interface Asker {
  /** `unix socket` or an address. */
  readonly by: string;
  /** What the client calls itself; null = nothing that looks like a name. */
  readonly client: string | null;
}

export function askerOf({ server, request }: Pick<Exchange, "server" | "request">): Asker {
  const by = server.settings.type === "unix" ? "unix socket" : (request.socket.remoteAddress ?? "somewhere");
  // RFC 9110's product, the first word of it; supervisorctl sends none.
  const client = /^[\w.+-]{1,40}(\/[\w.+-]{1,20})?/.exec(request.headers["user-agent"] ?? "");
  return { by, client: client?.[0] ?? null };
}

/** Performs an operation, between telling of it and of its failure. What changes nothing is not told. */
export async function announced(
  feed: Feed,
  { by, client }: Asker,
  operation: Operation,
  args: readonly unknown[],
  run: () => Promise<XmlRpcValue>,
): Promise<XmlRpcValue> {
  // Listeners are told of those that are always performed, events from outside.
  if (operation.reads || operation.always) return run();
  const request = {
    type: "request",
    what: operation.name.slice(operation.name.indexOf(".") + 1),
    ...told(operation, args),
    by,
    ...(client === null ? {} : { client }),
  } as const;
  feed.tell(request);
  try {
    return await run();
  } catch (error) {
    feed.tell({ ...request, failed: error instanceof Fault ? error.message : "internal error" });
    throw error;
  }
}

/** Of the arguments only names: the others may be what is written to a program. */
function told({ parameters }: Operation, args: readonly unknown[]): { target?: string; signal?: string } {
  const of = (name: string): string | undefined => {
    const value = args[parameters.findIndex((parameter) => parameter.name === name)];
    return typeof value === "string" ? value : undefined;
  };
  const [target, signal] = [of("name"), of("signal")];
  return { ...(target === undefined ? {} : { target }), ...(signal === undefined ? {} : { signal }) };
}
