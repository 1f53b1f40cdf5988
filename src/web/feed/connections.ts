/** What the page listens to: the overview while somebody looks, and the logs that are shown. */
import { asReport } from "../../client/report.ts";
import { trouble } from "../../tui/feed/trouble.ts";
import { watchVisibility } from "./hidden.ts";
import { LogLines } from "./log-lines.ts";
import { remote } from "./remote.ts";
import type { Store } from "./store.ts";
import { listen } from "./stream.ts";

/** Of a log, of what is there already; with many, of each. */
const tailBytes = 128 * 1024;
const mergedTailBytes = 8 * 1024;
/** How often lines that have come are put on the page. */
const linesMs = 100;
/** When more lines than this have come, nobody reads them one by one. */
const flood = 300;
const floodMs = 400;
const reportMs = 2500;

/** For as long as the page is there. */
export function connect(store: Store): void {
  let stop: (() => void) | null = null;
  const start = () => {
    stop ??= listen("live", {
      talkative: true,
      message: (message) => store.dispatch({ type: "told", message }),
      lost: (why) => {
        const { connection } = store.state;
        const since = connection.type === "lost" ? connection.since : Date.now();
        store.dispatch({ type: "connection", connection: { type: "lost", since, why } });
      },
    });
  };
  start();
  const logs = followLogs(store);
  const reports = fetchReports(store);
  watchVisibility({
    // A page that nobody sees costs the daemon nothing, and leaves its connections to those that are seen.
    hidden: () => {
      stop?.();
      stop = null;
      logs.stop();
      store.dispatch({ type: "connection", connection: { type: "paused" } });
    },
    shown: () => {
      if (stop !== null) return;
      store.dispatch({ type: "connection", connection: { type: "connecting" } });
      start();
    },
  });
  store.watch((state) => {
    if (state.connection.type !== "paused") logs.want(state.pane.log.key);
    reports.want(state.place.type === "program" && state.place.tab === "overview" ? state.place.id : null);
  });
}

function followLogs(store: Store): { want(key: string): void; stop(): void } {
  let followed = "";
  let end: (() => void) | null = null;
  const stop = () => {
    end?.();
    end = null;
    followed = "";
  };
  const want = (key: string) => {
    if (key === followed) return;
    stop();
    followed = key;
    if (key === "") return;
    const names = key.split("\n");
    const query = new URLSearchParams(names.map((name) => ["process", name.toWellFormed()]));
    query.set("tail", String(names.length === 1 ? tailBytes : mergedTailBytes));
    let lines = new LogLines(Date.now());
    let timer = 0;
    const pass = () => {
      const { fresh, skipped } = lines.drain();
      if (fresh.length > 0) store.dispatch({ type: "log", log: { type: "lines", key, fresh, skipped } });
      timer = window.setTimeout(pass, fresh.length > flood ? floodMs : linesMs);
    };
    pass();
    const close = listen(`live/log?${query}`, {
      talkative: false,
      message: (message) => {
        if (message.type === "welcome") {
          lines = new LogLines(Date.now());
          store.dispatch({ type: "log", log: { type: "anew", key } });
        }
        const why = lines.take(message, Date.now());
        if (why !== null) store.dispatch({ type: "log", log: { type: "trouble", text: why } });
      },
      lost: (why) => store.dispatch({ type: "log", log: { type: "trouble", text: `the log is not followed: ${why}` } }),
    });
    end = () => {
      clearTimeout(timer);
      close();
    };
  };
  return { want, stop };
}

/** Of the program that is looked at: now, when it changes, and now and then for the processes that live of it. */
function fetchReports(store: Store): { want(id: string | null): void } {
  let wanted: string | null = null;
  let timer = 0;
  const ask = async (id: string): Promise<void> => {
    try {
      const report = asReport(await remote.call("spaced.report", [id]));
      if (wanted === id) store.dispatch({ type: "report", id, report });
    } catch (error) {
      // A program that has gone, or a daemon that is away: both are told elsewhere.
      void trouble(error);
    }
    if (wanted === id && store.state.connection.type === "live")
      timer = window.setTimeout(() => void ask(id), reportMs);
    else if (wanted === id) wanted = null;
  };
  return {
    want: (id) => {
      if (id === wanted || (id !== null && store.state.connection.type !== "live")) return;
      clearTimeout(timer);
      wanted = id;
      if (id !== null) void ask(id);
    },
  };
}
