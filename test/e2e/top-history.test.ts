/** `spacectl top` on a real terminal: what has happened, and what has been written, of all programs. */
import { expect, test } from "vitest";
import { root, startDaemon } from "../helpers/daemon.ts";
import { endedAfterEach } from "../helpers/ending.ts";
import { markerName } from "../helpers/processes.ts";
import { openTmux } from "../helpers/tmux.ts";
import { until } from "../helpers/until.ts";

const ended = endedAfterEach();

/** `TOP` in the script is the command. */
async function open(programs: string, script = "TOP") {
  const daemon = ended(await startDaemon(programs));
  const env = { HOME: daemon.directory, XDG_CONFIG_HOME: "", LANG: "C.UTF-8", LC_ALL: "", [markerName]: daemon.marker };
  const command = script.replaceAll("TOP", `${root}/bin/spacectl -c ${daemon.file} top`);
  const tmux = ended(await openTmux(command, { columns: 120, rows: 30, env }));
  return { daemon, tmux };
}

const shop = `[program:web]
command=/bin/sleep 1000
startsecs=0
[program:worker]
command=/bin/sh -c 'if [ %(process_num)d = 1 ]; then exit 3; fi; exec sleep 1000'
numprocs=2
process_name=%(program_name)s_%(process_num)02d
startretries=0
`;

test("what has happened is looked through, of all programs, also over the end of the daemon", async () => {
  const { daemon: first, tmux } = await open(shop);
  await first.reaches("worker:worker_01", "FATAL");
  await tmux.press("E");
  const all = await tmux.shows(/✗ worker_01 +FATAL/);
  expect(all).toMatch(/◐ web +STARTING/);
  expect(all).not.toContain("has a child");
  await tmux.press("/");
  await tmux.type("worker_01");
  await tmux.shows(/\d+ events? of \d+/);
  await tmux.press("Enter");
  expect(await tmux.screen()).not.toMatch(/◐ web/);
  await first.ctl("start", "worker:worker_01");
  await tmux.shows(/asked for: startProcess worker:worker_01 by spacectl \(unix socket\)/);
  first.signal("SIGKILL");
  await tmux.shows("not told any more");
  const again = await startDaemon("", {
    directory: first.directory,
    existing: { file: first.file, socket: first.path("s.sock"), log: first.path("s.log") },
  });
  try {
    await tmux.press("/", "C-u");
    await tmux.type("the daemon");
    await tmux.press("Enter");
    // What the daemon before has told is still there.
    await until("both starts are there", async () => (await tmux.screen()).split("the daemon is RUNNING").length === 3);
    await tmux.press("Escape", "End", "Home", "Down", "Enter");
    await tmux.shows("NAME");
  } finally {
    await again.end();
  }
});

test("the logs of all begin with what was there before, in the order of time", async () => {
  const taking = (turns: string) =>
    `command=/bin/sh -c 'for i in ${turns}; do until [ "$(cat %(here)s/turn)" = $i ]; do sleep 0.05; done; echo "line $i"; sleep 0.25; echo $((i+1)) > %(here)s/turn; done; exec sleep 1000'\nstartsecs=0\n`;
  const programs = `[program:a]\n${taking("1 3 5")}[program:b]\n${taking("2 4")}log_format=text\n[program:err]\ncommand=/bin/sh -c 'echo first >&2; exec sleep 1000'\nstartsecs=0\n`;
  const { tmux } = await open(
    programs,
    `cd $HOME; sleep 0.3; echo 1 > turn; until [ "$(cat turn)" = 6 ]; do sleep 0.1; done; TOP`,
  );
  await tmux.shows("● live");
  await tmux.press("m", "T", "l", "z");
  await tmux.shows("line 5");
  await until("they stand in order", async () => {
    const lines = (await tmux.screen()).split("\n").filter((line) => /(line \d|first)/.test(line));
    return (
      lines.map((line) => /line \d|first/.exec(line)?.[0]).join() ===
      ["first", ...[1, 2, 3, 4, 5].map((turn) => `line ${turn}`)].join()
    );
  });
  expect(await tmux.screen()).toMatch(/^a +\d\d:\d\d:\d\d +line 5/m);
});
