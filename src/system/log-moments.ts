/**
 * The moments at which logs are rotated by time, by the local clock: midnight and the full hour. Where a change of
 * summer time leaves a midnight out, the day begins with its first moment; an hour that comes twice is two hours.
 */
export const periods = ["hourly", "daily"] as const;
export type Period = (typeof periods)[number];

const minuteMs = 60_000;

/** All moments are milliseconds since 1970. */
export function nextMoment(period: Period, after: number): number {
  return period === "daily" ? midnight(after, 1) : nextHour(after);
}

/** The one that is `at`, or was last before it. */
export function lastMoment(period: Period, at: number): number {
  if (period === "daily") return midnight(at, 0);
  // Where clocks are moved by half an hour, the hour before may have begun less than an hour ago.
  const begun = at - intoHour(at);
  return new Date(begun).getMinutes() === 0 ? begun : begun - intoHour(begun);
}

function midnight(at: number, days: number): number {
  const date = new Date(at);
  return new Date(date.getFullYear(), date.getMonth(), date.getDate() + days).getTime();
}

function nextHour(after: number): number {
  let at = after;
  do at += 60 * minuteMs - intoHour(at);
  while (new Date(at).getMinutes() !== 0);
  return at;
}

/** Milliseconds since the local clock showed a full hour. */
function intoHour(at: number): number {
  const date = new Date(at);
  return date.getMinutes() * minuteMs + date.getSeconds() * 1000 + date.getMilliseconds();
}
