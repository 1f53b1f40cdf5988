/** Colours for what people read on a terminal, and none for anything else: no pipe, no TERM=dumb, no NO_COLOR (no-color.org). */
import { isatty } from "node:tty";

const codes = { red: 31, green: 32, yellow: 33, cyan: 36, bold: 1, dim: 2 } as const;

export type Colour = keyof typeof codes;

/** Gives a text a colour, or leaves it as it is. */
export type Paint = (colour: Colour | null, text: string) => string;

export const coloured: Paint = (colour, text) =>
  colour === null || text === "" ? text : `\u001b[${codes[colour]}m${text}\u001b[0m`;
export const plain: Paint = (_colour, text) => text;

export function paintFor(descriptor: number, environment: Readonly<Record<string, string | undefined>>): Paint {
  const { NO_COLOR = "", TERM = "" } = environment;
  return NO_COLOR === "" && TERM !== "dumb" && isatty(descriptor) ? coloured : plain;
}
