/** Foreground colours that can be read on light and dark: cyan, yellow, green, magenta, blue, and their bright kin. */
export const palette = [36, 33, 32, 35, 34, 96, 93, 92, 95, 94] as const;

/** @param colour a parameter of SGR (ECMA-48); null = none */
export const coloured = (text: string, colour: number | null): string =>
  colour === null ? text : `\x1b[${colour}m${text}\x1b[0m`;
