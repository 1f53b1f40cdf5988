/** Sizes with one letter behind them, as PM2 and systemd write them. */

/** `500M` is `500MB`; null when it is nothing of the kind. */
export function memorySize(text: string | null): string | null {
  const [, number, unit = ""] = /^(\d+(?:\.\d+)?)\s*([KMGT])?(?:i?B)?$/i.exec(text ?? "") ?? [];
  if (number === undefined) return null;
  const scale = { "": 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3, T: 1024 ** 4 }[unit.toUpperCase()] ?? 1;
  const whole = Number.isInteger(Number(number)) && unit !== "";
  return whole ? `${Number(number)}${unit.toUpperCase()}B` : String(Math.round(Number(number) * scale));
}
