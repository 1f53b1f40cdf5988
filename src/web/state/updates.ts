/** What comes over the stream of the overview, made into the overview that is shown. Pure; checked like every answer. */
import { asHead, asProgram, type RemoteOverview, type RemoteProgram } from "../../client/overview.ts";
import { list, type Struct, struct } from "../../client/replies.ts";
import { idOf } from "../../tui/state/state.ts";

/** Everything, when `before` is null or it says so; else what has changed. Throws `BadReply`. */
export function updated(before: RemoteOverview | null, message: Struct): RemoteOverview | null {
  const head = asHead(struct(message.head));
  const told = list(message.processes).map(asProgram);
  if (message.type === "all") return { ...head, raw: {}, processes: told };
  if (before === null) return null;
  return { ...head, raw: {}, processes: merged(before.processes, told, list(message.gone).map(String)) };
}

/** Those that are as they were stay the same objects: what is drawn of them is not drawn again. */
function merged(
  before: readonly RemoteProgram[],
  told: readonly RemoteProgram[],
  gone: readonly string[],
): readonly RemoteProgram[] {
  if (told.length === 0 && gone.length === 0) return before;
  const changed = new Map(told.map((program) => [idOf(program), program]));
  const without = new Set(gone);
  const stayed = before
    .filter((program) => !without.has(idOf(program)))
    .map((program) => {
      const id = idOf(program);
      const next = changed.get(id) ?? program;
      changed.delete(id);
      return next;
    });
  return changed.size === 0 ? stayed : [...stayed, ...changed.values()].sort(byName);
}

const byName = (a: RemoteProgram, b: RemoteProgram): number => compare(a.group, b.group) || compare(a.name, b.name);

const compare = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1);
