/**
 * What a command of ours takes, as data, for completion and the manual page: from the parsers in `arguments.ts`, which
 * are named after their commands.
 */
import * as parsers from "./arguments.ts";

/** null: the command has no options. */
export function syntaxOf(command: string): parsers.Syntax | null {
  if (command in parsers.listings) return asked((words) => parsers.parseListing(command, words));
  const own: unknown = Reflect.get(parsers, `parse${command.charAt(0).toUpperCase()}${command.slice(1)}`);
  return typeof own === "function" ? asked(own as Parser) : null;
}

type Parser = (words: readonly string[]) => parsers.Parsed<unknown>;

function asked(parser: Parser): parsers.Syntax | null {
  const parsed = parser(["--help"]);
  return parsed.type === "shown" ? parsed.syntax : null;
}
