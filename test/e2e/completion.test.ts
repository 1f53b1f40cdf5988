/** `spacectl completion`: the scripts in the shells that they are for, with TAB pressed where a shell needs a terminal. */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { iniFile, newDirectory, root, run, startDaemon, type TestDaemon } from "../helpers/daemon.ts";
import { openTmux, type Tmux } from "../helpers/tmux.ts";
import { until } from "../helpers/until.ts";

let daemon: TestDaemon;
let folder: string;
const env = { PATH: `${join(root, "bin")}:/usr/bin:/bin`, HOME: "" };
const programs = `[program:worker]\ncommand=sleep 1000\nstartsecs=0\nnumprocs=2\nprocess_name=%(program_name)s_%(process_num)d
[program:web]\ncommand=sleep 1000\nstartsecs=0\n`;

beforeAll(async () => {
  folder = newDirectory();
  env.HOME = folder;
  mkdirSync(join(folder, "home"));
  daemon = await startDaemon(programs, { directory: folder });
  writeFileSync(join(folder, "silent.conf"), iniFile(programs).replaceAll("s.sock", "silent.sock"));
});
afterAll(async () => {
  await daemon.end();
  rmSync(folder, { recursive: true, force: true });
});

/** What bash takes for the end of `line`; the script as it is loaded, the function as bash calls it. */
async function bash(line: string, words: readonly string[]): Promise<string[]> {
  const script = `source <(spacectl completion bash)
    COMP_LINE=$1 COMP_POINT=\${#1}; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
    COMP_WORDBREAKS=$' \\t\\n"\\'><=;|&(:'
    _spacectl; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = await run(["bash", "-c", script, "bash", line, ...words], { env, cwd: folder });
  expect(stderr).toBe("");
  return stdout.split("\n").filter((each) => each !== "");
}

async function fish(line: string): Promise<string[]> {
  const script = "spacectl completion fish | source; complete -C $argv[1]";
  const { stdout, stderr } = await run(["fish", "--no-config", "-c", script, line], { env, cwd: folder });
  expect(stderr).toBe("");
  return stdout.split("\n").filter((each) => each !== "");
}

async function inTerminal(shell: string, setUp: string, use: (tmux: Tmux) => Promise<void>): Promise<void> {
  const clean = `env -i PATH="${env.PATH}" HOME="${folder}" TERM="$TERM"`;
  const tmux = await openTmux(`cd ${folder}; exec ${clean} ${shell}`, { columns: 100, rows: 30 });
  try {
    await tmux.type(`PS1='ready> '; ${setUp}; clear\n`);
    await tmux.shows(/^ready> $/m);
    await use(tmux);
  } finally {
    await tmux.end();
  }
}

/** Presses TAB until it has done its work: on a busy machine the daemon may be late for the first. */
async function tab(tmux: Tmux, shown: RegExp): Promise<void> {
  await until(
    `TAB makes the screen show ${shown}`,
    async () => {
      await tmux.type("\t");
      return await tmux.shows(shown, 1500).catch(() => null);
    },
    30_000,
  );
}

/** The same for what a shell answers without a terminal. */
async function becomes(offered: () => Promise<string[]>, expected: readonly string[]): Promise<void> {
  let last: readonly string[] = [];
  await until("the names have come", async () => {
    last = await offered();
    return last.length > 0;
  }).catch(() => {});
  expect(last).toEqual(expected);
}

describe("bash", () => {
  test("completes commands, options, and names of the daemon that -c means", async () => {
    expect(await bash("spacectl re", ["spacectl", "re"])).toEqual(["reload", "remove", "reread", "restart"]);
    expect(await bash("spacectl status --", ["spacectl", "status", "--"])).toEqual(["--json", "--help"]);
    const start = ["spacectl", "-c", "s.conf", "restart"];
    const names = ["web", "worker:worker_0", "worker:\\*", "worker:worker_1"];
    await becomes(() => bash(`${start.join(" ")} w`, [...start, "w"]), names);
    await becomes(() => bash(`${start.join(" ")} worker:`, [...start, "worker", ":"]), ["worker_0", "\\*", "worker_1"]);
  });

  test("completes at the press of TAB", async () => {
    await inTerminal("bash --norc --noprofile -i", "source <(spacectl completion bash)", async (tmux) => {
      await tmux.type("spacectl -c s.c\tsta\t");
      await tmux.shows(/^ready> spacectl -c s\.conf sta$/m);
      await tab(tmux, /^start +status/m);
      await tmux.type("tus wo");
      await tab(tmux, /^ready> spacectl -c s\.conf status worker:$/m);
      await tmux.type("worker_1\t\n");
      await tmux.shows(/^worker:worker_1 +RUNNING/m);
      await tmux.type("spacectl -c s.conf scale wo");
      await tab(tmux, /^ready> spacectl -c s\.conf scale worker=$/m);
      await tmux.type("2\n");
      await tmux.type('spacectl -c s.conf status "worker:*');
      await tab(tmux, /^ready> spacectl -c s\.conf status "worker:\*" $/m);
      await tmux.type("\n");
      await tmux.shows(/^worker:worker_0 +RUNNING/m);
    });
  });
});

describe("zsh", () => {
  test("completes at the press of TAB, and shows what it means", async () => {
    const setUp = "autoload -Uz compinit; compinit -u -D; source <(spacectl completion zsh)";
    await inTerminal("zsh -f -i", setUp, async (tmux) => {
      await tmux.type("spacectl -c s.c\tresta\tw");
      await tab(tmux, /^worker:\* +-- the whole group/m);
      expect(await tmux.screen()).toMatch(/\bweb\b.* -- RUNNING/m);
      await tmux.press("C-c", "C-u");
      await tmux.type("spacectl -c s.conf status worker:worker_0\t\n");
      await tmux.shows(/^worker:worker_0 +RUNNING/m);
      await tmux.type("spacectl -c s.conf status worker:\\*\t\n");
      await tmux.shows(/^worker:worker_1 +RUNNING/m);
      await tmux.type("spacectl -c s.conf scale wor");
      await tab(tmux, /^ready> spacectl -c s\.conf scale worker=$/m);
      await tmux.press("C-u");
      await tmux.type("spacectl --configuration=silent.co\tvers\t");
      await tmux.shows(/^ready> spacectl --configuration=silent\.conf version $/m);
    });
  });

  test("loads the script from a folder of completions, too", async () => {
    const functions = join(folder, "functions");
    mkdirSync(functions);
    writeFileSync(join(functions, "_spacectl"), (await run(["spacectl", "completion", "zsh"], { env })).stdout);
    const setUp = `fpath=(${functions} $fpath); autoload -Uz compinit; compinit -u -D`;
    await inTerminal("zsh -f -i", setUp, async (tmux) => {
      await tmux.type("spacectl vers\t");
      await tmux.shows(/^ready> spacectl version $/m);
    });
  });
});

describe("fish", () => {
  test("completes commands with what they do, options, names and files", async () => {
    expect(await fish("spacectl rel")).toEqual(["reload\tRestart the remote supervisord"]);
    expect(await fish("spacectl status --js")).toEqual(["--json\tprint JSON"]);
    const names = ["worker:*\tthe whole group", "worker:worker_0\tRUNNING", "worker:worker_1\tRUNNING"];
    await becomes(() => fish("spacectl -c s.conf status wo"), names);
    await becomes(() => fish("spacectl -c s.conf scale wo"), ["worker=\t2 now"]);
    expect(await fish("spacectl -c sil")).toEqual(["silent.conf"]);
    expect(await fish("spacectl --configuration=sil")).toEqual(["--configuration=silent.conf"]);
  });
});

describe("names", () => {
  test("are left out in silence when there is no daemon, no file and no program", async () => {
    expect(await bash("spacectl -c silent.conf status ", ["spacectl", "-c", "silent.conf", "status", ""])).toEqual([]);
    expect(await fish("spacectl -c /no/such/file status ")).toEqual([]);
    expect(await bash("/no/such/spacectl versi", ["/no/such/spacectl", "versi"])).toEqual(["version"]);
  });

  test("are not waited for when the daemon does not answer", async () => {
    const mute = createServer(() => {});
    await new Promise<void>((resolve) => mute.listen(join(folder, "silent.sock"), resolve));
    try {
      const before = performance.now();
      expect(
        await run(["spacectl", "_complete", "zsh", "-c", "silent.conf", "stop", ""], { env, cwd: folder }),
      ).toEqual({
        code: 0,
        stdout: "words\nall\teverything\n",
        stderr: "",
      });
      // 250 ms, and what it takes to start on a busy machine; any other answer is waited for for a minute.
      expect(performance.now() - before).toBeLessThan(5000);
    } finally {
      mute.close();
    }
  });
});

test("another shell is refused", async () => {
  const refused = await run(["spacectl", "completion", "tcsh"], { env });
  expect(refused).toEqual({
    code: 2,
    stdout: "",
    stderr: "error: completion needs the name of a shell: bash, zsh, fish\n",
  });
});
