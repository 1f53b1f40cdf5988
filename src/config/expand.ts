/**
 * `%(name)s` in values: Python's %-formatting with a mapping, flags, width, precision and conversions
 * included, because files in the field use `%(process_num)02d` and rely on `%%`. Refuses with the
 * reference's texts. One difference: a bare `%s`, which the reference replaces by a dump of every
 * variable it knows, is refused.
 */

import { repr, shortRepr } from "../core/python.ts";
import { Refusal } from "./complaint.ts";
import { nearest } from "./nearest.ts";

/** Looked up from the first layer to the last. */
export type Names = readonly ReadonlyMap<string, string | number>[];

/** `what` names the value in messages, `program:x.command`. Throws `Refusal`. */
export function expand(text: string, names: Names, what: string): string {
  let percent = text.indexOf("%");
  if (percent < 0) return text;
  let result = "";
  let from = 0;
  let named = false;
  try {
    while (percent >= 0) {
      result += text.slice(from, percent);
      const directive = new Directive(text, percent, names, named);
      named ||= directive.named;
      result += directive.text;
      from = directive.end;
      if (result.length > resultLimit) throw new BadFormat("the result is too long", percent);
      percent = text.indexOf("%", from);
    }
    return result + text.slice(from);
  } catch (error) {
    if (error instanceof UnknownName) throw unknownName(text, names, what, error);
    if (!(error instanceof BadFormat)) throw error;
    throw new Refusal(
      `Format string ${shortRepr(text)} for ${repr(what)} is badly formatted: ${error.message}`,
      "write %% for a percent sign",
      error.offset,
    );
  }
}

const resultLimit = 1 << 24;

class BadFormat extends Error {
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

class UnknownName extends BadFormat {}

function unknownName(text: string, names: Names, what: string, error: UnknownName): Refusal {
  const known = new Set<string>();
  for (const layer of names) for (const name of layer.keys()) known.add(name);
  const near = nearest(error.message, known);
  const message = `Format string ${shortRepr(text)} for ${repr(what)} contains names (${repr(error.message)}) which cannot be expanded`;
  const hint = near === null ? null : `did you mean %(${near})s`;
  return new Refusal(message, hint, error.offset, `${message}. Available names: ${[...known].sort().join(", ")}`);
}

/** One `%…` of a format, read from `start` and replaced by `text`. Grammar: Python's printf-style formatting. */
class Directive {
  readonly text: string;
  /** Whether it has a name; a conversion without one has nothing left to convert after one that has. */
  readonly named: boolean;
  end: number;
  readonly #format: string;
  readonly #start: number;

  constructor(format: string, start: number, names: Names, afterNamed: boolean) {
    this.#format = format;
    this.#start = start;
    this.end = start + 1;
    this.named = format[this.end] === "(";
    if (format[this.end] === "%") {
      this.end++;
      this.text = "%";
      return;
    }
    const value = this.named ? this.#value(this.#key(), names) : null;
    const flags = this.#match(/[-+ #0]*/y);
    const spent = typeof value === "number" || (value === null && afterNamed);
    const width = this.#size(spent, "width");
    const precision = this.#match(/\.?/y) === "" ? null : this.#size(spent, "precision");
    this.#match(/[hlL]?/y);
    const point = format.codePointAt(this.end);
    if (point === undefined) throw new BadFormat("incomplete format", start);
    const type = String.fromCodePoint(point);
    const at = this.end;
    this.end += type.length;
    if (value === null && afterNamed) throw new BadFormat(exhausted, start);
    if (!"sraiduoxXeEfFgGc".includes(type)) {
      const index = [...format.slice(0, at)].length;
      const shown = point >= 31 && point <= 126 ? type : "?";
      const code = point.toString(16);
      throw new BadFormat(`unsupported format character '${shown}' (0x${code}) at index ${index}`, start);
    }
    if (value === null) throw new BadFormat(bareReason(type), start);
    this.text = pad(converted(value, type, flags, precision, start), width ?? 0, flags, type);
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.end;
    const found = pattern.exec(this.#format)?.[0] ?? "";
    this.end += found.length;
    return found;
  }

  /** Parentheses nest. */
  #key(): string {
    const from = this.end + 1;
    let depth = 1;
    let at = from;
    for (; depth > 0; at++) {
      if (at >= this.#format.length) throw new BadFormat("incomplete format key", this.#start);
      if (this.#format[at] === "(") depth++;
      else if (this.#format[at] === ")") depth--;
    }
    this.end = at;
    return this.#format.slice(from, at - 1);
  }

  #value(key: string, names: Names): string | number {
    for (const layer of names) {
      const value = layer.get(key);
      if (value !== undefined) return value;
    }
    throw new UnknownName(key, this.#start);
  }

  /** @param spent nothing is left, when a star has taken what there is, for it or for the conversion */
  #size(spent: boolean, what: "width" | "precision"): number | null {
    if (this.#format[this.end] === "*") throw new BadFormat(spent ? exhausted : "* wants int", this.#start);
    const digits = this.#match(/\d*/y);
    if (digits === "") return what === "width" ? null : 0;
    if (digits.length > 5) throw new BadFormat(`${what} too big`, this.#start);
    return Number(digits);
  }
}

const exhausted = "not enough arguments for format string";

/** Without a name the reference converts its mapping itself: an error for numbers, a dump for text, which we refuse. */
function bareReason(type: string): string {
  if ("sra".includes(type)) return exhausted;
  return type === "c" ? "%c requires int or char" : wrongType(type, "dict");
}

function wrongType(type: string, given: string): string {
  if ("eEfFgG".includes(type)) return `must be real number, not ${given}`;
  return `%${type} format: ${"oxX".includes(type) ? "an integer" : "a real number"} is required, not ${given}`;
}

function converted(
  value: string | number,
  type: string,
  flags: string,
  precision: number | null,
  offset: number,
): string {
  if (type === "s" || type === "r" || type === "a") {
    const text = type === "s" || typeof value === "number" ? String(value) : repr(value);
    const plain = type === "a" ? text.replace(/[^\0-\x7f]/gu, (char) => ascii(char)) : text;
    return precision === null ? plain : [...plain].slice(0, precision).join("");
  }
  if (type === "c") {
    if (typeof value === "number" && (value < 0 || value > 0x10ffff))
      throw new BadFormat("%c arg not in range(0x110000)", offset);
    if (typeof value === "number") return String.fromCodePoint(value);
    if ([...value].length !== 1) throw new BadFormat("%c requires int or char", offset);
    return value;
  }
  if (typeof value === "string") throw new BadFormat(wrongType(type, "str"), offset);
  const sign = value < 0 ? "-" : flags.includes("+") ? "+" : flags.includes(" ") ? " " : "";
  return sign + magnitude(Math.abs(value), type, flags, precision);
}

function magnitude(value: number, type: string, flags: string, precision: number | null): string {
  if ("idu".includes(type)) return String(value).padStart(precision ?? 0, "0");
  if (type === "o") return (flags.includes("#") ? "0o" : "") + value.toString(8).padStart(precision ?? 0, "0");
  if (type === "x" || type === "X") {
    const text = (flags.includes("#") ? "0x" : "") + value.toString(16).padStart(precision ?? 0, "0");
    return type === "X" ? text.toUpperCase() : text;
  }
  const digits = Math.min(precision ?? 6, 100);
  if (type === "f" || type === "F") return value.toFixed(digits);
  const text = type === "e" || type === "E" ? exponent(value, digits) : general(value, Math.max(digits, 1));
  return type === "E" || type === "G" ? text.toUpperCase() : text;
}

const exponent = (value: number, digits: number): string =>
  value.toExponential(digits).replace(/e([+-])(\d)$/, "e$10$2");

function general(value: number, digits: number): string {
  const scale = value === 0 ? 0 : Number(value.toExponential(digits - 1).split("e")[1]);
  return scale < digits
    ? String(Number(value.toPrecision(digits)))
    : exponent(value, digits - 1).replace(/\.?0*e/, "e");
}

function pad(text: string, width: number, flags: string, type: string): string {
  const missing = width - [...text].length;
  if (missing <= 0) return text;
  if (flags.includes("-")) return text + " ".repeat(missing);
  if (!flags.includes("0") || "srac".includes(type)) return " ".repeat(missing) + text;
  const [prefix = ""] = /^[-+ ]?(?:0[xXo](?=.))?/.exec(text) ?? [];
  return prefix + "0".repeat(missing) + text.slice(prefix.length);
}

function ascii(char: string): string {
  const code = char.codePointAt(0) ?? 0;
  if (code <= 0xff) return `\\x${code.toString(16)}`;
  return code <= 0xffff ? `\\u${code.toString(16).padStart(4, "0")}` : `\\U${code.toString(16).padStart(8, "0")}`;
}
