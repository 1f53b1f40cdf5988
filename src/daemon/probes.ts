/**
 * Makes health checks, so many at once and no more: a hundred programs that are checked in the same
 * second must not be a hundred processes. Who has to wait does so in the order of asking, and its time
 * begins when it is its turn. Each kind of check is loaded when it is first needed.
 */
import type { HealthTest } from "../core/care.ts";
import type { CheckResult } from "../core/health.ts";
import { httpTarget } from "../core/http-target.ts";

/** Connections cost little, processes much. */
const mostConnections = 64;
const mostCommands = 8;

export interface ProbeRequest {
  readonly test: HealthTest;
  readonly timeoutMs: number;
  /** When the program was started; wall clock. */
  readonly bornMs: number;
  /** For a command: what the program has. */
  readonly environment: () => Readonly<Record<string, string>>;
  readonly directory: string | null;
  readonly uid: number | null;
  readonly umask: number | null;
}

const abandoned: CheckResult = { outcome: "unknown", text: "abandoned" };

export class Probes {
  readonly #connections = new Lane(mostConnections);
  readonly #commands = new Lane(mostCommands);

  /** Never rejects. Resolves some time after `timeoutMs` at the latest, once it has had its turn. */
  async run(request: ProbeRequest, signal: AbortSignal): Promise<CheckResult> {
    const lane = request.test.type === "command" ? this.#commands : this.#connections;
    if (!(await lane.enter(signal))) return abandoned;
    try {
      return signal.aborted ? abandoned : await probe(request, signal);
    } catch (error) {
      return { outcome: "unknown", text: (error as Error).message };
    } finally {
      lane.leave();
    }
  }
}

/** A counting gate; first come, first served. */
class Lane {
  #free: number;
  readonly #waiting = new Set<() => void>();

  constructor(places: number) {
    this.#free = places;
  }

  /** Resolves to true with a place, or to false when the signal was aborted before there was one. */
  async enter(signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) return false;
    if (this.#free > 0) {
      this.#free--;
      return true;
    }
    const turn = Promise.withResolvers<boolean>();
    const called = () => turn.resolve(true);
    const giveUp = () => {
      if (this.#waiting.delete(called)) turn.resolve(false);
    };
    this.#waiting.add(called);
    signal.addEventListener("abort", giveUp);
    const taken = await turn.promise;
    signal.removeEventListener("abort", giveUp);
    return taken;
  }

  leave(): void {
    const [next] = this.#waiting;
    if (next === undefined) this.#free++;
    else {
      this.#waiting.delete(next);
      next();
    }
  }
}

async function probe(request: ProbeRequest, signal: AbortSignal): Promise<CheckResult> {
  const { test, timeoutMs } = request;
  switch (test.type) {
    case "http": {
      const target = httpTarget(test.url);
      if (target === null) return { outcome: "unknown", text: `healthcheck_http is no URL: ${test.url}` };
      return (await import("../system/probe-http.ts")).probeHttp(target, timeoutMs, signal);
    }
    case "tcp":
      return (await import("../system/probe-tcp.ts")).probeTcp(test.host, test.port, timeoutMs, signal);
    case "file": {
      const heartbeat = { path: test.path, maxAgeMs: test.maxAgeMs, bornMs: request.bornMs };
      return (await import("../system/probe-file.ts")).probeFile(heartbeat, timeoutMs, signal);
    }
    case "command": {
      const { environment, directory, uid, umask } = request;
      const around = { environment: environment(), directory, user: uid, umask, timeoutMs, signal };
      return (await import("../system/probe-command.ts")).probeCommand(test.command, around);
    }
  }
}
