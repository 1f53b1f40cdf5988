/**
 * Whether what was not taken is sent again, and when: as a server says itself, and otherwise after ever longer times that no
 * two senders have in common.
 */

/** What the status of an answer means for what was sent (RFC 9110, RFC 6585). A redirection is not followed. */
export function verdictOf(status: number): "taken" | "refused" | "later" {
  if (status >= 200 && status < 300) return "taken";
  return status === 408 || status === 429 || status >= 500 || status < 200 ? "later" : "refused";
}

const firstMs = 500;
const longestMs = 30_000;
/** A server is not believed that it wants to be left alone for longer. */
const mostAskedMs = 5 * 60_000;

/** How long to wait after so many failures in a row: half of an ever longer time, and by chance up to all of it. */
export function backoffMs(failures: number, chance: number): number {
  const most = Math.min(firstMs * 2 ** Math.min(failures - 1, 20), longestMs);
  return most / 2 + (most / 2) * chance;
}

/**
 * What `Retry-After` asks for, a number of seconds or a date; null when it says nothing.
 * @param parse a date to milliseconds since 1970, NaN for what is none
 */
export function retryAfterMs(header: string | null, wallMs: number, parse: (date: string) => number): number | null {
  const text = (header ?? "").trim();
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : parse(text) - wallMs;
  return Number.isNaN(ms) ? null : Math.min(Math.max(ms, 0), mostAskedMs);
}
