/** What a screen reader is told: which programs have come to be better or worse, in few words. Pure. */
import type { RemoteOverview, RemoteProgram } from "../../client/overview.ts";
import { displayName, idOf } from "../../tui/state/state.ts";
import { reasonOf, type Tone, toneOf } from "../../tui/state/tone.ts";

const most = 3;

/** "" when there is nothing to say. */
export function newsOf(before: RemoteOverview | null, after: RemoteOverview): string {
  if (before === null || before.processes === after.processes) return "";
  const known = new Map(before.processes.map((program) => [idOf(program), program]));
  const news = after.processes.flatMap((program) => {
    const was = known.get(idOf(program));
    if (was === undefined || was === program) return [];
    return change(program, toneOf(was, before.now), toneOf(program, after.now), after.now);
  });
  const rest = news.length - most;
  return [...news.slice(0, most), ...(rest > 0 ? [`and ${rest} more`] : [])].join("; ");
}

function change(program: RemoteProgram, was: Tone, is: Tone, now: number): string[] {
  if (was === is) return [];
  const name = displayName(program);
  if (is === "bad") return [`${name} has failed: ${reasonOf(program, now)}`];
  if (is === "warn")
    return was === "bad" ? [`${name} is coming back`] : [`${name} has trouble: ${reasonOf(program, now)}`];
  if (is === "good") return [`${name} runs`];
  return is === "idle" ? [`${name} is ${program.state.toLowerCase()}`] : [];
}
