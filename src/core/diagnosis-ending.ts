/** What of a program list makes a container end too late, or not at all. */
import type { ContainerFacts } from "./container-facts.ts";
import { type Finding, finding } from "./diagnosis.ts";
import { askerOf, type ListFacts, type Program } from "./listed-program.ts";
import type { Config } from "./program.ts";
import { duration } from "./quantity.ts";

export function endings(
  config: Config,
  programs: readonly Program[],
  facts: ContainerFacts,
  seen: ListFacts,
): Finding[] {
  return [...stopping(config, programs, facts, seen), ...givenUp(programs, seen)];
}

/** How long a container is given after its stop signal, unless somebody has said otherwise. */
const graceSeconds = { kubernetes: 30, docker: 10, podman: 10 } as const;

function stopping(
  { daemon: { shutdownTimeoutMs } }: Config,
  programs: readonly Program[],
  { platform: { orchestrator } }: ContainerFacts,
  seen: ListFacts,
): Finding[] {
  if (orchestrator === null) return [];
  const grace = graceSeconds[orchestrator];
  const shorter = `shutdown_timeout=${grace - 2}s in [supervisord]`;
  const longer = (seconds: number) =>
    orchestrator === "kubernetes"
      ? `terminationGracePeriodSeconds: ${seconds + 5}`
      : `${orchestrator} run --stop-timeout ${seconds + 5} (stop_grace_period in compose)`;
  const kills = `${orchestrator} kills a container ${grace}s after its stop signal by default`;
  if (shutdownTimeoutMs !== null) {
    if (shutdownTimeoutMs < grace * 1000) return [];
    return [
      finding("stopping", "warn", `shutdown_timeout=${duration(shutdownTimeoutMs)}, and ${kills}`, {
        meaning: "what has not ended by then is killed with everything else, spaced included",
        fix: `${longer(Math.ceil(shutdownTimeoutMs / 1000))}, or ${shorter}`,
        askers: [askerOf("[supervisord]", "supervisord", "shutdown_timeout", seen)],
      }),
    ];
  }
  const slow = programs.filter(({ process: { stopWaitSeconds } }) => stopWaitSeconds > grace);
  const slowest = Math.max(0, ...programs.map(({ process: { stopWaitSeconds } }) => stopWaitSeconds));
  if (slow.length > 0)
    return [
      finding("stopping", "warn", `stopwaitsecs of up to ${duration(slowest * 1000)}, and ${kills}`, {
        meaning: "who takes as long as it may is killed with everything else",
        fix: `${longer(slowest)}, or ${shorter}`,
        askers: slow.map(({ process, section }) => askerOf(process.program, section, "stopwaitsecs", seen)),
      }),
    ];
  return [
    finding("stopping", slowest < grace ? "note" : "warn", `no shutdown_timeout, and ${kills}`, {
      meaning: "programs that stop one after the other, or take all of their stopwaitsecs, may take longer than that",
      fix: shorter,
    }),
  ];
}

/** Who ends the container when it ends, but not when it never comes to run. */
function givenUp(programs: readonly Program[], seen: ListFacts): Finding[] {
  return programs
    .filter(
      ({ section, process: { care } }) =>
        care.onExit === "shutdown" && care.onFatal === "ignore" && seen.place(section, "on_fatal") === null,
    )
    .map(({ section, process }) =>
      finding("on_exit", "warn", "on_exit=shutdown without on_fatal=shutdown", {
        meaning: "when the program cannot be started, or is given up, the container goes on without it",
        fix: "on_fatal=shutdown in its section, or on_fatal=ignore if that is meant",
        askers: [askerOf(process.program, section, "on_exit", seen)],
      }),
    );
}
