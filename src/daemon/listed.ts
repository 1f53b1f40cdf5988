/** What the list says of a process: in its words of today where they mean what is in force, else in those it was made by. */
import type { ConfiguredProcess } from "../api/daemon.ts";
import { settingsOf } from "../config/origins.ts";
import { same } from "../core/changes.ts";
import type { GroupSettings } from "../core/program.ts";
import type { Setting } from "../core/setting.ts";

/** Every process of the list as last read, by name. `active`: the settings of an active group. */
export function configuredProcesses(
  wanted: readonly GroupSettings[],
  active: (group: string) => GroupSettings | undefined,
): ConfiguredProcess[] {
  return wanted
    .flatMap((group) => {
      const used = active(group.name);
      const use = { inUse: used !== undefined, isAsActive: used === group };
      return group.processes.map((process) => ({ group, process, ...use }));
    })
    .sort((a, b) => (a.process.name < b.process.name ? -1 : a.process.name > b.process.name ? 1 : 0));
}

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
