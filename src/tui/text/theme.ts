/**
 * What meanings look like. Colours below 16 are the user's own, which fit to his background; the few above are for
 * grounds, which those do not have. `mono` knows no colours at all, for NO_COLOR (no-color.org) and for paper.
 */
import type { Look, Role } from "./look.ts";

export interface Theme {
  readonly name: ThemeName;
  /** Which colours of programs are kept: those below this number. */
  readonly colours: 0 | 16 | 256;
  readonly roles: Readonly<Record<Role, Look>>;
}

export const themeNames = ["dark", "light", "contrast", "mono"] as const;
export type ThemeName = (typeof themeNames)[number];

const dark: Readonly<Record<Role, Look>> = {
  plain: {},
  dim: { fg: 245 },
  strong: { bold: true },
  title: { fg: 14, bold: true },
  border: { fg: 240 },
  focus: { fg: 14 },
  good: { fg: 10 },
  busy: { fg: 14 },
  warn: { fg: 11 },
  bad: { fg: 9, bold: true },
  alarm: { fg: 15, bg: 1, bold: true },
  accent: { fg: 12 },
  key: { fg: 11, bold: true },
  match: { fg: 0, bg: 11 },
  selected: { bg: 238, bold: true },
  marked: { bg: 53 },
  bar: { fg: 10 },
  stale: { fg: 245 },
};

const light: Readonly<Record<Role, Look>> = {
  ...dark,
  dim: { fg: 242 },
  title: { fg: 4, bold: true },
  border: { fg: 248 },
  focus: { fg: 4 },
  good: { fg: 2 },
  busy: { fg: 6 },
  warn: { fg: 130 },
  bad: { fg: 1, bold: true },
  accent: { fg: 4 },
  key: { fg: 5, bold: true },
  selected: { bg: 153, bold: true },
  marked: { bg: 225 },
  bar: { fg: 2 },
  stale: { fg: 242 },
};

/** Black and white, and colours that are told apart by their brightness too; nothing is grey. */
const contrast: Readonly<Record<Role, Look>> = {
  plain: { fg: 15 },
  dim: { fg: 15 },
  strong: { fg: 15, bold: true },
  title: { fg: 15, bold: true, underline: true },
  border: { fg: 15 },
  focus: { fg: 11, bold: true },
  good: { fg: 10, bold: true },
  busy: { fg: 14, bold: true },
  warn: { fg: 11, bold: true },
  bad: { fg: 15, bg: 1, bold: true },
  alarm: { fg: 15, bg: 1, bold: true },
  accent: { fg: 14, bold: true },
  key: { fg: 11, bold: true },
  match: { fg: 0, bg: 11, bold: true },
  selected: { fg: 0, bg: 15, bold: true },
  marked: { fg: 15, bg: 4, bold: true },
  bar: { fg: 10, bold: true },
  stale: { fg: 15, dim: true },
};

const mono: Readonly<Record<Role, Look>> = {
  plain: {},
  dim: {},
  strong: { bold: true },
  title: { bold: true },
  border: {},
  focus: { bold: true },
  good: {},
  busy: {},
  warn: { bold: true },
  bad: { bold: true },
  alarm: { inverse: true, bold: true },
  accent: { bold: true },
  key: { bold: true },
  match: { inverse: true },
  selected: { inverse: true },
  marked: { underline: true },
  bar: {},
  stale: {},
};

export const themes: Readonly<Record<ThemeName, Theme>> = {
  dark: { name: "dark", colours: 256, roles: dark },
  light: { name: "light", colours: 256, roles: light },
  contrast: { name: "contrast", colours: 256, roles: contrast },
  mono: { name: "mono", colours: 0, roles: mono },
};

type Environment = Readonly<Record<string, string | undefined>>;

/** By name, or what the environment asks for; in as many colours as the terminal says it has. */
export function themeFor(name: string | null, environment: Environment): Theme {
  const theme = themes[themeNames.find((each) => each === name) ?? preferred(environment)];
  const many =
    /256|direct|kitty|alacritty|ghostty|wezterm/.test(environment.TERM ?? "") || Boolean(environment.COLORTERM);
  return many || theme.colours === 0 ? theme : { ...theme, colours: 16, roles: plainer(theme.roles) };
}

function preferred(environment: Environment): ThemeName {
  if (environment.NO_COLOR !== undefined && environment.NO_COLOR !== "") return "mono";
  // Some terminals tell their colours, as `foreground;background` of the sixteen.
  const background = Number(/;(\d+)$/.exec(environment.COLORFGBG ?? "")?.[1] ?? "0");
  return background === 7 || background === 15 ? "light" : "dark";
}

/** With nothing but the first sixteen colours. */
const plainer = (all: Theme["roles"]): Theme["roles"] =>
  Object.fromEntries(Object.entries(all).map(([role, look]) => [role, plainLook(look)])) as Theme["roles"];

function plainLook({ fg, bg, ...rest }: Look): Look {
  return {
    ...rest,
    ...(fg === undefined ? {} : fg < 16 ? { fg } : { dim: true }),
    ...(bg === undefined ? {} : bg < 16 ? { bg } : { inverse: true }),
  };
}
