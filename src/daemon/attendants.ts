/** Who looks after the processes of a daemon, beyond their own lives; each costs nothing until a program asks for it. */
import type { Config } from "../core/program.ts";
import type { Group } from "./group.ts";
import { Limits } from "./limits.ts";
import { OwnFiles } from "./own-files.ts";
import { Schedules } from "./schedules.ts";
import type { Surroundings } from "./surroundings.ts";
import { Turns } from "./turns.ts";
import { Watches } from "./watches.ts";

type Parts = Pick<Surroundings, "clock" | "agenda" | "log" | "usage" | "dependencies" | "feed"> & {
  readonly config: Config;
  groups(): readonly Group[];
};

export function createAttendants({ config, groups, ...parts }: Parts): Pick<Surroundings, "attendants" | "nextRun"> {
  const { clock, agenda } = parts;
  const turns = new Turns({
    clock,
    agenda,
    copiesOf: ({ group, settings }) =>
      groups()
        .filter(({ name }) => name === group)
        .flatMap(({ processes }) => [...processes.values()])
        .filter((other) => other.settings.program === settings.program),
  });
  const ownFiles = new OwnFiles(() => [...filesOf(config), ...groups().flatMap(logsOf)]);
  const summon = parts.dependencies.summon.bind(parts.dependencies);
  const schedules = new Schedules({ ...parts, turns, summon });
  return {
    attendants: [new Limits(parts), new Watches({ ...parts, turns, ownFiles }), schedules],
    nextRun: (process) => schedules.nextRun(process),
  };
}

const filesOf = ({ daemon, servers }: Config): string[] => [
  daemon.logfile ?? "",
  daemon.pidfile,
  ...servers.map((server) => (server.type === "unix" ? server.path : "")),
];

const logsOf = ({ processes }: Group): string[] =>
  [...processes.values()].flatMap(({ stdout, stderr }) => [stdout.path, stderr.path]);
