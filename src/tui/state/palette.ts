/** What the palette offers for what has been typed: commands, then programs, the best match first. */
import type { RemoteOverview } from "../../client/overview.ts";
import { type CommandId, commands } from "./commands.ts";
import { displayName, idOf } from "./state.ts";

export type Offer =
  | { readonly type: "command"; readonly id: CommandId; readonly title: string }
  | { readonly type: "program"; readonly id: string; readonly title: string; readonly state: string };

const most = 200;

export function offers({ processes }: RemoteOverview, typed: string): readonly Offer[] {
  const wanted = typed.trim().toLowerCase();
  const rated: { readonly offer: Offer; readonly rating: number }[] = [];
  for (const { id, title } of commands) {
    if (id === "palette") continue;
    const rating = Math.min(rate(id, wanted), rate(title, wanted) + 1);
    if (rating < misses) rated.push({ offer: { type: "command", id, title }, rating });
  }
  for (const program of processes) {
    const title = displayName(program);
    // Programs are many: they are offered to who has typed something.
    const rating = wanted === "" ? misses : rate(title, wanted) + 0.5;
    if (rating < misses)
      rated.push({ offer: { type: "program", id: idOf(program), title, state: program.state }, rating });
  }
  return rated
    .sort((a, b) => a.rating - b.rating)
    .slice(0, most)
    .map(({ offer }) => offer);
}

const misses = 100;

/** The lower the better: the same, a beginning, the beginning of a word, a part, its letters in this order. */
function rate(text: string, wanted: string): number {
  const lower = text.toLowerCase();
  if (lower === wanted) return 0;
  const at = lower.indexOf(wanted);
  if (at === 0) return 2;
  if (at > 0) return /[\s:_-]/.test(lower[at - 1] ?? "") ? 4 : 6;
  let from = 0;
  for (const character of wanted) {
    const found = lower.indexOf(character, from);
    if (found === -1) return misses;
    from = found + 1;
  }
  // Letters far from each other say little.
  return wanted.length > 1 && from <= wanted.length * 4 ? 8 : misses;
}
