/** Lines as a terminal takes them: each piece with its codes (SGR of ECMA-48), and none open at the end. */
import type { Line, Look, Role } from "./look.ts";
import type { Theme } from "./theme.ts";

const reset = "\x1b[0m";

/** `ground`: what the whole line lies on. */
export function paint(line: Line, theme: Theme, ground: Role | null = null): string {
  const known = memoryOf(theme, ground);
  let painted = "";
  for (const { text, look } of line) {
    const own = typeof look === "string" ? theme.roles[look] : look;
    let codes = known.get(own);
    if (codes === undefined) {
      codes = codesFor(over(ground === null ? nothing : theme.roles[ground], shown(own, theme.colours)));
      known.set(own, codes);
    }
    painted += codes === "" || text === "" ? text : `\x1b[${codes}m${text}${reset}`;
  }
  return painted;
}

const nothing: Look = {};

/** Codes by look: there are few, and thousands of pieces in a frame. */
type Memory = WeakMap<Look, string>;
const memories = new WeakMap<Theme, Map<Role | null, Memory>>();

function memoryOf(theme: Theme, ground: Role | null): Memory {
  const ofTheme = memories.get(theme) ?? new Map<Role | null, Memory>();
  memories.set(theme, ofTheme);
  const memory = ofTheme.get(ground) ?? new WeakMap<Look, string>();
  ofTheme.set(ground, memory);
  return memory;
}

/** Without the colours that there are not. */
function shown(look: Look, colours: number): Look {
  const { fg = -1, bg = -1, ...rest } = look;
  return { ...rest, ...(fg >= 0 && fg < colours ? { fg } : {}), ...(bg >= 0 && bg < colours ? { bg } : {}) };
}

/** A ground that has a colour for its text, or swaps the two, is strong: what lies on it takes its colours. */
function over(ground: Look, look: Look): Look {
  if (ground.fg !== undefined || ground.inverse === true) return { ...ground, underline: look.underline === true };
  return { ...ground, ...look };
}

function codesFor(look: Look): string {
  const codes: string[] = [];
  if (look.bold === true) codes.push("1");
  if (look.dim === true) codes.push("2");
  if (look.italic === true) codes.push("3");
  if (look.underline === true) codes.push("4");
  if (look.inverse === true) codes.push("7");
  if (look.fg !== undefined) codes.push(colour(look.fg, 30));
  if (look.bg !== undefined) codes.push(colour(look.bg, 40));
  return codes.join(";");
}

/** `base`: 30 for the text, 40 for what is behind it. */
function colour(number: number, base: number): string {
  if (number < 8) return String(base + number);
  if (number < 16) return String(base + 60 + number - 8);
  return `${base + 8};5;${number}`;
}
