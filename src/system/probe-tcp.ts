/** A health check that passes when something accepts a connection. Nothing is sent. */
import { connect } from "node:net";
import type { CheckResult } from "../core/health.ts";
import { duration } from "../core/quantity.ts";
import { deadline } from "./deadline.ts";
import { connectionTrouble } from "./probe-trouble.ts";

/** Never rejects; resolves within `timeoutMs`, or soon after `signal`. */
export function probeTcp(host: string, port: number, timeoutMs: number, signal: AbortSignal): Promise<CheckResult> {
  const where = `${host}:${port}`;
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const settle = (outcome: CheckResult["outcome"], text: string) => {
      endDeadline();
      signal.removeEventListener("abort", abort);
      socket.destroy();
      resolve({ outcome, text });
    };
    const abort = () => settle("unknown", "abandoned");
    const endDeadline = deadline(timeoutMs, () =>
      settle("failed", `${where}: no connection within ${duration(timeoutMs)}`),
    );
    signal.addEventListener("abort", abort);
    socket.on("connect", () => {
      // Of two ends on one machine the kernel may join a port to itself when nobody listens there.
      const toItself = socket.localPort === socket.remotePort && socket.localAddress === socket.remoteAddress;
      if (toItself) settle("failed", `${where}: connection refused`);
      else settle("passed", `${where} accepts connections`);
    });
    socket.on("error", (error) => {
      const { outcome, text } = connectionTrouble(where, error);
      settle(outcome, text);
    });
    if (signal.aborted) abort();
  });
}
