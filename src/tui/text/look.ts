/** How a piece of text looks: by its meaning, which a theme turns into colours, or as a program has asked for. */

/** Of the 256 of a terminal: 0 to 15 are the user's own. */
type Colour = number;

export interface Look {
  readonly fg?: Colour;
  readonly bg?: Colour;
  readonly bold?: boolean;
  readonly dim?: boolean;
  readonly italic?: boolean;
  readonly underline?: boolean;
  readonly inverse?: boolean;
}

const roles = [
  "plain",
  "dim",
  "strong",
  "title",
  "border",
  "focus",
  "good",
  "busy",
  "warn",
  "bad",
  "alarm",
  "accent",
  "key",
  "match",
  "selected",
  "marked",
  "bar",
  "stale",
] as const;

/** What a piece of text is. `alarm` is white on red; `selected` and `marked` are grounds that rows lie on. */
export type Role = (typeof roles)[number];

export interface Span {
  readonly text: string;
  readonly look: Role | Look;
}

/** One line of the screen. */
export type Line = readonly Span[];

export const span = (text: string, look: Role | Look = "plain"): Span => ({ text, look });
