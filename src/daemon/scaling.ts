/** More or fewer copies of a program, by somebody's wish: the list is read with that number, and its groups brought to it. */
import type { ConfiguredProcess, Daemon } from "../api/daemon.ts";
import type { Scales } from "../config/scales.ts";
import { Fault } from "../core/faults.ts";

type Scalable = Pick<Daemon, "configured" | "group" | "reread" | "updateGroup">;

/** Resolves when those too many have ended. Faults: BAD_NAME CANT_REREAD FAILED. */
export async function scale(daemon: Scalable, scales: Scales, program: string, copies: number): Promise<void> {
  const isOf = ({ process }: ConfiguredProcess) => process.program === program;
  if (!daemon.configured().some(isOf)) throw new Fault("BAD_NAME", program);
  await scales.trying(program, copies, () => daemon.reread());
  const groups = new Set(
    daemon
      .configured()
      .filter(isOf)
      .map(({ group }) => group.name),
  );
  for (const group of groups) if (daemon.group(group) !== null) await daemon.updateGroup(group);
}
