/** Process names as clients write them: `name`, `group:name`, and `group:*` or `group:` for a whole group. */
import { Fault } from "../core/faults.ts";
import type { Daemon, ProcessName } from "./daemon.ts";

/** `name` null: the whole group. */
export interface Target {
  readonly group: string;
  readonly name: string | null;
}

/** A bare name is a process of the group of the same name. */
export function splitName(text: string): Target {
  const colon = text.indexOf(":");
  if (colon < 0) return { group: text, name: text };
  const name = text.slice(colon + 1);
  return { group: text.slice(0, colon), name: name === "" || name === "*" ? null : name };
}

/** The shortest text that `splitName` reads back. */
export function joinName({ group, name }: ProcessName): string {
  return group === name ? name : `${group}:${name}`;
}

/** @throws Fault BAD_NAME when there is no such group, or no such process in it */
export function findTarget(daemon: Daemon, text: string): Target {
  const target = splitName(text);
  const { group, name } = target;
  const exists = name === null ? daemon.group(group) !== null : daemon.process({ group, name }) !== null;
  if (!exists) throw new Fault("BAD_NAME", text);
  return target;
}

/** @throws Fault BAD_NAME also for a whole group */
export function findProcess(daemon: Daemon, text: string): ProcessName {
  const { group, name } = findTarget(daemon, text);
  if (name === null) throw new Fault("BAD_NAME", text);
  return { group, name };
}

/** @throws Fault BAD_NAME */
export function findGroup(daemon: Daemon, name: string): readonly ProcessName[] {
  const members = daemon.group(name);
  if (members === null) throw new Fault("BAD_NAME", name);
  return members;
}
