/** One line of what has happened: when, a sign of how good that is, of which program, what and why. */
import { left, width } from "../text/cells.ts";
import { cleanText } from "../text/clean.ts";
import { shortMoment } from "../text/figures.ts";
import { type Line, span } from "../text/look.ts";
import type { Told } from "./happenings.ts";
import { nameOf } from "./log-rows.ts";
import { roleOf, type Tone } from "./tone.ts";

const signs: Readonly<Record<Tone, string>> = { good: "●", busy: "◐", warn: "▲", bad: "✗", idle: "○" };

/** Whose it is: the target of a request is in its words, but is what one looks for here. */
const subjectName = ({ id, name, target }: Told): string =>
  cleanText((id === null ? name || target : nameOf(id)) || "daemon");

/** As wide as the names are, up to a bound. */
export const nameColumnsOf = (told: readonly Told[], most: number): number =>
  Math.min(most, Math.max(6, ...told.map((each) => width(subjectName(each)))));

/** @param nameColumns 0 = it is known whose it is @param now the daemon's clock */
export function toldLine(told: Told, nameColumns: number, now: number): Line {
  const { at, what, why, tone } = told;
  const look = roleOf[tone];
  return [
    span(`${shortMoment(at, now)} `, "dim"),
    span(`${signs[tone]} `, look),
    ...(nameColumns === 0 ? [] : [span(`${left(subjectName(told), nameColumns)} `)]),
    span(cleanText(what), tone === "idle" ? "plain" : look),
    ...(why === "" ? [] : [span("  "), span(cleanText(why), tone === "bad" || tone === "warn" ? "plain" : "dim")]),
  ];
}
