/** env_file and secrets: read at each start, in one order of precedence, told nowhere. */
import { rmSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type DaemonOptions, newDirectory, startDaemon, type TestDaemon } from "../helpers/daemon.ts";
import { until } from "../helpers/until.ts";

const isRoot = process.getuid?.() === 0;

/** A program that writes its environment to its log and stays, with these files beside the list. */
async function start(keys: string, files: Readonly<Record<string, string>>, options: DaemonOptions = {}) {
  const directory = newDirectory();
  for (const [name, text] of Object.entries(files)) writeFileSync(`${directory}/${name}`, text, { mode: 0o600 });
  const program = "[program:a]\ncommand=/bin/sh -c 'env; exec sleep 1000'\nstartsecs=0\ndirectory=%(here)s\n";
  const daemon = await startDaemon(`${program}stdout_logfile=%(here)s/a.out\n${keys}`, { directory, ...options });
  void daemon.ended.finally(() => rmSync(directory, { recursive: true, force: true }));
  return daemon;
}

/** What the program was given, of the names that begin with A to D and an underscore. */
async function given(daemon: TestDaemon): Promise<Record<string, string>> {
  await daemon.reaches("a", "RUNNING");
  await until("it has told", () => /^SUPERVISOR_PROCESS_NAME=/m.test(daemon.read("a.out")));
  const text = daemon.read("a.out");
  return Object.fromEntries([...text.matchAll(/^([A-D]_\w*)=(.*)$/gm)].map(([, name, value]) => [name, value]));
}

describe("the environment of a program", () => {
  test("holds the address of the daemon's server, another one that the list gives, or none where it gives an empty one", async () => {
    const programs = ["", "serverurl=AUTO\n", "serverurl=http://other:1\n", "serverurl=\n"].map(
      (key, n) =>
        `[program:p${n}]\ncommand=/bin/sh -c 'env; exec sleep 1000'\nstartsecs=0\nstdout_logfile=%(here)s/p${n}.out\n${key}`,
    );
    await using daemon = await startDaemon(programs.join(""));
    const own = `unix://${daemon.path("s.sock")}`;
    for (const [n, wanted] of [own, own, "http://other:1", undefined].entries()) {
      await until("it has told", () => /^SUPERVISOR_PROCESS_NAME=/m.test(daemon.read(`p${n}.out`)));
      expect(/^SUPERVISOR_SERVER_URL=(.*)$/m.exec(daemon.read(`p${n}.out`))?.[1]).toBe(wanted);
    }
  });

  test("is the daemon's, [supervisord]'s, the env files', its own, its secrets': the later wins", async () => {
    const keys = 'env_file=one.env, two.env\nenvironment=A_4="own",A_5="own"\nsecrets=A_5=secret\n';
    const all = (value: string, ...names: string[]) => names.map((name) => `${name}=${value}\n`).join("");
    await using daemon = await start(
      keys,
      {
        "one.env": all("one", "A_2", "A_3", "A_4", "A_5"),
        "two.env": all("two", "A_3", "A_4", "A_5"),
        secret: "hush\n",
      },
      {
        env: { A_0: "daemon", A_1: "daemon", A_2: "daemon" },
        daemonKeys: 'environment=A_1="shared",A_2="shared",A_4="shared"\n',
      },
    );
    expect(await given(daemon)).toEqual({
      A_0: "daemon",
      A_1: "shared",
      A_2: "one",
      A_3: "two",
      A_4: "own",
      A_5: "hush",
    });
  });

  test("is read again at each start", async () => {
    await using daemon = await start("env_file=a.env\nsecrets=B_1=b\n", { "a.env": "A_1=old", b: "old" });
    expect(await given(daemon)).toEqual({ A_1: "old", B_1: "old" });
    writeFileSync(daemon.path("a.env"), "A_1=new");
    writeFileSync(daemon.path("b"), "new");
    writeFileSync(daemon.path("a.out"), "");
    await daemon.ctl("restart", "a");
    expect(await given(daemon)).toEqual({ A_1: "new", B_1: "new" });
  });

  test.runIf(isRoot)("has what only the daemon's user may read, while the program runs as another", async () => {
    await using daemon = await start(
      "user=nobody\nenv_file=a.env\nsecrets=B_1=b\npost_start_command=/bin/sh -c 'cat b; echo C_1=$B_1'\n",
      { "a.env": "A_1=root's", b: "root's" },
    );
    await given(daemon);
    await until("the hook has run", () => daemon.read("a.out").includes("C_1="));
    expect(await given(daemon)).toEqual({ A_1: "root's", B_1: "root's", C_1: "root's" });
    expect(daemon.read("a.out")).toContain("Permission denied");
  });

  test("may be written by pre_start_command, and cannot take our names from us", async () => {
    const script = 'echo "A_1=fetched\nSUPERVISOR_PROCESS_NAME=other" > a.env';
    await using daemon = await start(
      `env_file=a.env\npre_start_command=/bin/sh -c '${script.replace("\n", "\n ")}'\n`,
      {},
    );
    expect(await given(daemon)).toEqual({ A_1: "fetched" });
    expect(daemon.read("a.out")).toContain("SUPERVISOR_PROCESS_NAME=a\n");
  });

  test("decides where the command is looked for", async () => {
    await using daemon = await startDaemon(
      "[program:a]\ncommand=thing\nautostart=false\nstartsecs=0\nenv_file=%(here)s/a.env",
    );
    writeFileSync(daemon.path("thing"), "#!/bin/sh\nexec sleep 1000\n", { mode: 0o755 });
    writeFileSync(daemon.path("a.env"), `PATH=${daemon.directory}:/usr/bin:/bin\n`);
    expect((await daemon.ctl("start", "a")).stdout).toBe("a: started\n");
  });
});

describe("files that cannot be used", () => {
  test.each([
    ["env_file=none.env", /cannot read .*\/none\.env: no such file or directory$/],
    ["env_file=bad.env", /bad\.env:2: is neither NAME=value nor a comment$/],
    ["env_file=open.env", /open\.env:1: a quote of PASSWORD is not closed$/],
    ["secrets=A=nul", /cannot take secret A from .*\/nul: it holds a NUL byte$/],
    ["secrets=A=large", /cannot take A from .*\/large: a variable holds at most 128KB$/],
    ["secrets=A=/dev/zero", /cannot read \/dev\/zero: it is no regular file$/],
  ])("%s is a failed start, told in one line and tried again", async (keys, expected) => {
    await using daemon = await start(`${keys}\nstartretries=9`, {
      "bad.env": "A=1\nhunter2 is no line\n",
      "open.env": "PASSWORD='hunter2",
      nul: "hunter2\0",
      large: "hunter2".repeat(20_000),
    });
    await daemon.reaches("a", "BACKOFF");
    expect((await daemon.info("a")).spawnerr).toMatch(expected);
    expect(daemon.log).not.toContain("hunter2");
  });
});

test("no value of a secret is told by the log at level debug, describe, why or XML-RPC", async () => {
  await using daemon = await start(
    "env_file=a.env\nsecrets=B_1=b\nstdout_logfile=NONE\n",
    { "a.env": "A_1=hunter2", b: "hunter3" },
    { daemonKeys: "loglevel=debug\n" },
  );
  await daemon.ctl("stop", "a");
  writeFileSync(daemon.path("b"), "hunter3\0");
  await daemon.rpc("supervisor.startProcess", "a", false);
  await daemon.reaches("a", "BACKOFF");
  const replies = await Promise.all([
    daemon.ctl("describe", "a"),
    daemon.ctl("describe", "--json", "a"),
    daemon.ctl("why", "a"),
    daemon.ctl("avail"),
    daemon.rpc("supervisor.getAllConfigInfo"),
    daemon.rpc("supervisor.getAllProcessInfo"),
    daemon.rpc("spaced.report", "a"),
  ]);
  expect(JSON.stringify(replies)).toContain("NUL byte");
  expect(JSON.stringify(replies)).not.toMatch(/hunter[23]/);
  expect(daemon.log.replace(/'a' stdout output:[\s\S]*?\n\n/g, "")).not.toMatch(/hunter[23]/);
});
