/**
 * Files of variables, as `env_file` of Docker Compose reads them: `NAME=value` lines, comments, quotes,
 * values of several lines in quotes. Unlike there, `$` is an ordinary character: what is in a password
 * stays in it, and in double quotes `\$` is read as `$`, so that a file that guards its dollars means the
 * same here. https://docs.docker.com/compose/how-tos/environment-variables/variable-interpolation/
 */

export type Variables = ReadonlyMap<string, string>;

/** Does not quote the line: it may be a secret. */
export class EnvFileError extends Error {
  readonly line: number;

  constructor(line: number, message: string) {
    super(message);
    this.line = line;
  }
}

const blanks = /[ \t]*/y;
/** A name without `=` is one that is taken from the daemon's environment, which children have anyway. */
const assignment = /(?:export[ \t]+)?([\w.[\]-]+)[ \t]*(?:[=:][ \t]*|(?=#|$))/my;
const toLineEnd = /[^\n]*/y;
/** Throws `EnvFileError`. Later lines win over earlier ones. */
export function parseEnvFile(text: string): Variables {
  const nul = text.indexOf("\0");
  const source = new Source(text.replace(/^\uFEFF/, "").replaceAll("\r\n", "\n"));
  if (nul >= 0) throw new EnvFileError(lineAt(text, nul), "holds a NUL byte");
  const variables = new Map<string, string>();
  while (!source.done) {
    source.take(blanks);
    const found = source.match(assignment);
    if (found !== null) readValue(source, found, variables);
    else if (!/^(#|$)/.test(source.take(toLineEnd))) throw source.error("is neither NAME=value nor a comment");
    source.skipLineEnd();
  }
  return variables;
}

function readValue(source: Source, [whole, name = ""]: RegExpExecArray, variables: Map<string, string>): void {
  if (!/[=:]/.test(whole)) {
    source.take(toLineEnd);
    return;
  }
  const quote = source.next;
  if (quote !== '"' && quote !== "'") {
    // Without a blank in front, # is a part of the value.
    const before = /\s$/.test(whole) ? " " : "";
    variables.set(name, `${before}${source.take(toLineEnd)}`.replace(/\s#.*/, "").trim());
    return;
  }
  const quoted = source.takeQuoted();
  if (quoted === null) throw source.error(`a quote of ${name} is not closed`);
  if (!/^[ \t]*(#|$)/.test(source.take(toLineEnd)))
    throw source.errorHere(`there is more behind the quoted value of ${name}`);
  variables.set(name, withoutEscapes(quoted, quote));
}

const escapes: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", "\\": "\\", '"': '"', $: "$" };

function withoutEscapes(text: string, quote: '"' | "'"): string {
  if (quote === "'") return text.replaceAll("\\'", "'");
  return text.replace(/\\([\s\S])/g, (both, character: string) => escapes[character] ?? both);
}

const lineAt = (text: string, at: number): number => text.slice(0, at).split("\n").length;

/** A text and how far it has been read. */
class Source {
  readonly #text: string;
  #at = 0;
  /** Where the line began that is being read. */
  #start = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get done(): boolean {
    return this.#at >= this.#text.length;
  }

  get next(): string {
    return this.#text[this.#at] ?? "";
  }

  /** `pattern` is sticky. */
  match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found !== null) this.#at += found[0].length;
    return found;
  }

  take(pattern: RegExp): string {
    return this.match(pattern)?.[0] ?? "";
  }

  /** What is between this quote and the one that closes it, over lines if need be; null if none does. */
  takeQuoted(): string | null {
    const quote = this.next;
    for (let end = this.#at + 1; end < this.#text.length; end++) {
      const character = this.#text[end];
      if (character === "\\") end++;
      else if (character === quote) {
        const quoted = this.#text.slice(this.#at + 1, end);
        this.#at = end + 1;
        return quoted;
      }
    }
    return null;
  }

  skipLineEnd(): void {
    this.#at++;
    this.#start = this.#at;
  }

  /** In the line that is being read, which quotes may make longer. */
  error(message: string): EnvFileError {
    return new EnvFileError(lineAt(this.#text, this.#start), message);
  }

  errorHere(message: string): EnvFileError {
    return new EnvFileError(lineAt(this.#text, this.#at), message);
  }
}
