/**
 * The one table of what keys do: the help overlay, the palette, the key file and docs/top.md are made of it. What a
 * command does is in the files named `act-…`.
 */
import type { PaneName } from "./state.ts";

export interface CommandRow {
  /** In the key file. */
  readonly id: string;
  /** As `ctrl-r`, `shift-tab`, `f5`, `space`, or the character itself. */
  readonly keys: readonly string[];
  readonly title: string;
  /** The pane that must have the focus; the same key may do something else in another one. */
  readonly where: PaneName | "any";
  /** Heading in the help. */
  readonly section: "Programs" | "Table" | "Log" | "Events" | "Moving" | "Screen";
}

const row = <const Id extends string>(
  id: Id,
  keys: readonly string[],
  title: string,
  section: CommandRow["section"],
  where: CommandRow["where"] = "any",
) => ({ id, keys, title, section, where });

export const commands = [
  row("start", ["s"], "start", "Programs"),
  row("stop", ["x"], "stop, after asking", "Programs"),
  row("restart", ["r"], "restart, after asking", "Programs"),
  row("signal", ["K"], "send a signal, from a menu", "Programs"),
  row("stdin", ["i"], "write a line to the standard input", "Programs"),
  row("scale", ["+"], "run more or fewer copies", "Programs"),
  row("clear", ["C"], "clear the logs, after asking", "Programs"),

  row("mark", ["space"], "mark for the next command", "Table", "table"),
  row("mark-all", ["a"], "mark all that are shown, or none", "Table", "table"),
  row("filter", ["/"], "only what has these words, or not (!word)", "Table", "table"),
  row("problems", ["p"], "show only what is not as it should be", "Table", "table"),
  row("next-problem", ["!"], "to the next that is not as it should be", "Table"),
  row("sort", ["o"], "sort by the next column", "Table", "table"),
  row("reverse", ["O"], "sort the other way round", "Table", "table"),
  row("fold", ["left"], "fold the group", "Table", "table"),
  row("unfold", ["right"], "unfold the group", "Table", "table"),
  row("fold-all", ["F"], "fold or unfold all groups", "Table", "table"),

  row("pause", ["space", "f"], "stand still, or follow again", "Log", "log"),
  row("search", ["/"], "search", "Log", "log"),
  row("next", ["n"], "the next match, downwards", "Log", "log"),
  row("previous", ["N"], "the match before, upwards", "Log", "log"),
  row("only", ["&"], "show only lines that have this", "Log", "log"),
  row("channel", ["e"], "stdout and stderr, only one, only the other", "Log"),
  row("merged", ["m"], "the logs of all that are shown, or of one", "Log"),
  row("wrap", ["w"], "wrap long lines, or cut them", "Log"),
  row("times", ["T"], "show when lines came", "Log"),
  row("json", ["J"], "lay out JSON", "Log"),
  row("shift-left", ["left"], "see what is further left", "Log", "log"),
  row("shift-right", ["right"], "see what is further right", "Log", "log"),

  row("events", ["E"], "what has happened, of all programs; and back", "Events"),
  row("filter-events", ["/"], "only what has these words, or not (!word)", "Events", "events"),
  row("open-event", ["enter"], "to its program", "Events", "events"),

  row("up", ["up", "k"], "up", "Moving"),
  row("down", ["down", "j"], "down", "Moving"),
  row("page-up", ["pageup", "ctrl-b"], "a page up", "Moving"),
  row("page-down", ["pagedown", "ctrl-f"], "a page down", "Moving"),
  row("first", ["home", "g"], "to the beginning", "Moving"),
  row("last", ["end", "G"], "to the end", "Moving"),

  row("open", ["enter"], "to its log; of a group: fold or unfold it", "Screen", "table"),
  row("log", ["l"], "show the log pane, go to it, hide it", "Screen"),
  row("detail", ["d"], "show the detail pane, go to it, hide it", "Screen"),
  row("next-pane", ["tab"], "the next pane", "Screen"),
  row("previous-pane", ["shift-tab"], "the pane before", "Screen"),
  row("zoom", ["z"], "the pane over the whole screen, or not", "Screen"),
  row("back", ["esc"], "one back: zoom, search, pane, marks, filter", "Screen"),
  row("palette", [":"], "find a command or a program by name", "Screen"),
  row("help", ["?", "f1"], "all keys", "Screen"),
  row("theme", ["t"], "the next theme: dark, light, contrast, mono", "Screen"),
  row("mouse", ["M"], "the mouse for us, or for the terminal", "Screen"),
  row("redraw", ["ctrl-l"], "draw everything again", "Screen"),
  row("suspend", ["ctrl-z"], "back to the shell; fg returns", "Screen"),
  row("quit", ["q", "ctrl-c"], "quit; nothing is stopped by that", "Screen"),
] as const satisfies readonly CommandRow[];

export type CommandId = (typeof commands)[number]["id"];

export const sections = ["Programs", "Table", "Log", "Events", "Moving", "Screen"] as const;
