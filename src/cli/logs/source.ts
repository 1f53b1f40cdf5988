/** Which logs a person means, and whose lines they are. */
import type { RemoteLog, RemoteLogUser } from "../../client/logs.ts";
import { displayName, type Member } from "../names.ts";

export type Channel = "stdout" | "stderr";

export interface Source {
  /** The same after a restart of the daemon, which may choose other paths. */
  readonly key: string;
  readonly log: RemoteLog;
  /** The process, or what those have in common that share the file. */
  readonly label: string;
  readonly program: string;
  /** null: several, or both. */
  readonly process: Member | null;
  readonly channel: Channel | null;
  /** Those that are wanted of who shares the file, where lines tell whose they are; null = all. */
  readonly wanted: readonly RemoteLogUser[] | null;
}

export interface Selection {
  readonly sources: readonly Source[];
  /** Names of processes of which nothing can be read, by the reason. */
  readonly silent: ReadonlyMap<string, readonly string[]>;
}

const fullName = ({ group, name }: Member): string => `${group}:${name}`;

/** @param chosen null = all processes @param channel null = both */
export function select(
  logs: readonly RemoteLog[],
  chosen: readonly Member[] | null,
  channel: Channel | null,
): Selection {
  const names = chosen === null ? null : new Set(chosen.map(fullName));
  const sources: Source[] = [];
  const heard = new Set<string>();
  const missing: { readonly name: string; readonly why: string }[] = [];
  for (const log of logs) {
    const users = log.users.filter(
      (user) => (names === null || names.has(fullName(user))) && (channel === null || user.channel === channel),
    );
    if (users.length === 0) continue;
    if (log.missing === null) {
      sources.push(sourceOf(log, users));
      for (const user of users) heard.add(fullName(user));
    } else for (const user of users) missing.push({ name: fullName(user), why: reasonOf(log, user) });
  }
  // Who can be heard on one channel is not missed on the other.
  const silent = new Map<string, string[]>();
  const told = new Set<string>();
  for (const { name, why } of missing) {
    if (heard.has(name) || told.has(name)) continue;
    told.add(name);
    silent.set(why, [...(silent.get(why) ?? []), shortName(name)]);
  }
  return { sources, silent };
}

function sourceOf(log: RemoteLog, users: readonly RemoteLogUser[]): Source {
  const [first] = log.users as [RemoteLogUser];
  const channels = new Set(log.users.map(({ channel }) => channel));
  const members = new Set(log.users.map(fullName));
  const isOne = members.size === 1;
  return {
    key: `${fullName(first)} ${first.channel}`,
    log,
    label: isOne ? displayName(first) : common(log.users),
    program: first.program,
    process: isOne ? { group: first.group, name: first.name } : null,
    channel: channels.size === 1 ? first.channel : null,
    wanted: log.format === "raw" || users.length === log.users.length ? null : users,
  };
}

function common(users: readonly RemoteLogUser[]): string {
  const groups = new Set(users.map(({ group }) => group));
  if (groups.size === 1) return `${[...groups][0]}:*`;
  const [first, ...others] = [...new Set(users.map(displayName))];
  return `${first}+${others.length}`;
}

function shortName(full: string): string {
  const [group = "", name = ""] = full.split(/:(.*)/s);
  return displayName({ group, name });
}

function reasonOf(log: RemoteLog, { channel }: RemoteLogUser): string {
  switch (log.missing) {
    case "stream":
      return `${channel} goes to ${log.path}, which cannot be read back; look there`;
    case "syslog":
      return `${channel} goes to syslog; look there`;
    case "redirected":
      return "stderr goes to stdout (redirect_stderr=true); leave --stderr out";
    case "none":
      return `${channel} is kept in no file (${channel}_logfile=NONE); with log_passthrough it is on the daemon's own output`;
    case "unmade":
      return "not started yet";
    default:
      return `there is nothing to read: ${log.missing}`;
  }
}
