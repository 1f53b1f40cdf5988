/** The commands of spacectl for its manual page: how each is written and what that does, and its options. */
import { listings } from "../../src/cli/arguments.ts";
import { type Command, commands } from "../../src/cli/commands.ts";
import { helpOnHelp } from "../../src/cli/help.ts";
import { syntaxOf } from "../../src/cli/syntax.ts";
import { bold, entry, italic, paragraph, subsection } from "./roff.ts";

export function commandSections(): string[] {
  const help = { name: "help", help: helpOnHelp };
  return [help, ...commands.values()].toSorted((one, other) => (one.name < other.name ? -1 : 1)).map(commandSection);
}

function commandSection(command: Pick<Command, "name" | "help" | "options">): string {
  const syntax = syntaxOf(command.name);
  const own = (syntax?.options ?? []).map(({ names, value, help }) => ({ names, value, help }));
  const classic = (command.options ?? []).map(([name, help]) => ({ names: [name], value: null, help }));
  const usages = usagesOf(command);
  const more = syntax?.description ?? "";
  // Those that only list say no more than their help text.
  const repeats = more === "" || command.name in listings || usages.some(([, what]) => what === more);
  return subsection(
    command.name,
    ...usages.map(([usage, what]) => entry(bold(usage), what)),
    ...(repeats ? [] : [paragraph(more)]),
    ...[...classic, ...own].map(({ names, value, help }) =>
      entry(names.map(bold).join(", ") + (value === null ? "" : ` ${italic(value)}`), sentence(help)),
    ),
  );
}

type Usage = [usage: string, what: string];

/** A help text has lines `usage<tab>what it does`; a line that does not begin with the command goes on with the one before. */
function usagesOf({ name, help }: Pick<Command, "name" | "help">): Usage[] {
  const usages: Usage[] = [];
  for (const line of help.split("\n")) {
    const [left = "", ...right] = line.split("\t");
    const last = usages.at(-1);
    if (left.trim() === name || left.startsWith(`${name} `)) usages.push([left.trim(), right.join(" ").trim()]);
    else if (last !== undefined && line.trim() !== "" && line !== "Ex:") last[1] = joined(last[1], line.trim());
  }
  return usages.map(([usage, what]) => {
    const [, short, remark] = /^(.*\S) \((.*)\)$/.exec(usage) ?? [];
    return what === "" && short !== undefined
      ? [short, sentence(remark ?? "")]
      : [usage, what === "" ? "" : sentence(what)];
  });
}

/** A new sentence is one also where the help text has but a new line. */
function joined(before: string, after: string): string {
  if (before === "") return after;
  return /^[A-Z]/.test(after) && !/[.:]$/.test(before) ? `${before}. ${after}` : `${before} ${after}`;
}

function sentence(plain: string): string {
  const capital = /^[a-z]+\b(?![:_-])/.test(plain) ? plain.charAt(0).toUpperCase() + plain.slice(1) : plain;
  return /[.)]$/.test(capital) ? capital : `${capital}.`;
}
