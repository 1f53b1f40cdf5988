/** Where PM2 writes what an app says. */
import { beside, type Facts, type Section } from "./draft.ts";
import { memorySize } from "./memory-size.ts";
import type { App } from "./pm2-app.ts";

export function setLogs(app: App, { keys }: Section, copies: number, facts: Facts): void {
  const out = app.text("out_file", "output", "out", "out_log");
  const error = app.text("error_file", "error", "err", "err_file", "err_log");
  const both = app.text("log_file", "log");
  const merged = app.flag("merge_logs", "combine_logs") === true;
  const silent = app.flag("disable_logs") === true;
  const place = (path: string | null): string | null => {
    if (path === null || silent || path === "/dev/null" || path === "NULL") return null;
    return numbered(beside(path), copies > 1 && !merged);
  };
  const folders = new Set(
    [out, error, both].filter((path) => path !== null).map((path) => path.replace(/\/[^/]*$/, "")),
  );
  for (const folder of folders)
    if (folder.includes("/") || folder.startsWith(".") ? !facts.exists(folder) : false)
      app.notes.push(`the folder of its logs must be there before the daemon starts: mkdir -p ${folder}`);
  if (silent) keys.set("stdout_logfile", "NONE").set("stderr_logfile", "NONE");
  else if (both !== null && out === null && error === null)
    keys.set("redirect_stderr", true).set("stdout_logfile", place(both) ?? "NONE");
  else {
    keys.set("stdout_logfile", place(out) ?? "NONE").set("stderr_logfile", place(error) ?? "NONE");
    if (both !== null) app.notes.push("not carried over: log_file, beside a file for each of output and errors");
    if (out === null || error === null) keys.set("log_passthrough", true);
  }
  setRotation(app, { keys });
  const format = app.text("log_date_format");
  if (app.flag("time") !== true && format === null) return;
  keys.set("log_format", "text");
  if (format !== null) app.notes.push("the form of log_date_format is not carried over: log_format: text has its own");
}

/** Of pm2-logrotate, which some write into the app. */
function setRotation(app: App, { keys }: Pick<Section, "keys">): void {
  const size = memorySize(app.text("max_size"));
  const files = Number(app.text("max_files") ?? Number.NaN);
  for (const stream of ["stdout", "stderr"]) {
    if (keys.get(`${stream}_logfile`) === "NONE" || !keys.has(`${stream}_logfile`)) continue;
    if (size !== null) keys.set(`${stream}_logfile_maxbytes`, size);
    if (Number.isInteger(files)) keys.set(`${stream}_logfile_backups`, files);
  }
}

/** Copies that do not merge their logs have their number in the name. */
function numbered(path: string, needed: boolean): string {
  if (!needed) return path;
  return /\.[^./]+$/.test(path) ? path.replace(/(\.[^./]+)$/, "-%(process_num)d$1") : `${path}-%(process_num)d`;
}
