/**
 * POST /RPC2: one call, one answer. The answer is XML-RPC, or `{"result": …}` or `{"fault": {"code",
 * "text"}}` for a client whose Accept names application/json first: that spares it an XML parser.
 */
import { Fault } from "../core/faults.ts";
import { shortRepr } from "../core/python.ts";
import { encodeFault, encodeResponse } from "../protocol/encode.ts";
import type { XmlRpcCall, XmlRpcValue } from "../protocol/xmlrpc.ts";
import { type Exchange, HttpError, readBody, type Server, send } from "./exchange.ts";
import { perform } from "./operations.ts";
import { askerOf } from "./requests.ts";

export async function answerCall(exchange: Exchange): Promise<void> {
  const { server, request, response, visitor } = exchange;
  const body = await readBody(exchange);
  const call = await readCall(server, body);
  const reply = server.budget.open();
  response.once("close", () => reply.release());
  const json = /^\s*application\/json\b/i.test(request.headers.accept ?? "");
  const [write, fail] = json ? [jsonResult, jsonFault] : [encodeResponse, encodeFault];
  let answer: string;
  try {
    const onBug = (error: unknown) => logBug(server, call.method, error);
    const context = {
      daemon: server.daemon,
      mayChange: visitor.may("control"),
      reply,
      asker: askerOf(exchange),
      onBug,
    };
    answer = write(await perform(context, call.method, call.params));
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    answer = fail(error.code, error.message);
  }
  if (response.destroyed) reply.release();
  send(exchange, 200, json ? "application/json" : "text/xml", answer);
}

async function readCall({ log }: Server, body: Buffer): Promise<XmlRpcCall> {
  const { decodeCall, noMethodName } = await import("../protocol/decode.ts");
  try {
    return decodeCall(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    // The reference's words; what exactly is wrong is for those who look closer.
    const kind = reason === noMethodName ? reason : "unmarshallable";
    log("error", `XML-RPC request data ${shortRepr(body.toString())} is invalid: ${kind}`);
    log("debug", `XML-RPC request data: ${reason}`);
    throw new HttpError(400);
  }
}

const jsonResult = (value: XmlRpcValue): string => JSON.stringify({ result: value });

const jsonFault = (code: number, text: string): string => JSON.stringify({ fault: { code, text } });

export function logBug({ log }: Server, what: string, error: unknown): void {
  log("critical", `internal error in ${what.slice(0, 100)}: ${error instanceof Error ? error.stack : String(error)}`);
}
