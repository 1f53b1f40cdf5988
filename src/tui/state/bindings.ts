/** Which key does what: the table's keys, and those that the user wants instead. */
import { type CommandId, type CommandRow, commands } from "./commands.ts";
import type { PaneName } from "./state.ts";

/** Keys by command, instead of those of the table. */
export type KeyChoices = Readonly<Partial<Record<string, readonly string[]>>>;

export interface Bindings {
  /** What a key does while a pane has the focus. */
  readonly find: (key: string, focus: PaneName) => CommandId | null;
  /** The keys of a command, the first to be shown. */
  readonly keysOf: (command: CommandId) => readonly string[];
}

/** A key of the user's takes itself away from whatever else it would do in the same place. */
export function bindingsOf(choices: KeyChoices): Bindings {
  const isChosen = ({ id }: CommandRow) => choices[id] !== undefined;
  const rows: readonly (CommandRow & { readonly id: CommandId })[] = commands;
  const byKey = new Map<string, CommandId>();
  for (const row of [...rows.filter((each) => !isChosen(each)), ...rows.filter(isChosen)])
    for (const key of choices[row.id] ?? row.keys) {
      byKey.set(`${row.where} ${key}`, row.id);
      // For `any` there is no place where it means something else.
      if (isChosen(row) && row.where === "any")
        for (const where of ["table", "detail", "log", "events"]) byKey.delete(`${where} ${key}`);
    }
  const find = (key: string, focus: PaneName): CommandId | null =>
    byKey.get(`${focus} ${key}`) ?? byKey.get(`any ${key}`) ?? null;
  return {
    find,
    keysOf: (command) => {
      const row = rows.find(({ id }) => id === command);
      const wanted = choices[command] ?? row?.keys ?? [];
      return wanted.filter((key) => byKey.get(`${row?.where} ${key}`) === command);
    },
  };
}

export interface Complaint {
  readonly text: string;
  /** What is not known. */
  readonly word: string;
}

/** What the key file says that cannot be. */
export function complaintsOf(choices: KeyChoices): Complaint[] {
  const known = new Set<string>(commands.map(({ id }) => id));
  return Object.entries(choices).flatMap(([id, keys = []]) => {
    if (!known.has(id)) return [{ text: `there is no command ${id}`, word: id }];
    return keys
      .filter((key) => !isKey(key))
      .map((key) => ({ text: `${id}: there is no key ${JSON.stringify(key)}`, word: "" }));
  });
}

const named =
  /^(up|down|left|right|home|end|pageup|pagedown|insert|delete|backspace|enter|tab|space|esc|f([1-9]|1[0-2]))$/;

/** `x`, `ctrl-x`, `alt-x`, `shift-tab`, `ctrl-up`. */
function isKey(key: string): boolean {
  const bare = key.replace(/^(ctrl-|alt-|shift-)+(?=.)/, "");
  return named.test(bare) || [...bare].length === 1;
}
