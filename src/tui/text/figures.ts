/** Figures in few columns, as a person reads them at a glance. */

const units = ["K", "M", "G", "T", "P"];

/** At most five columns: `980K`, `1.4M`, `312M`, `23G`. */
export function bytes(value: number): string {
  let scaled = value / 1024;
  let unit = 0;
  while (scaled >= 999.5 && unit < units.length - 1) {
    scaled /= 1024;
    unit++;
  }
  return `${scaled < 9.95 && unit > 0 ? scaled.toFixed(1) : Math.round(scaled)}${units[unit]}`;
}

/** Of one core, at most five columns: `0.3`, `12.5`, `312`. */
export const percent = (value: number): string => (value < 99.95 ? value.toFixed(1) : String(Math.round(value)));

const steps = [
  ["d", 86_400],
  ["h", 3600],
  ["m", 60],
  ["s", 1],
] as const;

/** At most six columns: `45s`, `3m12s`, `2h05m`, `12d04h`; seconds are whole. */
export function span(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const found = steps.findIndex(([, step]) => seconds >= step);
  const first = found === -1 ? steps.length - 1 : found;
  const [unit, step] = steps[first] ?? (["s", 1] as const);
  const next = steps[first + 1];
  const count = Math.floor(seconds / step);
  if (next === undefined || count >= 100) return `${count}${unit}`;
  return `${count}${unit}${String(Math.floor((seconds % step) / next[1])).padStart(2, "0")}${next[0]}`;
}

/** The same of what may be very short: `200ms`. */
export const life = (ms: number): string => (ms >= 0 && ms < 1000 ? `${Math.round(ms)}ms` : span(ms));

/** In local time: `07:30:01`. */
export function clock(wallMs: number): string {
  const at = new Date(wallMs);
  return [at.getHours(), at.getMinutes(), at.getSeconds()].map((part) => String(part).padStart(2, "0")).join(":");
}

/** With the day when it is another one. */
export function moment(wallMs: number, now: number): string {
  const at = new Date(wallMs);
  if (at.toDateString() === new Date(now).toDateString()) return clock(wallMs);
  return `${at.getFullYear()}-${String(at.getMonth() + 1).padStart(2, "0")}-${String(at.getDate()).padStart(2, "0")} ${clock(wallMs)}`;
}

/** The same in few columns: of another day without the seconds, `11-21 07:30`. */
export function shortMoment(wallMs: number, now: number): string {
  const whole = moment(wallMs, now);
  return whole.length === 8 ? whole : whole.slice(5, 16);
}

/** `1,234,567`. */
export const count = (value: number): string => value.toLocaleString("en-US");

export const plural = (value: number, one: string, many = `${one}s`): string =>
  `${count(value)} ${value === 1 ? one : many}`;

/** How often something was started again, by reason: `1 crash, 7 memory`. A failed start that is tried again counts as such, elsewhere. */
export const restartsTold = (restarts: Readonly<Record<string, number>>): string =>
  Object.entries(restarts)
    .filter(([reason, count]) => count > 0 && reason !== "failed_start")
    .map(([reason, count]) => `${count} ${reason.replaceAll("_", " ")}`)
    .join(", ");
