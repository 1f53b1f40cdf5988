/** The last line: what is being typed, what has just been done, or which keys do what here. */
import type { Bindings } from "../state/bindings.ts";
import type { CommandId } from "../state/commands.ts";
import { keyName } from "../state/help-lines.ts";
import type { State } from "../state/state.ts";
import { take, width } from "../text/cells.ts";
import { cleanText } from "../text/clean.ts";
import { clipLine, fillLine, lineWidth } from "../text/line.ts";
import { type Line, type Role, span } from "../text/look.ts";

export function footerLine(state: State, bindings: Bindings, columns: number): Line {
  const { dialog, message, jobs, table } = state;
  if (dialog?.type === "prompt") return promptLine(dialog.label, dialog.input, columns);
  const marked = table.marked.size === 0 ? [] : [span(` ${table.marked.size} marked `, "marked"), span(" ")];
  const shown = filterNote(state);
  const said: Line =
    message === null
      ? []
      : [span(cleanText(message.text), tones[message.tone]), span(jobs.length > 0 ? progress(state) : "", "dim")];
  if (message !== null) return fillLine([span(" "), ...marked, ...shown, ...said], columns);
  return fillLine(
    [span(" "), ...marked, ...shown, ...hints(state, bindings, columns - 2 - lineWidth([...marked, ...shown]))],
    columns,
  );
}

const tones: Readonly<Record<string, Role>> = { info: "plain", good: "good", bad: "bad" };

const progress = ({ jobs }: State): string =>
  jobs.map(({ done, total }) => (total > 1 ? ` ${done} of ${total}` : "")).join("");

function filterNote({ table }: State): Line {
  const words = [table.problems ? "only problems" : "", table.filter === "" ? "" : `/${table.filter}`].filter(
    (word) => word !== "",
  );
  return words.length === 0 ? [] : [span(words.join(" "), "key"), span("  ")];
}

/** The end of what is typed stays in sight. */
export function promptLine(
  label: string,
  { text, cursor }: { readonly text: string; readonly cursor: number },
  columns: number,
): Line {
  const before = text.slice(0, cursor);
  const under = [...text.slice(cursor)][0] ?? " ";
  const after = text.slice(cursor + (cursor < text.length ? under.length : 0));
  const room = Math.max(4, columns - width(label) - 6);
  let start = before;
  while (width(start) > room) start = start.slice(Math.max(1, start.length - take(start, room).length > 64 ? 64 : 1));
  return fillLine([span(` ${label}: `, "key"), span(start), span(under, { inverse: true }), span(after)], columns);
}

const ofPane: Readonly<Record<State["panes"]["focus"], readonly (readonly [CommandId, string])[]>> = {
  table: [
    ["help", "help"],
    ["open", "log"],
    ["detail", "detail"],
    ["restart", "restart"],
    ["stop", "stop"],
    ["start", "start"],
    ["filter", "filter"],
    ["events", "events"],
    ["mark", "mark"],
    ["sort", "sort"],
    ["palette", "command"],
    ["quit", "quit"],
  ],
  log: [
    ["back", "back"],
    ["pause", "pause"],
    ["search", "search"],
    ["next", "next"],
    ["only", "only"],
    ["wrap", "wrap"],
    ["channel", "stderr"],
    ["merged", "all"],
    ["zoom", "zoom"],
    ["help", "help"],
    ["quit", "quit"],
  ],
  events: [
    ["back", "back"],
    ["filter-events", "filter"],
    ["open-event", "its program"],
    ["help", "help"],
    ["quit", "quit"],
  ],
  detail: [
    ["back", "back"],
    ["restart", "restart"],
    ["log", "log"],
    ["zoom", "zoom"],
    ["help", "help"],
    ["quit", "quit"],
  ],
};

function hints(state: State, bindings: Bindings, columns: number): Line {
  const pieces = ofPane[state.panes.focus].flatMap(([command, word]) => {
    const [key] = bindings.keysOf(command);
    return key === undefined ? [] : [[span(keyName(key), "key"), span(` ${word}  `, "dim")]];
  });
  const line: Line[] = [];
  let used = 0;
  for (const piece of pieces) {
    used += lineWidth(piece);
    if (used > columns) break;
    line.push(piece);
  }
  return clipLine(line.flat(), columns);
}
