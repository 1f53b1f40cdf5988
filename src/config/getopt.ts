/**
 * The classic getopt: what supervisord and supervisorctl read their command lines with, so both of
 * ours accept the same spellings (`-nc FILE`, `-cFILE`, `--opt=v`, `--opt v`, unique prefixes) and
 * refuse the others with the same texts. Parsing stops at the first word that is no option: words
 * after it belong to the command.
 */

export class GetoptError extends Error {
  override readonly name = "GetoptError";
}

export interface ParsedOptions {
  /** In the order given; the name is canonical (`-c`, `--configuration`), the value "" for a flag. */
  readonly options: readonly (readonly [name: string, value: string])[];
  readonly rest: readonly string[];
}

/**
 * `shortSpec` lists letters, each followed by `:` if it takes a value; `longSpec` lists names, each
 * ending in `=` if it takes one. Throws `GetoptError` (`option -x not recognized`, `option -c requires
 * argument`, `option --x not a unique prefix`, `option --x must not have an argument`).
 * Texts and rules: Python's `getopt.getopt`.
 */
export function getopt(argv: readonly string[], shortSpec: string, longSpec: readonly string[]): ParsedOptions {
  const options: [string, string][] = [];
  let at = 0;
  for (; at < argv.length; at++) {
    const word = argv[at] ?? "";
    if (!word.startsWith("-") || word === "-") break;
    if (word === "--") {
      at++;
      break;
    }
    const next = argv[at + 1];
    const usedNext = word.startsWith("--")
      ? long(word.slice(2), next, longSpec, options)
      : cluster(word.slice(1), next, shortSpec, options);
    if (usedNext) at++;
  }
  return { options, rest: argv.slice(at) };
}

/** Returns whether `next` was taken as the value. */
function long(word: string, next: string | undefined, spec: readonly string[], options: [string, string][]): boolean {
  const equals = word.indexOf("=");
  const given = equals < 0 ? word : word.slice(0, equals);
  const value = equals < 0 ? null : word.slice(equals + 1);
  const entry = longEntry(given, spec);
  const name = `--${entry.replace(/=$/, "")}`;
  if (!entry.endsWith("=")) {
    if (value !== null) throw new GetoptError(`option ${name} must not have an argument`);
    options.push([name, ""]);
    return false;
  }
  if (value === null && next === undefined) throw new GetoptError(`option ${name} requires argument`);
  options.push([name, value ?? next ?? ""]);
  return value === null;
}

function longEntry(given: string, spec: readonly string[]): string {
  const candidates = spec.filter((entry) => entry.startsWith(given));
  const first = candidates[0];
  if (first === undefined) throw new GetoptError(`option --${given} not recognized`);
  if (candidates.includes(given)) return given;
  if (candidates.includes(`${given}=`)) return `${given}=`;
  if (candidates.length > 1) throw new GetoptError(`option --${given} not a unique prefix`);
  return first;
}

/** Returns whether `next` was taken as the value. */
function cluster(word: string, next: string | undefined, spec: string, options: [string, string][]): boolean {
  const letters = [...word];
  for (const [index, letter] of letters.entries()) {
    const at = letter === ":" ? -1 : spec.indexOf(letter);
    if (at < 0) throw new GetoptError(`option -${letter} not recognized`);
    if (spec[at + letter.length] !== ":") {
      options.push([`-${letter}`, ""]);
      continue;
    }
    const attached = letters.slice(index + 1).join("");
    if (attached === "" && next === undefined) throw new GetoptError(`option -${letter} requires argument`);
    options.push([`-${letter}`, attached === "" ? (next ?? "") : attached]);
    return attached === "";
  }
  return false;
}
