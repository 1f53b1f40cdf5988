/**
 * The few ways of Python that show through supervisord's file format: what counts as a blank, how a
 * string is quoted in a message, and which numbers `int()` takes.
 */
import { clamp, shortRepr, wholeNumber } from "../core/python.ts";
import { Refusal } from "./complaint.ts";

/** `str.isspace` for one character. */
const blanks = "\\t\\n\\v\\f\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
const blank = new RegExp(`[${blanks}]`);
const blankRun = new RegExp(`[${blanks}]+`);

export function isBlank(char: string): boolean {
  return char <= " " ? char === " " || (char >= "\t" && char <= "\r") || char >= "\x1c" : blank.test(char);
}

/** Index of the first character that is no blank, or the length. */
export function indentOf(text: string): number {
  let start = 0;
  while (start < text.length && isBlank(text.charAt(start))) start++;
  return start;
}

/** `str.rstrip()` */
export function stripEnd(text: string): string {
  let end = text.length;
  while (end > 0 && isBlank(text.charAt(end - 1))) end--;
  return end === text.length ? text : text.slice(0, end);
}

/** `str.strip()` */
export function strip(text: string): string {
  return stripEnd(text).slice(indentOf(text));
}

/** `str.split()` */
export function words(text: string): string[] {
  return text.split(blankRun).filter((word) => word !== "");
}

/** `int(text)`, or null. Numbers beyond 2^53 become the largest exact one. */
export function integer(text: string): number | null {
  return wholeNumber(strip(text));
}

/** `int(text)`; refuses with Python's words. */
export function requireInteger(text: string): number {
  const value = integer(text);
  if (value !== null) return value;
  throw new Refusal(`invalid literal for int() with base 10: ${shortRepr(text)}`, integerHint(text));
}

function integerHint(text: string): string | null {
  const [, number, rest] = /^\s*([+-]?\d+)(.*)$/s.exec(text) ?? [];
  if (number === undefined || rest === undefined) return "a whole number is needed";
  if (/^\s*[;#]/.test(rest)) return "a comment after a value needs a blank before it";
  if (/^\s*[kmgt]b?$/i.test(rest)) return `sizes end in KB, MB or GB: ${number}${rest.trim().charAt(0).toUpperCase()}B`;
  return `a whole number is needed: ${number}`;
}

const octalDigits = /^([+-]?)(?:0[oO]_?)?([0-7]+(?:_[0-7]+)*)$/;

/** `int(text, 8)`, or null. */
export function octal(text: string): number | null {
  const [, sign, digits] = octalDigits.exec(strip(text)) ?? [];
  if (digits === undefined) return null;
  const value = Number.parseInt(digits.replaceAll("_", ""), 8);
  return clamp(sign === "-" ? -value : value);
}
