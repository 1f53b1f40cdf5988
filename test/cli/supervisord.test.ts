/**
 * The control program, as a process of its own, against the real supervisord (Debian's `supervisor`
 * 4.2.5): every byte, stream and exit status is held against what the real supervisorctl does.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Finished, iniFile, root, run, startDaemon, type TestDaemon } from "../helpers/daemon.ts";
import { until } from "../helpers/until.ts";

const reference = "/usr/bin/supervisorctl";
const ours = [
  join(root, "node_modules/.bin/node"),
  "--disable-warning=ExperimentalWarning",
  join(root, "src/cli/main.ts"),
];
const programs = `
[program:cat]
command=/bin/cat
startsecs=0
stdout_logfile=%(here)s/cat.log
[program:idle]
command=/bin/sleep 1000
autostart=false
startsecs=0
[program:web]
command=/bin/sleep 1000
numprocs=2
process_name=%(program_name)s_%(process_num)02d
startsecs=0
[inet_http_server]
port=127.0.0.1:0PORT
username=joe
password=se:cret
`;

let daemon: TestDaemon;
let tcp: string;

beforeAll(async () => {
  if (!existsSync(reference)) throw new Error("these tests compare with supervisor 4.2.5: apt-get install supervisor");
  const port = 20_000 + (process.pid % 20_000);
  tcp = `http://127.0.0.1:${port}`;
  daemon = await startDaemon(iniFile(programs.replace("0PORT", String(port))), {
    binaries: { daemon: ["/usr/bin/supervisord"], ctl: ours },
  });
  await daemon.reaches("cat", "RUNNING");
  await daemon.reaches("web:web_01", "RUNNING");
});

afterAll(() => daemon?.end());

/** What may differ: ids, times, where an error arose, the program's name. */
function masked({ code, stdout, stderr }: Finished): Finished {
  const mask = (text: string): string =>
    text
      .replace(/pid \d+, uptime \d:\d\d:\d\d/g, "pid N, uptime T")
      .replace(/^\d+$/gm, "N")
      .replace(/: file: \S+ line: \d+/g, "")
      .replace(/[A-Z][a-z]{2} \d\d \d\d:\d\d [AP]M/g, "DATE")
      .replace(/For help, use \S+ -h/, "For help, use CTL -h");
  return { code, stdout: mask(stdout), stderr: mask(stderr) };
}

const ask = async (program: readonly string[], args: readonly string[], input?: string): Promise<Finished> =>
  masked(await run([...program, ...args], { cwd: daemon.directory, ...(input === undefined ? {} : { input }) }));

const configured = (words: readonly string[]): string[] => ["-c", daemon.file, ...words];

describe("against the reference daemon", () => {
  test.concurrent.each([
    "status",
    "status cat idle nosuch web:",
    "status web:web_01 nosuch:*",
    "start cat",
    "start nosuch:x",
    "start cat:*",
    "start",
    "stop nosuch",
    "stop",
    "restart",
    "signal",
    "signal NOPE cat",
    "signal NOPE web:*",
    "signal CONT cat idle nosuch",
    "pid",
    "pid cat idle",
    "pid web:*",
    "pid all",
    "clear",
    "clear web:*",
    "tail",
    "tail idle",
    "tail -5 cat stderr",
    "tail -x cat",
    "tail cat it's",
    "tail -99999999999 cat",
    "tail -f nosuch",
    "maintail -x",
    "maintail a b",
    "fg",
    "fg idle",
    "fg nosuch",
    "fg web:*",
    "reread",
    "reread x",
    "update nosuch",
    "avail",
    "avail x",
    "add",
    "add cat nosuch",
    "remove cat nosuch",
    "open foo",
    "open unix:///nowhere",
    "version",
    "version x",
    "shutdown x",
    "help",
    "help tail",
    "? EOF",
    "quit",
    "bogus x",
    "status-x",
    "",
  ])("%j prints and exits alike", async (line) => {
    const [theirs, mine] = await Promise.all([ask([reference], configured([line])), ask(ours, configured([line]))]);
    expect(mine).toEqual(theirs);
  });

  test.each([
    ["start idle cat"],
    ["stop idle nosuch"],
    ["restart idle"],
    ["stop idle"],
    ["remove idle"],
    ["status"],
    ["add idle"],
    ["stop web:*"],
    ["start web:"],
    ["update"],
  ])("%s does alike, one after the other", async (line) => {
    const before = await state();
    const theirs = await ask([reference], configured([line]));
    const after = await state();
    await restore(before);
    const mine = await ask(ours, configured([line]));
    expect(sorted(mine)).toEqual(sorted(theirs));
    expect(await state()).toEqual(after);
  });

  test.concurrent.each([
    [["-z"]],
    [["-c"]],
    [["-c", "/nowhere.conf", "status"]],
    [["-i", "-i"]],
    [["-s", "foo", "status"]],
    [["-s", "https://x", "status"]],
    [["-s", "http://127.0.0.1:1", "start", "a"]],
    [["-s", "http://127.0.0.1:1", "avail"]],
    [["-s", "unix:///nowhere.sock", "shutdown"]],
    [["-s", "unix:///nowhere.sock", "status"]],
    [["-s", "unix:///nowhere.sock", "update"]],
  ])("%j is refused alike", async (args) => {
    expect(await ask(ours, args)).toEqual(await ask([reference], args));
  });

  test.each([[[]], [["-u", "joe", "-p", "wrong"]], [["-u", "joe"]], [["-u", "joe", "-p", "se:cret"]]])(
    "over TCP with %j",
    async (login) => {
      for (const line of ["status", "start cat", "tail -f nosuch"]) {
        const args = ["-s", tcp, ...login, line];
        expect(await ask(ours, args)).toEqual(await ask([reference], args));
      }
    },
  );

  test.each([
    ["status cat\n\npid cat\nbogus\nhelp nosuch\nversion\nquit\n"],
    ["status nosuch\n"],
    ["reload\nn\nshutdown\n\nstart cat\nexit\n"],
    ["shutdown\n"],
    ["version"],
  ])("the shell on a pipe, given %j", async (input) => {
    expect(await ask(ours, configured([]), input)).toEqual(await ask([reference], configured([]), input));
  });
});

/** Whether each process runs; whether there is an idle. */
async function state(): Promise<string> {
  const { stdout } = await daemon.ctl("status");
  return stdout.replace(/^(\S+ +\S+).*$/gm, "$1");
}

async function restore(before: string): Promise<void> {
  const has = (name: string): boolean => before.includes(`${name} `);
  const runs = (name: string): boolean => new RegExp(`^${name} +RUNNING`, "m").test(before);
  await daemon.ctl(has("idle") ? "add" : "stop", "idle");
  if (!has("idle")) await daemon.ctl("remove", "idle");
  for (const name of ["idle", "web:*"])
    await daemon.ctl(runs(name === "idle" ? name : "web:web_00") ? "start" : "stop", name);
}

const sorted = ({ stdout, ...rest }: Finished) => ({ ...rest, stdout: stdout.split("\n").sort() });

describe("a stream", () => {
  let following: ChildProcess;
  let seen = "";

  test("of a log is shown as it grows, until Ctrl-C ends it with a newline and exit status 0", async () => {
    await daemon.rpc("supervisor.clearProcessLogs", "cat");
    await daemon.rpc("supervisor.sendProcessStdin", "cat", "before\n");
    await until("the log has it", () => daemon.read("cat.log").includes("before\n"));
    seen = "";
    following = daemon.ctlInBackground("tail", "-f", "cat");
    following.stdout?.on("data", (chunk: Buffer) => {
      seen += chunk;
    });
    await until("the end of the log is shown", () => seen === "==> Press Ctrl-C to exit <==\nbefore\n");
    await daemon.rpc("supervisor.sendProcessStdin", "cat", "grün 漢字\n");
    await until("what is new is shown", () => seen.endsWith("grün 漢字\n"));
    const ended = new Promise((resolve) => following.on("close", resolve));
    following.kill("SIGINT");
    expect(await ended).toBe(0);
    expect(seen.endsWith("grün 漢字\n\n")).toBe(true);
  });

  test("ends quietly when nobody reads it any more", async () => {
    const line = [...ours, ...configured(["tail", "-f", "cat"])].map((word) => `'${word}'`).join(" ");
    const script = `${line} | head -1; echo "status \${PIPESTATUS[0]}"`;
    const done = run(["bash", "-c", script], { cwd: daemon.directory, limitMs: 20_000 });
    const writing = setInterval(() => void daemon.rpc("supervisor.sendProcessStdin", "cat", "more\n"), 100);
    try {
      expect(await done).toEqual({ code: 0, stdout: "==> Press Ctrl-C to exit <==\nstatus 0\n", stderr: "" });
    } finally {
      clearInterval(writing);
    }
  });

  test("goes both ways in the foreground", async () => {
    const child = daemon.ctlInBackground("fg", "cat");
    let shown = "";
    child.stdout?.on("data", (chunk: Buffer) => {
      shown += chunk;
    });
    await until("it has begun", () => shown.startsWith("==> Press Ctrl-C to exit <==\n"));
    child.stdin?.write("typed here\n");
    await until("the process has answered", () => shown.includes("typed here\n"));
    const ended = new Promise((resolve) => child.on("close", resolve));
    child.stdin?.end();
    expect(await ended).toBe(0);
    expect(shown.endsWith("Exiting foreground\n")).toBe(true);
  });
});

describe("in a terminal", () => {
  /** Types each text once the screen ends with what it waits for; what the screen showed, without control sequences. */
  async function dialogue(term: string, args: readonly string[], steps: readonly [RegExp, string][]): Promise<string> {
    const command = [...ours, ...configured(args)].map((word) => `'${word}'`).join(" ");
    const child = spawn("/usr/bin/script", ["-qec", command, "/dev/null"], {
      cwd: daemon.directory,
      env: { ...process.env, TERM: term },
    });
    let screen = "";
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is removed
    const control = /\x1b\[[0-9;?]*[A-Za-z]|\x07/g;
    child.stdout.on("data", (chunk: Buffer) => {
      screen += chunk.toString().replace(control, "").replaceAll("\r", "");
    });
    let at = 0;
    for (const [awaited, typed] of steps) {
      await until(`${awaited} after ${JSON.stringify(screen.slice(at))}`, () => awaited.test(screen.slice(at)));
      at = screen.length;
      child.stdin.write(typed);
    }
    await new Promise((resolve) => child.on("close", resolve));
    return screen;
  }

  test.each(["xterm", "dumb"])("of type %s names are completed and Ctrl-D leaves", async (term) => {
    const screen = await dialogue(
      term,
      [],
      [
        [/> ?$/, "vers\t"],
        [/version ?$/, "\n"],
        [/4\.2\.5\n[\s\S]*> ?$/, "status ca\t"],
        [/status cat ?$/, "\n"],
        [/RUNNING[\s\S]*> ?$/, "\x04"],
      ],
    );
    expect(screen).toMatch(/cat +RUNNING +pid \d+.*\n.*supervisor> .*\n$/s);
  });

  test("that can only step back lines are edited as anywhere, and a second TAB lists", async () => {
    const screen = await dialogue(
      "dumb",
      [],
      [
        [/> ?$/, "star\t\x15st\t\t"],
        [/start +status +stop *\nsupervisor> st$/, "\x15rsion\x01ve\n"],
        [/4\.2\.5\n[\s\S]*> ?$/, "\x1b[A"],
        [/version$/, "\n"],
        [/4\.2\.5\n[\s\S]*> ?$/, "\x04"],
      ],
    );
    expect(screen.match(/start +status +stop/g)).toHaveLength(1);
  });

  test("Ctrl-C leaves the shell, but only ends a stream", async () => {
    const screen = await dialogue(
      "xterm",
      [],
      [
        [/> ?$/, "tail -f cat\n"],
        [/exit <==\n/, "\x03"],
        [/> ?$/, "\x03"],
      ],
    );
    expect(screen.endsWith("\n")).toBe(true);
  });

  test("a password does not show", async () => {
    const screen = await dialogue(
      "xterm",
      ["-i", "-s", tcp, "pid", "cat"],
      [
        [/Username:/, "joe\n"],
        [/Password:/, "se:cret\n"],
      ],
    );
    expect(screen).toMatch(/^Server requires authentication\nUsername:[\s\S]*Password:\n\n\d+\n$/);
    expect(screen).not.toContain("cret");
  });

  test("the history is kept in its file", async () => {
    const file = daemon.path("history");
    writeFileSync(file, "pid cat\n");
    await dialogue(
      "xterm",
      ["-r", file],
      [
        [/> ?$/, "version\n"],
        [/4\.2\.5\n[\s\S]*> ?$/, "\x1b[A\x1b[A\n"],
        [/\n\d+\n[\s\S]*> ?$/, "quit\n"],
      ],
    );
    expect(readFileSync(file, "utf8")).toBe("pid cat\nversion\npid cat\nquit\n");
  });
});
