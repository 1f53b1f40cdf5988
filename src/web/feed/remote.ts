/**
 * Orders and questions to the daemon: XML-RPC with answers as JSON, as any client of ours has them. The browser adds
 * the password, and the headers by which the daemon sees that an order comes from its own page.
 */
import { HttpFailure, RemoteFault } from "../../client/failures.ts";
import { encodeCall } from "../../protocol/encode.ts";
import type { XmlRpcValue } from "../../protocol/xmlrpc.ts";

/** As long as the slowest program may take to stop, and then some. */
const limitMs = 10 * 60_000;

/** Rejects with one of the failures of `client/failures.ts`, or with what the browser says. */
async function call(method: string, params: readonly XmlRpcValue[] = []): Promise<unknown> {
  const response = await fetch("RPC2", {
    method: "POST",
    headers: { "Content-Type": "text/xml", Accept: "application/json" },
    body: encodeCall(method, params),
    signal: AbortSignal.timeout(limitMs),
  });
  if (!response.ok) throw new HttpFailure(response.status, response.statusText);
  const answer = await response.json();
  if (answer.fault !== undefined) throw new RemoteFault(Number(answer.fault.code), String(answer.fault.text));
  return answer.result;
}

export const remote = { call };
