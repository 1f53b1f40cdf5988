/** `spacectl top` on a real terminal, with a real daemon: whole journeys, at three sizes. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { root, run, startDaemon, type TestDaemon } from "../helpers/daemon.ts";
import { endedAfterEach } from "../helpers/ending.ts";
import { alive, childrenOf, commandLine, markerName } from "../helpers/processes.ts";
import { openTmux, type Tmux } from "../helpers/tmux.ts";
import { until } from "../helpers/until.ts";

const ended = endedAfterEach();

/** worker_01 fails until there is a file `database`. */
const shop = `[program:web]
command=/bin/sh -c 'i=0; while :; do i=$((i+1)); echo "request $i"; sleep 0.2; done'
startsecs=0
[program:worker]
command=/bin/sh -c 'if [ %(process_num)d = 1 ] && [ ! -e %(here)s/database ]; then echo "no database" >&2; exit 3; fi; echo "worker is up"; exec sleep 1000'
numprocs=3
process_name=%(program_name)s_%(process_num)02d
startretries=0
startsecs=1
`;

interface Start {
  readonly columns?: number;
  readonly rows?: number;
  readonly programs?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** A shell's words around it; `TOP` is the command. */
  readonly script?: string;
}

async function open({
  columns = 100,
  rows = 30,
  programs = shop,
  env = {},
  script = "TOP; echo status $?",
}: Start = {}) {
  const daemon = ended(await startDaemon(programs));
  const shell = `${root}/bin/spacectl -c ${daemon.file}`;
  const plain = {
    HOME: daemon.directory,
    XDG_CONFIG_HOME: "",
    LANG: "C.UTF-8",
    LC_ALL: "",
    [markerName]: daemon.marker,
  };
  const tmux = await openTmux(script.replaceAll("TOP", `${shell} top`).replaceAll("SHELL", shell), {
    columns,
    rows,
    env: { ...plain, ...env },
  });
  return { daemon, tmux: ended(tmux) };
}

describe.each([
  [60, 15],
  [100, 30],
  [300, 100],
])("at %i×%i", (columns, rows) => {
  test("the crashed worker is found, its reason seen, and it is restarted", async () => {
    const { daemon, tmux } = await open({ columns, rows });
    await daemon.reaches("worker:worker_01", "FATAL");
    const first = await tmux.shows("1 failed");
    expect(first).toMatch(/✗ +worker_01 +FATAL .*exit 3/);
    if (columns >= 100) await tmux.shows("worker:worker_01 FATAL: exit 3  ▌no database");
    await tmux.press("Enter");
    await tmux.shows("no database");
    await tmux.press("Escape", "d", "z");
    const detail = await tmux.shows(
      /FATAL after \d+m?s +exit status 3|BACKOFF after \d+m?s +exit status 3|after \d+m?s +exit 3/,
    );
    expect(detail).toMatch(/✗ FATAL for \d+s/);
    expect(detail).toContain("it is given up until somebody starts it");
    await tmux.press("Escape", "Escape");
    writeFileSync(daemon.path("database"), "");
    await tmux.press("r");
    await tmux.shows("Restart worker:worker_01?");
    expect((await daemon.info("worker:worker_01")).statename).toBe("FATAL");
    await tmux.press("y");
    await tmux.shows("restarted worker:worker_01");
    await tmux.shows(/worker_01 +RUNNING/);
    for (const line of (await tmux.screen()).split("\n")) expect(line.length).toBeLessThanOrEqual(columns);
    await tmux.press("q");
    await tmux.shows("status 0");
    expect((await daemon.info("worker:worker_01")).statename).toBe("RUNNING");
  });
});

test("a log is followed, stood still in, searched and followed again", async () => {
  const { tmux } = await open();
  await tmux.shows("web");
  await tmux.press("Home", "l", "z");
  await tmux.shows("request 12");
  await tmux.press("/");
  await tmux.type("request 3");
  await tmux.press("Enter");
  const found = await tmux.shows("standing still");
  expect(found).toContain("request 3");
  await tmux.shows(/\d new/);
  const still = (await tmux.screen()).split("\n").slice(5, 20);
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect((await tmux.screen()).split("\n").slice(5, 20)).toEqual(still);
  await tmux.press("f");
  await tmux.shows("following");
  await tmux.press("&");
  await tmux.type("nothing like it");
  await tmux.shows("no line has nothing like it");
});

test("a daemon that is killed and comes back is seen to go and to come", async () => {
  const { daemon: first, tmux } = await open();
  await tmux.shows("● live");
  first.signal("SIGKILL");
  await tmux.shows(/✗ lost for \d+s: .* – trying again/);
  // What was there last is still to be seen.
  expect(await tmux.screen()).toContain("worker_02");
  const again = await startDaemon("", {
    directory: first.directory,
    existing: { file: first.file, socket: first.path("s.sock"), log: first.path("s.log") },
  });
  try {
    await tmux.shows(`the daemon has been restarted (pid ${again.pid})`);
    await tmux.shows("● live");
    await tmux.press("Home", "l");
    await tmux.shows("request 1");
  } finally {
    await again.end();
  }
});

test("the screen fits every size that the terminal takes", async () => {
  const { tmux } = await open();
  await tmux.shows("● live");
  for (const [columns, rows] of [
    [60, 15],
    [300, 100],
    [30, 5],
    [80, 24],
  ] as const) {
    await tmux.resize(columns, rows);
    const text = await tmux.shows(columns < 40 ? "too small" : /● live ?$/m);
    const lines = text.trimEnd().split("\n");
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns);
    if (columns >= 40)
      await until("the last line has the keys", async () =>
        /\? help/.test((await tmux.screen()).split("\n")[rows - 1] ?? ""),
      );
  }
});

describe("the terminal is as it was", () => {
  const around = "stty -a > before; TOP; echo status $?; stty -a > after; echo done";
  const inFolder = () => `cd ${"$HOME"}; ${around}`;

  /** Nothing of the screen is left: neither its other page nor its modes, nor the settings of the line. */
  async function isAsBefore(daemon: TestDaemon, tmux: Tmux, status: number | RegExp): Promise<void> {
    await tmux.shows("done");
    expect(await tmux.screen()).toMatch(typeof status === "number" ? `status ${status}` : status);
    const modes = ["alternate_on", "cursor_flag", "mouse_any_flag", "mouse_sgr_flag", "wrap_flag"];
    expect(await Promise.all(modes.map((mode) => tmux.mode(mode)))).toEqual(["0", "1", "0", "0", "1"]);
    expect(daemon.read("after")).toBe(daemon.read("before"));
  }

  const pidOf = async (tmux: Tmux) => {
    const children = childrenOf(Number(await tmux.mode("pane_pid")));
    return children.find(({ pid }) => commandLine(pid).includes("spacectl"))?.pid ?? 0;
  };

  test.each([
    ["q", ["q"]],
    ["Ctrl-C", ["C-c"]],
    ["the palette", [":", "q", "u", "i", "t", "Enter"]],
  ])("after %s", async (_how, keys) => {
    const { daemon, tmux } = await open({ script: inFolder() });
    await tmux.shows("● live");
    expect(await tmux.mode("alternate_on")).toBe("1");
    expect(await tmux.mode("mouse_any_flag")).toBe("1");
    await tmux.press(...keys);
    await isAsBefore(daemon, tmux, 0);
    expect((await daemon.info("web")).statename).toBe("RUNNING");
  });

  test.each([
    ["SIGTERM", 143],
    ["SIGINT", 130],
    ["SIGHUP", 129],
  ] as const)("after %s", async (signal, status) => {
    const { daemon, tmux } = await open({ script: inFolder() });
    await tmux.shows("● live");
    process.kill(await pidOf(tmux), signal);
    await isAsBefore(daemon, tmux, status);
  });

  test("after a mistake of ours, which is told", async () => {
    const { daemon, tmux } = await open({
      script: inFolder().replace("TOP", "NODE_OPTIONS='--require=./mistake.cjs' TOP"),
      programs: `${shop}[program:late]\ncommand=/bin/sh -c 'echo "setTimeout(() => { throw new Error(\\"a mistake\\") }, 2500)" > %(here)s/mistake.cjs; sleep 1000'\nstartsecs=0\n`,
    });
    await tmux.shows("● live");
    await tmux.shows("a mistake");
    await isAsBefore(daemon, tmux, 1);
  });

  test("while it is suspended, and it is there again after that", async () => {
    const { daemon, tmux } = await open({ script: "bash --norc -i" });
    await tmux.type(`${root}/bin/spacectl -c ${daemon.file} top\n`);
    await tmux.shows("● live");
    await tmux.press("C-z");
    await tmux.shows("Stopped");
    expect(await tmux.mode("alternate_on")).toBe("0");
    await tmux.type("fg\n");
    await tmux.shows("● live");
    await tmux.press("q");
    await until("it has left", async () => (await tmux.mode("alternate_on")) === "0");
  });

  test("in the shell of spacectl, which goes on", async () => {
    const { daemon, tmux } = await open({ script: "SHELL; echo status $?" });
    await tmux.shows("supervisor> ");
    await tmux.type("top\n");
    await tmux.shows("● live");
    await tmux.press("j", "q");
    await tmux.shows("supervisor> ");
    expect(await tmux.mode("alternate_on")).toBe("0");
    await tmux.type("pid\n");
    await tmux.shows(new RegExp(`^${daemon.pid} *$`, "m"));
    await tmux.type("quit\n");
    await tmux.shows("status 0");
  });
});

test("what programs write cannot touch the terminal", async () => {
  const { tmux } = await open({
    programs: `[program:rude]\ncommand=/usr/bin/printf 'one\\033]0;owned\\007\\033[2J\\033[?1049l\\033[31mred\\033[0m\\tend\\nlast \\342\\200\\256 line\\n'\nstartsecs=0\nautorestart=false\n`,
  });
  await tmux.shows("onered  end");
  expect(await tmux.screen()).toContain("last \ufffd line");
  expect(await tmux.mode("alternate_on")).toBe("1");
  expect(await tmux.mode("pane_title")).not.toContain("owned");
});

test("a program is given more copies, and its old number back", async () => {
  const { daemon, tmux } = await open({ script: 'touch "$HOME/database"; TOP' });
  await tmux.shows("worker_00");
  await tmux.press("End", "+");
  await tmux.shows("copies of worker: 3");
  await tmux.press("BSpace");
  await tmux.type("4");
  await tmux.press("Enter");
  await tmux.shows("worker has 4 copies");
  await tmux.shows(/worker_03 +(STARTING|RUNNING)/);
  expect((await daemon.ctl("scale", "worker=3")).code).toBe(0);
  await until("it is gone from the screen", async () => !(await tmux.screen()).includes("worker_03"));
});

test("several programs are stopped at once after one question, and a line is sent to one", async () => {
  const { daemon, tmux } = await open({ programs: `${shop}[program:echo]\ncommand=/bin/cat\nstartsecs=0\n` });
  await tmux.shows("● live");
  await tmux.press("Home", "Space", "Space", "x");
  const question = await tmux.shows("Stop 2 programs?");
  expect(question).toMatch(/│ echo +RUNNING/);
  await tmux.press("n");
  await tmux.shows("nothing was done");
  // All at once, as a slow connection brings them: the Escape takes the marks away, and is not Alt.
  await tmux.command("send-keys", "Escape", "Home", "i");
  await tmux.shows("to echo: ");
  await tmux.type("hello cat");
  await tmux.press("Enter");
  await tmux.shows("written to echo");
  await tmux.press("l");
  await tmux.shows(/^ *hello cat/m);
  await tmux.press("Escape", "Home", "Space", "Space", "x");
  await tmux.shows("Stop 2 programs?");
  await tmux.press("y");
  await tmux.shows("stopped 2 programs");
  expect((await daemon.info("echo")).statename).toBe("STOPPED");
});

describe("keys and looks are the user's", () => {
  async function openWith(settings: string, env: Readonly<Record<string, string>> = {}) {
    const daemon = ended(await startDaemon(shop));
    const config = daemon.path("config");
    mkdirSync(join(config, "spacectl"), { recursive: true });
    writeFileSync(join(config, "spacectl/top.yaml"), settings);
    const top = `${root}/bin/spacectl -c ${daemon.file} top; echo status $?`;
    const tmux = await openTmux(top, {
      columns: 100,
      rows: 30,
      env: { XDG_CONFIG_HOME: config, LANG: "C.UTF-8", LC_ALL: "", ...env },
    });
    return ended(tmux);
  }

  test("a key file moves keys, and sets theme and mouse", async () => {
    const terminal = await openWith("theme: contrast\nmouse: false\nkeys: { quit: f10, help: [h] }\n");
    await terminal.shows("● live");
    expect(await terminal.mode("mouse_any_flag")).toBe("0");
    await terminal.press("q", "h");
    await terminal.shows("Keys");
    await terminal.press("Escape", "F10");
    await terminal.shows("status 0");
  });

  test("one that makes no sense is refused with its place", async () => {
    const terminal = await openWith("keys: { restrt: r }\n");
    await terminal.shows(/error: cannot use .*top\.yaml: there is no command restrt; did you mean restart\?/);
    await terminal.shows("status 2");
  });

  test("without colours nothing has one, and a terminal of ASCII gets that", async () => {
    const terminal = await openWith("ascii: true\n", { NO_COLOR: "1" });
    await terminal.shows("* live");
    const text = await terminal.colours();
    expect(text).not.toMatch(/\[(\d+;)*(3[0-8]|4[0-8]|9[0-7]|10[0-7])[;m]/);
    expect(text).toMatch(/^\P{Cc}*$/mu);
    expect(await terminal.screen()).not.toMatch(/\P{ASCII}/u);
  });
});

describe("where there is no screen", () => {
  const top = async (env: Readonly<Record<string, string>> = {}) => {
    const daemon = ended(await startDaemon("[program:a]\ncommand=sleep 1000\n"));
    return await run([`${root}/bin/spacectl`, "-c", daemon.file, "top"], {
      env: { ...process.env, ...env } as NodeJS.ProcessEnv,
    });
  };

  test("a pipe is told what to use instead", async () => {
    const { code, stdout, stderr } = await top();
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toBe(
      "error: top draws on a terminal, and the output is none; use status, tail -f or status --json instead\n",
    );
  });

  test("so is a terminal that cannot move its cursor", async () => {
    const { tmux } = await open({ script: "TERM=dumb TOP; echo status $?" });
    await tmux.shows(
      "error: top cannot draw on this terminal (TERM=dumb); use status, tail -f or status --json instead",
    );
    await tmux.shows("status 2");
  });

  test("without a daemon it says so as every command does", async () => {
    const daemon = ended(await startDaemon(shop));
    daemon.signal("SIGTERM");
    await daemon.over();
    const script = `${root}/bin/spacectl -c ${daemon.file} top; echo status $?`;
    const tmux = ended(await openTmux(script, { columns: 80, rows: 24 }));
    await tmux.shows("no such file");
    await tmux.shows("status 7");
    expect(alive(1)).toBe(true);
    expect(readFileSync(daemon.file, "utf8")).toContain("worker");
  });
});
