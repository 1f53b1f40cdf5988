/**
 * A health check that asks a server over HTTP: a status of 200 to 399 passes, redirects are not
 * followed. As little is read as tells: headers, and the first few KB of the body for the report.
 *
 * Node's own client, taken as in `src/api/http.ts`. Certificates are not verified, as in Kubernetes:
 * the question is whether it answers.
 */
import type { IncomingMessage, RequestOptions } from "node:http";
import type { CheckResult } from "../core/health.ts";
import type { HttpTarget } from "../core/http-target.ts";
import { duration } from "../core/quantity.ts";
import { deadline } from "./deadline.ts";
import { connectionTrouble, oneLine } from "./probe-trouble.ts";

/** Beyond this much of a body, nobody reads on. */
const enoughBytes = 4096;

/** Never rejects; resolves within `timeoutMs`, or soon after `signal`. */
export function probeHttp(target: HttpTarget, timeoutMs: number, signal: AbortSignal): Promise<CheckResult> {
  const where = describe(target);
  return new Promise((resolve) => {
    let waitingFor = "connection";
    let reply: IncomingMessage | null = null;
    let body = Buffer.alloc(0);
    const settle = (result: CheckResult) => {
      endDeadline();
      signal.removeEventListener("abort", abort);
      request.destroy();
      resolve(result);
    };
    const judge = ({ statusCode = 0 }: IncomingMessage) => {
      const said = statusCode >= 200 && statusCode < 400 ? "" : oneLine(body.toString());
      const text = `HTTP ${statusCode}${said === "" ? "" : `: ${said}`}`;
      settle({ outcome: statusCode >= 200 && statusCode < 400 ? "passed" : "failed", text });
    };
    const abort = () => settle({ outcome: "unknown", text: "abandoned" });
    const endDeadline = deadline(timeoutMs, () =>
      settle({ outcome: "failed", text: `${where}: no ${waitingFor} within ${duration(timeoutMs)}` }),
    );
    const module = process.getBuiltinModule(target.secure ? "node:https" : "node:http");
    const request = module.request(optionsOf(target));
    signal.addEventListener("abort", abort);
    request.on("socket", (socket) => {
      socket.once(target.secure ? "secureConnect" : "connect", () => {
        waitingFor = "reply";
      });
    });
    request.on("response", (response) => {
      reply = response;
      waitingFor = "end of the reply";
      response.on("data", (bytes: Buffer) => {
        body = Buffer.concat([body, bytes]);
        if (body.length >= enoughBytes) judge(response);
      });
      response.on("end", () => judge(response));
      response.on("error", () => settle({ outcome: "failed", text: `${where}: the reply broke off` }));
    });
    request.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code?.startsWith("HPE_")) settle({ outcome: "failed", text: oneLine(`${where}: ${error.message}`) });
      else if (reply !== null) settle({ outcome: "failed", text: `${where}: the reply broke off` });
      else if (error.code === "ECONNRESET" && waitingFor === "reply")
        settle({ outcome: "failed", text: `${where}: the connection was closed without a reply` });
      else settle(connectionTrouble(where, error));
    });
    request.end();
    if (signal.aborted) abort();
  });
}

const describe = ({ at }: HttpTarget): string =>
  "socketPath" in at ? at.socketPath : `${at.host.includes(":") ? `[${at.host}]` : at.host}:${at.port}`;

const optionsOf = ({ at, path, auth, secure }: HttpTarget): RequestOptions => ({
  ...at,
  path,
  auth,
  agent: false,
  ...(secure ? { rejectUnauthorized: false } : {}),
  headers: {
    ...("socketPath" in at ? { host: "localhost" } : {}),
    "user-agent": "spaced (health check)",
    accept: "*/*",
    connection: "close",
  },
});
