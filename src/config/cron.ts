/**
 * Whether a cron expression can be one, without the library that computes its moments: the daemon loads
 * that only for a list with a schedule, and `check` not at all. What passes here is what croner takes of
 * five fields, or six with seconds first; https://croner.56k.guru/usage/pattern/
 */
import { Refusal } from "./complaint.ts";

interface Field {
  readonly name: string;
  readonly least: number;
  readonly most: number;
  readonly words?: readonly string[];
  /** Forms beyond numbers, ranges and steps. */
  readonly special?: RegExp;
}

const months = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const days = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

const fields: readonly Field[] = [
  { name: "second", least: 0, most: 59 },
  { name: "minute", least: 0, most: 59 },
  { name: "hour", least: 0, most: 23 },
  { name: "day of the month", least: 1, most: 31, special: /^(LW?|([1-9]|[12]\d|3[01])W)$/ },
  { name: "month", least: 1, most: 12, words: months },
  {
    name: "day of the week",
    least: 0,
    most: 7,
    words: days,
    special: /^([0-7]|SUN|MON|TUE|WED|THU|FRI|SAT)(#[1-5]|#?L)$/,
  },
];

const nicknames = ["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"];
const form = "minute hour day month weekday, as in 30 3 * * *";

/** The expression with single blanks. Throws `Refusal`. */
export function cron(text: string): string {
  const parts = text.trim().split(/\s+/);
  const [first = ""] = parts;
  if (first.startsWith("@")) {
    if (parts.length === 1 && nicknames.includes(first.toLowerCase())) return first.toLowerCase();
    throw new Refusal(`${first.slice(0, 40)} is no schedule`, `one of ${nicknames.join(", ")}`);
  }
  if (parts.length !== 5 && parts.length !== 6) {
    throw new Refusal(`a schedule has 5 fields, or 6 with seconds first; this has ${parts.length}`, form);
  }
  const asked = fields.slice(-parts.length);
  for (const [index, field] of asked.entries()) checkField(parts[index] ?? "", field, text);
  return parts.join(" ");
}

function checkField(part: string, field: Field, text: string): void {
  const whole = field.name === "day of the week" ? part.replace(/^\+/, "") : part;
  for (const item of whole.toUpperCase().split(",")) {
    if (!isItem(item, field)) {
      const shown = item === "" ? part : item;
      throw new Refusal(
        `${shown.slice(0, 40)} is no ${field.name}`,
        hint(item, field),
        Math.max(0, text.indexOf(part)),
      );
    }
  }
}

function isItem(item: string, field: Field): boolean {
  if (field.special?.test(item)) return true;
  const [, range = "", step] = /^([^/]*)(?:\/(\d{1,4}))?$/.exec(item) ?? [];
  if (step !== undefined && (Number(step) < 1 || Number(step) > field.most)) return false;
  if (range === "*" || range === "?") return true;
  const ends = range.split("-").map((end) => numberOf(end, field));
  const [from, to] = ends;
  if (ends.length > 2 || from === undefined || from === null || to === null) return false;
  // croner takes steps of * and of ranges only.
  return to === undefined ? step === undefined : from <= to;
}

function numberOf(text: string, { least, most, words }: Field): number | null {
  const word = words?.indexOf(text) ?? -1;
  if (word >= 0) return word + least;
  const number = /^\d{1,2}$/.test(text) ? Number(text) : null;
  return number !== null && number >= least && number <= most ? number : null;
}

function hint(item: string, { least, most, words, name }: Field): string {
  const [, from] = /^(\d+)\/\d+$/.exec(item) ?? [];
  if (from !== undefined) return `steps are of * or of a range: ${item.replace("/", `-${most}/`)}`;
  const named = words === undefined ? "" : ` or ${words[0]} to ${words.at(-1)}`;
  return `${name}: ${least} to ${most}${named}, * for each, lists a,b, ranges a-b, steps */n`;
}
