/**
 * When a cron expression comes next. croner is loaded with the first expression, and only computes: waiting is
 * the daemon's own.
 *
 * When clocks go forward, a fixed time that is left out comes at the first moment after the gap; when they go
 * back, a fixed time that comes twice counts once, the first time. Steps count in both hours.
 */

/** Milliseconds since 1970, in and out; null = never. */
export type NextMoment = (after: number) => number | null;

/** @param timezone IANA name; null = local time. Rejects when it is none, or `cron` is no expression. */
export async function nextMoment(cron: string, timezone: string | null): Promise<NextMoment> {
  const { Cron } = await import("croner");
  const options = { paused: true, fixedTimeRule: "no-wildcard", ...(timezone === null ? {} : { timezone }) } as const;
  const clock = new Cron(cron, options);
  // It is only now that a time zone is looked at.
  clock.nextRun();
  return (after) => clock.nextRun(new Date(after))?.getTime() ?? null;
}
