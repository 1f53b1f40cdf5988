/**
 * The text of a systemd unit: sections of directives that may repeat, lines that go on behind a backslash,
 * words with quotes and C escapes, specifiers. systemd.syntax(7), systemd.service(5), systemd.unit(5)
 */
import { literal } from "./draft.ts";

/** `Service.ExecStart` to its values, in order; an empty one has emptied what was before. */
export class Unit {
  readonly #values: ReadonlyMap<string, readonly string[]>;
  readonly #read = new Set<string>();

  constructor(text: string) {
    this.#values = readUnit(text);
  }

  all(section: string, key: string): readonly string[] {
    this.#read.add(`${section}.${key}`);
    return this.#values.get(`${section}.${key}`) ?? [];
  }

  /** The one that counts. */
  last(section: string, key: string): string | null {
    return this.all(section, key).at(-1) ?? null;
  }

  service(key: string): string | null {
    return this.last("Service", key);
  }

  has(section: string): boolean {
    return [...this.#values.keys()].some((key) => key.startsWith(`${section}.`));
  }

  /** Directives that nobody has asked for. */
  unread(): string[] {
    return [...this.#values]
      .filter(([key, values]) => !this.#read.has(key) && values.length > 0)
      .map(([key]) => key.slice(key.indexOf(".") + 1));
  }
}

function readUnit(text: string): Map<string, string[]> {
  const values = new Map<string, string[]>();
  let section = "";
  for (const line of logicalLines(text)) {
    const [, header] = /^\[(.+)\]$/.exec(line) ?? [];
    if (header !== undefined) section = header;
    const equals = line.indexOf("=");
    if (header !== undefined || equals < 1) continue;
    const key = `${section}.${line.slice(0, equals).trim()}`;
    const value = line.slice(equals + 1).trim();
    values.set(key, value === "" ? [] : [...(values.get(key) ?? []), value]);
  }
  return values;
}

/** Without comments, which may stand between the lines of one that goes on. */
function logicalLines(text: string): string[] {
  const lines: string[] = [];
  let open: string | null = null;
  for (const raw of text.split(/\r?\n/)) {
    const line = raw.trim();
    if (/^[#;]/.test(line)) continue;
    const whole: string = open === null ? line : `${open} ${line}`;
    open = whole.endsWith("\\") ? whole.slice(0, -1).trimEnd() : null;
    if (open === null && whole !== "") lines.push(whole);
  }
  if (open !== null && open !== "") lines.push(open);
  return lines;
}

const escapes: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  s: " ",
};
const oneEscape = /\\(?:x([0-9a-fA-F]{2})|([0-7]{3})|u([0-9a-fA-F]{4})|([\s\S]))/y;

/** Words of a command line or a list, as systemd cuts them. */
export function unitWords(text: string): string[] {
  const words: string[] = [];
  let word: string | null = null;
  let quote = "";
  const close = (): void => {
    if (word !== null) words.push(word);
    word = null;
  };
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === "\\") {
      oneEscape.lastIndex = at;
      const [whole = "\\", hex, octal, wide, other] = oneEscape.exec(text) ?? [];
      const code = hex ?? wide;
      const numeric =
        code !== undefined ? Number.parseInt(code, 16) : octal !== undefined ? Number.parseInt(octal, 8) : null;
      word = `${word ?? ""}${numeric !== null ? String.fromCharCode(numeric) : (escapes[other ?? ""] ?? other ?? "\\")}`;
      at += whole.length - 1;
    } else if (quote !== "") {
      if (character === quote) quote = "";
      else word += character;
    } else if (character === '"' || character === "'") {
      quote = character;
      word ??= "";
    } else if (/\s/.test(character)) close();
    else word = (word ?? "") + character;
  }
  close();
  return words;
}

/** What `%x` stands for in a unit; `%i` is the number of the copy, unless an instance has a name. */
export interface Specifiers {
  readonly unit: string;
  readonly prefix: string;
  /** Ready for a program list: `%(process_num)d` or a name. */
  readonly instance: string;
  readonly user: string;
}

/** Text of a unit as text of a program list: specifiers replaced, other `%` doubled. */
export function specified(text: string, { unit, prefix, instance, user }: Specifiers): string {
  const known: Readonly<Record<string, string>> = {
    "%": "%%",
    i: instance,
    I: instance,
    n: unit.replace("@.", `@${instance}.`),
    N: unit.replace("@.", `@${instance}.`).replace(/\.service$/, ""),
    p: literal(prefix),
    P: literal(prefix),
    j: literal(prefix.split("-").pop() ?? prefix),
    h: user === "root" ? "/root" : `/home/${literal(user)}`,
    u: literal(user),
    H: "%(host_node_name)s",
    l: "%(host_node_name)s",
    t: "/run",
    S: "/var/lib",
    C: "/var/cache",
    L: "/var/log",
    E: "/etc",
    T: "/tmp",
    V: "/var/tmp",
  };
  return text.replace(/%(.?)/gs, (whole, letter: string) => known[letter] ?? literal(whole));
}
