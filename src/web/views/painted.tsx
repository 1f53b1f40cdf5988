/** A line of a program's output: its colours as classes, all else as text. What is searched is marked. */
import type { Line, Look } from "../../tui/text/look.ts";

/** Of the 256 colours of a terminal, the first sixteen have classes; of the others the nearest of these is taken. */
export function Painted({ line, search = "" }: { line: Line; search?: string }) {
  return (
    <>
      {line.map(({ text, look }, index) => {
        const name = typeof look === "string" ? "" : classOf(look);
        const content = search === "" ? text : highlighted(text, search);
        return name === "" ? (
          <span key={index}>{content}</span>
        ) : (
          <span key={index} class={name}>
            {content}
          </span>
        );
      })}
    </>
  );
}

function classOf({ fg, bg, bold, dim, italic, underline, inverse }: Look): string {
  return [
    fg === undefined ? "" : `fg-${basic(fg)}`,
    bg === undefined ? "" : `bg-${basic(bg)}`,
    bold && "bold",
    dim && "faint",
    italic && "italic",
    underline && "underline",
    inverse && "inverse",
  ]
    .filter(Boolean)
    .join(" ");
}

/** One of sixteen for any of 256. */
function basic(colour: number): number {
  if (colour < 16) return colour;
  if (colour >= 232) return colour < 244 ? 8 : 7;
  const [red, green, blue] = [Math.floor((colour - 16) / 36), Math.floor(((colour - 16) % 36) / 6), (colour - 16) % 6];
  const most = Math.max(red, green, blue);
  if (most === 0) return 0;
  const bit = (value: number, weight: number) => (value * 2 > most ? weight : 0);
  return bit(red, 1) + bit(green, 2) + bit(blue, 4) + (most > 3 ? 8 : 0);
}

/** Capital letters count when there are some in what is looked for. */
function highlighted(text: string, search: string) {
  const exact = search !== search.toLowerCase();
  const found = exact ? text : text.toLowerCase();
  // A letter may change its length when it is made small: then places would not fit.
  if (found.length !== text.length) return text;
  const parts: preact.ComponentChildren[] = [];
  let at = 0;
  for (let next = found.indexOf(search); next !== -1; next = found.indexOf(search, at)) {
    parts.push(text.slice(at, next), <mark key={next}>{text.slice(next, next + search.length)}</mark>);
    at = next + search.length;
  }
  return parts.length === 0 ? text : [...parts, text.slice(at)];
}
