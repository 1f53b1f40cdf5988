/**
 * Exec lines of a unit as commands of ours. systemd puts variables into them without a shell; here a shell
 * does it, and only where there are any. Prefixes: `-` failure does not matter, `@` a name of its own, `:` no
 * variables, `+` and `!` more rights than the user has. systemd.service(5), COMMAND LINES
 */
import { quoted } from "./shell-command.ts";
import { type Specifiers, specified, unitWords } from "./systemd-unit.ts";

export interface ExecLine {
  readonly words: readonly string[];
  readonly ignoresFailure: boolean;
  readonly privileged: boolean;
  readonly expands: boolean;
  /** argv[0], which a command of ours cannot be given. */
  readonly calledAs: string | null;
}

export function execLine(text: string): ExecLine {
  const [prefix = ""] = /^[-@:+!|]*/.exec(text) ?? [];
  const words = unitWords(text.slice(prefix.length));
  const renamed = prefix.includes("@");
  return {
    words: renamed ? [...words.slice(0, 1), ...words.slice(2)] : words,
    ignoresFailure: prefix.includes("-"),
    privileged: /[+!]/.test(prefix),
    expands: !prefix.includes(":"),
    calledAs: renamed ? (words[1] ?? null) : null,
  };
}

/** One command, as a list of words for `command`. */
export function commandWords(line: ExecLine, specifiers: Specifiers): string[] {
  const { words, expands } = line;
  const needsShell = expands && words.some((text) => /\$(\w|\{)/.test(text.replaceAll("$$", "")));
  if (needsShell) return ["/bin/sh", "-c", `exec ${shellText(line, specifiers)}`];
  return words.map((text) => specified(expands ? text.replaceAll("$$", "$") : text, specifiers));
}

/** Several, one after the other, as long as they succeed or their failure does not matter. */
export function chained(lines: readonly ExecLine[], specifiers: Specifiers): string[] | null {
  const [only] = lines;
  if (only === undefined) return null;
  if (lines.length === 1 && !only.ignoresFailure) return commandWords(only, specifiers);
  const parts = lines.map((line) => {
    const text = shellText(line, specifiers);
    return line.ignoresFailure ? `{ ${text} || :; }` : text;
  });
  return ["/bin/sh", "-c", parts.join(" && ")];
}

const shellText = ({ words, expands }: ExecLine, specifiers: Specifiers): string =>
  words.map((word) => (expands ? withVariables(word, specifiers) : quoted(specified(word, specifiers)))).join(" ");

/** `$X` alone is cut at its blanks; `${X}` never is, and `$$` is a dollar. */
function withVariables(text: string, specifiers: Specifiers): string {
  const [, alone] = /^\$(\w+)$/.exec(text) ?? [];
  if (alone !== undefined) return `$${hookName(alone)}`;
  if (!/\$(\$|\w|\{)/.test(text)) return quoted(specified(text, specifiers));
  const parts = text.split(/(\$\$|\$\{\w+\})/);
  const inner = parts.map((part) => {
    const [, name] = /^\$\{(\w+)\}$/.exec(part) ?? [];
    if (name !== undefined) return `\${${hookName(name)}}`;
    return (part === "$$" ? "$" : specified(part, specifiers)).replace(/["\\$`]/g, "\\$&");
  });
  return `"${inner.join("")}"`;
}

/** What systemd calls the main process's id, hooks of ours have under another name. */
const hookName = (name: string): string => (name === "MAINPID" ? "SPACED_PID" : name);
