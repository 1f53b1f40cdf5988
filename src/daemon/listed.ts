/** What the list says of a process: in its words of today where they mean what is in force, else in those it was made by. */
import { settingsOf } from "../config/origins.ts";
import { same } from "../core/changes.ts";
import type { GroupSettings } from "../core/program.ts";
import type { Setting } from "../core/setting.ts";

/** `wanted`: the list as last read. null: the active group has no such process. */
export function listedSettings(
  active: GroupSettings,
  name: string,
  wanted: readonly GroupSettings[],
): readonly Setting[] | null {
  const made = memberOf(active, name);
  if (made === undefined) return null;
  const group = wanted.find((each) => each.name === active.name);
  const now = group && memberOf(group, name);
  const isInForce = now !== undefined && same(made, now) && same(ofGroup(active), ofGroup(group));
  return settingsOf(isInForce ? now : made);
}

const memberOf = ({ processes }: GroupSettings, name: string) => processes.find((process) => process.name === name);

const ofGroup = (group: GroupSettings | undefined) => ({ ...group, processes: [] });
