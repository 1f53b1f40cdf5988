/** When PM2 starts, restarts and stops an app, and what it does so for. */
import { literal, literals, type Section, time } from "./draft.ts";
import { memorySize } from "./memory-size.ts";
import type { App } from "./pm2-app.ts";

/** PM2's own, where nothing is said. */
const usualKillMs = 1600;
const usualRestarts = 16;
/** For Infinity: nobody lives to see it. */
const mostRestarts = 2 ** 31 - 1;
const usualUptimeMs = 1000;
/** PM2's exponential delay grows to this. */
const longestBackoffMs = 15_000;

/** Our restart_delay_max, which no delay may be above. */
const usualLongestMs = 60_000;

export function setLife(app: App, section: Section): void {
  setRestarts(app, section);
  setStop(app, section);
  setReadiness(app);
  setWatch(app, section);
  const { keys } = section;
  const memory = memorySize(app.text("max_memory_restart"));
  if (memory !== null) keys.set("memory_limit", memory);
  const cron = app.text("cron_restart", "cron");
  if (cron !== null && cron !== "0") keys.set("schedule", literal(cron));
  const user = app.text("uid", "user");
  if (user !== null) keys.set("user", literal(user));
  const group = app.text("gid");
  if (group !== null) app.notes.push(`not carried over: gid: ${group}; a program has the groups of its user`);
}

function setRestarts(app: App, { keys }: Section): void {
  if (app.flag("autostart") === false) keys.set("autostart", false);
  const codes = app.list("stop_exit_codes") ?? [];
  if (app.flag("autorestart") === false) keys.set("autorestart", false);
  else keys.set("autorestart", codes.length > 0 ? "unexpected" : true);
  if (codes.length > 0) keys.set("exitcodes", codes);
  keys.set("startsecs", Math.ceil((app.milliseconds("min_uptime") ?? usualUptimeMs) / 1000));
  const restarts = Math.trunc(Number(app.text("max_restarts") ?? usualRestarts)) || 0;
  keys.set("startretries", Math.min(Math.max(0, restarts), mostRestarts));
  const backoff = app.milliseconds("exp_backoff_restart_delay");
  const delay = app.milliseconds("restart_delay");
  if (backoff !== null && backoff > 0) {
    keys.set("restart_delay", time(backoff)).set("restart_delay_max", time(Math.max(backoff, longestBackoffMs)));
    keys.set("restart_backoff", "exponential");
  } else if (delay !== null && delay > 0) {
    keys.set("restart_delay", time(delay)).set("restart_backoff", "none");
    if (delay > usualLongestMs) keys.set("restart_delay_max", time(delay));
  }
}

function setStop(app: App, { keys }: Section): void {
  const killMs = app.milliseconds("kill_timeout") ?? usualKillMs;
  const seconds = Math.ceil(killMs / 1000);
  keys.set("stopsignal", app.text("kill_signal")?.replace(/^SIG/, "") ?? "INT").set("stopwaitsecs", seconds);
  if (seconds * 1000 !== killMs)
    app.notes.push(`stopwaitsecs counts whole seconds: PM2's ${killMs} ms became ${seconds} s`);
  const tree = app.flag("treekill") !== false;
  if (tree) keys.set("stopasgroup", true);
  else if (!keys.has("stopasgroup")) keys.set("killasgroup", false);
  if (app.flag("shutdown_with_message") === true)
    app.notes.push("shutdown_with_message is not carried over: no message is sent, the program gets SIGINT");
}

function setReadiness(app: App): void {
  const listen = app.milliseconds("listen_timeout");
  if (app.flag("wait_ready") === true)
    app.notes.push(
      "wait_ready is not carried over: process.send('ready') reaches nobody. ready: { log: REGEX } makes it ready at a " +
        "line of its output, ready: { fd: 3 } at a newline that it writes there" +
        (listen === null ? "" : `; start_timeout: ${time(listen)} is how long others would wait`),
    );
  else if (listen !== null)
    app.notes.push("not carried over: listen_timeout, which is for cluster mode and wait_ready");
}

function setWatch(app: App, { keys }: Section): void {
  const watch = app.value("watch");
  const paths = watch === true ? ["."] : (app.list("watch") ?? []);
  const ignored = app.list("ignore_watch") ?? app.list("watch_ignore");
  const delay = app.milliseconds("watch_delay");
  app.list("watch_ignore");
  if (paths.length === 0) return;
  keys.set("watch", literals(paths));
  keys.set("watch_ignore", literals((ignored ?? ["node_modules", ".*"]).map((path) => path.replace(/^\.\//, ""))));
  if (delay !== null && delay > 0) keys.set("watch_debounce", time(delay));
}
