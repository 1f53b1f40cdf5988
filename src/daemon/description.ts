/** The last column of `status`, word for word the reference's. */
import type { History } from "../core/history.ts";
import type { Life } from "../core/life.ts";

/** `wallNow` in milliseconds since 1970; ends are shown in the local time zone. */
export function describe(life: Life, history: History, wallNow: number): string {
  switch (life.state) {
    case "RUNNING":
      return `pid ${life.pid}, uptime ${uptime(wallNow - history.startedAt)}`;
    case "BACKOFF":
    case "FATAL":
      return history.failure || `unknown error (try "tail x")`;
    case "CLEANING":
      return life.next.state === "STOPPED" ? "what it left behind is ending" : describe(life.next, history, wallNow);
    case "WAITING":
      return life.why === null ? "" : `waiting ${life.why}`;
    case "STOPPED":
    case "EXITED":
      return history.startedAt === 0 ? "Not started" : moment(new Date(history.endedAt));
    default:
      return "";
  }
}

/** `0:00:36`, `1 day, 0:00:00`, `2 days, 3:04:05`. */
function uptime(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const days = Math.floor(seconds / 86_400);
  const two = (n: number) => String(n).padStart(2, "0");
  const clock = `${Math.floor(seconds / 3600) % 24}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return days === 0 ? clock : `${days} day${days === 1 ? "" : "s"}, ${clock}`;
}

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** strftime's `%b %d %I:%M %p` in English: `Nov 22 01:01 AM`. */
function moment(at: Date): string {
  const two = (n: number) => String(n).padStart(2, "0");
  const hour = at.getHours();
  return `${months[at.getMonth()]} ${two(at.getDate())} ${two(hour % 12 || 12)}:${two(at.getMinutes())} ${hour < 12 ? "AM" : "PM"}`;
}
