/** Where a log is followed: the paths of `/logtail`. */

/** Colons and the like stay readable; what would end a path or a request line does not get through. */
export const encodePath = (path: string): string =>
  path.toWellFormed().split("/").map(encodeURIComponent).join("/").replaceAll("%3A", ":");

/** `name`: `group:name`. */
export const logPath = (name: string, channel: "stdout" | "stderr"): string =>
  `/logtail/${encodeURIComponent(name.toWellFormed()).replaceAll("%3A", ":")}/${channel}`;
