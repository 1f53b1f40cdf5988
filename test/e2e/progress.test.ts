/** What start, stop, restart and their kin show on a terminal while they wait, and that nothing of it is left. */
import { describe, expect, test } from "vitest";
import { root, run, startDaemon, type TestDaemon } from "../helpers/daemon.ts";
import { endedAfterEach } from "../helpers/ending.ts";
import { markerName } from "../helpers/processes.ts";
import { openTmux } from "../helpers/tmux.ts";

const ended = endedAfterEach();

const programs = `[program:db]
command=/bin/sleep 1000
startsecs=1
autostart=false
[program:web]
command=/bin/sleep 1000
startsecs=1
depends_on=db
autostart=false
[program:stubborn]
command=/bin/sh -c 'trap "" TERM; echo up; while :; do sleep 0.1; done'
numprocs=2
process_name=%(program_name)s_%(process_num)02d
startsecs=0
stopwaitsecs=2
autostart=false
[program:many]
command=/bin/sleep 1000
numprocs=20
process_name=%(program_name)s_%(process_num)02d
startsecs=1
autostart=false
`;

/** A shell's words; `CTL` is the control program. */
async function open(script: string, { columns = 90, rows = 40, env = {} } = {}) {
  const daemon = ended(await startDaemon(programs));
  const tmux = await openTmux(script.replaceAll("CTL", `${root}/bin/spacectl -c ${daemon.file}`), {
    columns,
    rows,
    env: { LANG: "C.UTF-8", [markerName]: daemon.marker, ...env },
  });
  return { daemon, tmux: ended(tmux) };
}

/** Its bytes on a terminal, whatever they are. */
async function recorded(
  { file }: TestDaemon,
  words: string,
  env: Readonly<Record<string, string>> = {},
  input = "",
): Promise<string> {
  const command = `${root}/bin/spacectl -c ${file} ${words}`;
  const environment = { ...process.env, TERM: "xterm-256color", NO_COLOR: "", ...env };
  return (await run(["script", "-qec", command, "/dev/null"], { env: environment, input })).stdout;
}

const lines = (screen: string): string[] => screen.trimEnd().split("\n");

describe("on a terminal", () => {
  test("a start shows who is being waited for and how long still, and then nothing but the results", async () => {
    const { tmux } = await open("CTL start web db 'stubborn:*'; echo status $?");
    const waiting = await tmux.shows(/^web +waiting +for db to be started.*given up in/m);
    expect(waiting).toMatch(/^db +STARTING +RUNNING in \d\.\ds \(startsecs\)$/m);
    expect(waiting).toMatch(/^stubborn:stubborn_00 +STOPPED +not started yet$/m);
    await tmux.shows(/^web +STARTING +RUNNING in/m);
    expect(lines(await tmux.shows("status"))).toEqual([
      "web: started",
      "db: ERROR (already started)",
      "stubborn:stubborn_00: started",
      "stubborn:stubborn_01: started",
      "status 0",
    ]);
  });

  test("more than the terminal has lines for are counted, and the results are the same as without", async () => {
    const { daemon, tmux } = await open("CTL restart 'many:*'; echo status $?", { rows: 12 });
    const full = await tmux.shows(/^and 10 more; 0 of 20 done$/m);
    expect(
      lines(full)
        .slice(0, 10)
        .every((line) => /^many:many_\d\d +STARTING +RUNNING in/.test(line)),
    ).toBe(true);
    await tmux.shows("status 0");
    const history = await tmux.command("capture-pane", "-p", "-J", "-S", "-");
    const names = Array.from({ length: 20 }, (_, n) => `many:many_${String(n).padStart(2, "0")}`);
    const results = lines(history).slice(-21);
    expect(results.slice(0, 20).toSorted()).toEqual(names.map((name) => `${name}: started`));
    expect(history).not.toMatch(/RUNNING in|more/);
    expect((await daemon.ctl("stop", "many:*")).stdout.trimEnd().split("\n").toSorted()).toEqual(
      names.map((name) => `${name}: stopped`),
    );
  });

  test("Ctrl-C leaves the terminal as it was, and ends the command as it always did", async () => {
    const { daemon, tmux } = await open(
      "CTL start 'stubborn:*'; trap : INT; CTL stop 'stubborn:*'; echo status $?; trap - INT",
    );
    await tmux.shows(/^stubborn:stubborn_01 +STOPPING +SIGKILL in \d\.\ds \(stopwaitsecs\)$/m);
    await tmux.press("C-c");
    const screen = lines(await tmux.shows("status 130"));
    expect(screen.slice(0, 2)).toEqual([0, 1].map((n) => `stubborn:stubborn_0${n}: started`));
    expect(screen.slice(2).filter((line) => line !== "")).toEqual(["status 130"]);
    expect(await tmux.mode("cursor_flag")).toBe("1");
    await daemon.reaches("stubborn:stubborn_00", "STOPPED");
  });

  test("a rolling restart shows whose turn it is, on a terminal that changes its size", async () => {
    const { daemon, tmux } = await open("CTL start 'stubborn:*' >/dev/null; CTL roll 'stubborn:*'; echo status $?");
    const first = await tmux.shows(/^stubborn:stubborn_00 +STOPPING +SIGKILL/m);
    expect(first).toMatch(/^stubborn:stubborn_01 +RUNNING +waits for its turn$/m);
    await tmux.resize(30, 10);
    await tmux.shows(/^stubborn:stu… +STOPPING/m);
    await tmux.resize(90, 40);
    await tmux.shows("status 0");
    expect(lines(await tmux.screen())).toEqual([
      "stubborn:stubborn_00: restarted",
      "stubborn:stubborn_01: restarted",
      "status 0",
    ]);
    expect((await daemon.info("stubborn:stubborn_01")).statename).toBe("RUNNING");
  });

  test("NO_COLOR takes the colours, TERM=dumb everything, and the shell and pipes never have it", async () => {
    const daemon = ended(await startDaemon(programs));
    const [coloured, plain, dumb, shell, piped] = await Promise.all([
      recorded(daemon, "start many:many_01"),
      recorded(daemon, "start many:many_02", { NO_COLOR: "1" }),
      recorded(daemon, "start many:many_03", { TERM: "dumb" }),
      recorded(daemon, "", {}, "start many:many_04\nquit\n"),
      daemon.ctl("start", "many:many_05"),
    ]);
    expect(coloured).toContain("\u001b[36mSTARTING\u001b[0m  RUNNING in");
    expect(plain).toContain("STARTING  RUNNING in");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for
    expect(plain).not.toMatch(/\u001b\[\d+m/);
    expect(dumb).toBe("many:many_03: started\r\n");
    expect(shell).toContain("many:many_04: started");
    expect(shell).not.toContain("RUNNING in");
    expect(piped).toEqual({ code: 0, stdout: "many:many_05: started\n", stderr: "" });
  });
});
