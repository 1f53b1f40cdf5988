/** `update`: makes the daemon read its files again and stops, replaces and starts groups accordingly. */
import { asChanges, asOutcomes, asProcesses } from "../../client/replies.ts";
import { faultCodes } from "../../core/faults.ts";
import { words } from "../names.ts";
import { withProgress } from "../progress.ts";
import { isFault } from "../refusals.ts";
import type { Session } from "../session.ts";

export async function run(session: Session, argument: string): Promise<undefined> {
  await withProgress(session, "change", [], () => update(session, argument));
}

async function update(session: Session, argument: string): Promise<void> {
  const changes = await reload(session);
  if (changes === null) return;
  const named = new Set(words(argument));
  if (named.has("all")) named.clear();
  if (named.size > 0) await tellUnknown(session, named, changes.added);
  const wanted = (group: string): boolean => named.size === 0 || named.has(group);

  for (const group of changes.removed.filter(wanted)) {
    const outcomes = asOutcomes(await session.call("stopProcessGroup", group));
    session.out.line(`${group}: stopped`);
    if (outcomes.some(({ status }) => status === faultCodes.FAILED)) {
      session.fail(`${group}: has problems; not removing`);
      continue;
    }
    await session.call("removeProcessGroup", group);
    session.out.line(`${group}: removed process group`);
  }
  for (const group of changes.changed.filter(wanted)) {
    await replace(session, group);
    session.out.line(`${group}: updated process group`);
  }
  for (const group of changes.added.filter(wanted)) {
    await session.call("addProcessGroup", group);
    session.out.line(`${group}: added process group`);
  }
}

/** Our daemon touches only the processes that have changed; the reference can only stop and start them all. */
async function replace(session: Session, group: string): Promise<void> {
  try {
    await session.client.call("spaced.updateGroup", [group]);
    session.out.line(`${group}: stopped`);
  } catch (error) {
    if (!isFault(error, "UNKNOWN_METHOD")) throw error;
    await session.call("stopProcessGroup", group);
    session.out.line(`${group}: stopped`);
    await session.call("removeProcessGroup", group);
    await session.call("addProcessGroup", group);
  }
}

async function reload(session: Session) {
  try {
    return asChanges(await session.call("reloadConfig"));
  } catch (error) {
    if (!isFault(error, "SHUTDOWN_STATE")) throw error;
    session.fail("ERROR: already shutting down");
    return null;
  }
}

async function tellUnknown(session: Session, named: ReadonlySet<string>, added: readonly string[]): Promise<void> {
  const groups = new Set(asProcesses(await session.call("getAllProcessInfo")).map(({ group }) => group));
  for (const group of added) groups.add(group);
  for (const group of named) if (!groups.has(group)) session.fail(`ERROR: no such group: ${group}`);
}
