/**
 * A real daemon for a test: the built binary in a folder of its own, with its control program, and
 * nothing of it left afterwards. Every process it starts inherits a marker in its environment, and
 * by that marker all are found and killed, whatever became of their parents.
 *
 * TEST_DAEMON and TEST_CTL name other binaries, e.g. the reference's, to check the tests themselves.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execa } from "execa";
import { childrenOf, commandLine, innermostPid, killAllWith, markerName, processesWith } from "./processes.ts";
import { call, type Value } from "./rpc.ts";
import { until } from "./until.ts";

export const root = fileURLToPath(new URL("../..", import.meta.url));

/** Path of a tiny program in test/fixtures. */
export function fixture(name: string): string {
  return join(root, "test/fixtures", name);
}

export interface Binaries {
  /** Words of the command that starts the daemon. */
  readonly daemon: readonly string[];
  /** Words of the command that controls it. */
  readonly ctl: readonly string[];
}

/** The built binaries, unless TEST_DAEMON and TEST_CTL (words separated by blanks) say otherwise. */
export const binaries: Binaries = {
  daemon: process.env.TEST_DAEMON?.split(" ") ?? [join(root, "bin/spaced")],
  ctl: process.env.TEST_CTL?.split(" ") ?? [join(root, "bin/spacectl")],
};

export interface DaemonOptions {
  readonly binaries?: Binaries;
  /** More lines of the section [supervisord]. */
  readonly daemonKeys?: string;
  /** Arguments after `-n -c FILE`. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Words before the daemon's command, e.g. `unshare …`. The daemon is then found below it. */
  readonly wrap?: readonly string[];
  /** Wait until the daemon answers a request (default), or return as soon as it is started. */
  readonly ready?: boolean;
  /** How long it may take until it answers. */
  readonly readyLimitMs?: number;
  /** The daemon's folder, to be kept and used again; default: a new one that is removed at the end. */
  readonly directory?: string;
  /** A configuration file to use as it is, instead of `config`, with the paths it says. */
  readonly existing?: { readonly file: string; readonly socket: string; readonly log: string };
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const standardSections = `[unix_http_server]
file=%(here)s/s.sock
[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
[supervisorctl]
serverurl=unix://%(here)s/s.sock
`;

const daemonSection = `[supervisord]
logfile=%(here)s/s.log
pidfile=%(here)s/s.pid
childlogdir=%(here)s
`;

/** A new empty folder for one test; whoever makes it removes it. World-readable, for programs of other users. */
export function newDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "spaced-test-"));
  chmodSync(directory, 0o755);
  return directory;
}

/** Text of an ini file: the standard sections (socket `s.sock`, log `s.log`, pid file `s.pid`, all beside the file), then `programs`. */
export function iniFile(programs: string, daemonKeys = ""): string {
  return `${standardSections}${daemonSection}${daemonKeys}\n${programs}\n`;
}

const running = new Set<TestDaemon>();
process.once("exit", () => {
  for (const daemon of running) killAllWith(daemon.marker);
});

/**
 * Starts a daemon in the foreground. `config` is the sections of its programs; a text that has a
 * section [supervisord] of its own is used as it is.
 * @throws Error with all the daemon printed, when it ends or does not answer in time
 */
export async function startDaemon(config: string, options: DaemonOptions = {}): Promise<TestDaemon> {
  const directory = options.directory ?? newDirectory();
  const file = options.existing?.file ?? join(directory, "s.conf");
  if (options.existing === undefined)
    writeFileSync(file, /^\[supervisord\]/m.test(config) ? config : iniFile(config, options.daemonKeys));
  const daemon = new TestDaemon(file, directory, options);
  running.add(daemon);
  try {
    if (options.ready !== false) await daemon.answering(options.readyLimitMs ?? 20_000);
    return daemon;
  } catch (error) {
    await daemon.end();
    throw error;
  }
}

export class TestDaemon {
  readonly directory: string;
  readonly file: string;
  readonly marker = randomUUID();
  /** How the daemon's process (or what wraps it) ended. */
  readonly ended: Promise<Ended>;
  readonly binaries: Binaries;
  readonly #socket: string;
  readonly #log: string;
  readonly #child: ChildProcess;
  readonly #wrapped: boolean;
  readonly #keep: boolean;
  readonly #env: NodeJS.ProcessEnv;
  #stdout = "";
  #stderr = "";
  #end: Ended | null = null;

  constructor(file: string, directory: string, options: DaemonOptions) {
    this.file = file;
    this.directory = directory;
    this.binaries = options.binaries ?? binaries;
    this.#socket = options.existing?.socket ?? join(directory, "s.sock");
    this.#log = options.existing?.log ?? join(directory, "s.log");
    this.#wrapped = options.wrap !== undefined;
    this.#keep = options.directory !== undefined;
    const inherited = Object.entries(process.env).filter(([name]) => !/^(SUPERVISOR_|VITEST|NODE_)/.test(name));
    this.#env = { ...Object.fromEntries(inherited), TZ: "UTC", ...options.env, [markerName]: this.marker };
    const [program = "", ...words] = [...(options.wrap ?? []), ...this.binaries.daemon];
    this.#child = spawn(program, [...words, "-n", "-c", file, ...(options.args ?? [])], {
      cwd: directory,
      env: this.#env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.#stdout = (this.#stdout + text).slice(-10_000_000);
    });
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-10_000_000);
    });
    this.ended = new Promise((resolve) => {
      const end = (code: number | null, signal: NodeJS.Signals | null): void => {
        this.#end ??= { code, signal };
        resolve(this.#end);
      };
      this.#child.on("error", (error) => {
        this.#stderr += `${error.message}\n`;
        end(null, null);
      });
      // What was printed is complete at "close"; a leftover that holds the pipe must not delay the end, though.
      this.#child.on("exit", (code, signal) => setTimeout(end, 500, code, signal));
      this.#child.on("close", end);
    });
  }

  /** Id of the daemon's own process in the test's namespace, also when it is wrapped. */
  get pid(): number {
    let pid = this.#child.pid ?? 0;
    // A wrapper is recognised by not being given the configuration file as the daemon is: unshare forks, setpriv execs.
    while (this.#wrapped && /(^|\/)unshare$/.test(commandLine(pid).split(" ")[0] ?? "")) {
      const inner = childrenOf(pid)[0];
      if (inner === undefined) break;
      pid = inner.pid;
    }
    return pid;
  }

  /** Process id in the test's own namespace of a process that the daemon knows as `pid`. */
  outside(pid: number): number {
    return processesWith(this.marker).find((each) => innermostPid(each) === pid) ?? 0;
  }

  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  /** Path of a file in the daemon's folder. */
  path(name: string): string {
    return join(this.directory, name);
  }

  /** Content of a file in the daemon's folder; "" when there is none. */
  read(name: string): string {
    return content(this.path(name));
  }

  /** The main log so far. */
  get log(): string {
    return content(this.#log);
  }

  async answering(limitMs: number): Promise<void> {
    const said = () => `\nstdout: ${this.#stdout.slice(-4000)}\nstderr: ${this.#stderr.slice(-4000)}`;
    try {
      await until("the daemon answers", () => this.#end !== null || this.rpc("supervisor.getState"), limitMs);
    } catch (error) {
      throw new Error(`${(error as Error).message}${said()}`);
    }
    if (this.#end) throw new Error(`the daemon ended at once${said()}`);
  }

  rpc(method: string, ...params: Value[]): Promise<Value> {
    return call(this.#socket, method, params);
  }

  /** Runs the control program with these words to its end (at most 60 s). */
  ctl(...words: string[]): Promise<Finished> {
    const [program = "", ...rest] = this.binaries.ctl;
    return run([program, ...rest, "-c", this.file, ...words], { cwd: this.directory, env: this.#env });
  }

  /** Starts the control program and leaves it running, for `tail -f` and the shell; it is killed with the daemon. */
  ctlInBackground(...words: string[]): ChildProcess {
    const [program = "", ...rest] = this.binaries.ctl;
    return spawn(program, [...rest, "-c", this.file, ...words], { cwd: this.directory, env: this.#env });
  }

  async info(name: string): Promise<{ statename: string; pid: number; description: string; spawnerr: string }> {
    return (await this.rpc("supervisor.getProcessInfo", name)) as never;
  }

  /** Waits until a process is in a state, e.g. `reaches("a", "RUNNING")`; its process id then. */
  async reaches(name: string, state: string, limitMs = 15_000): Promise<number> {
    const info = await until(
      `${name} is ${state}`,
      async () => {
        const now = await this.info(name);
        if (now.statename !== state) throw new Error(`${now.statename} ${now.description}`);
        return now;
      },
      limitMs,
    );
    return info.pid;
  }

  /** Waits until the main log matches. */
  async logged(pattern: RegExp, limitMs = 10_000): Promise<string> {
    const found = await until(`main log says ${pattern}`, () => pattern.exec(this.log), limitMs);
    return found[0];
  }

  /** Sends a signal to the daemon itself. */
  signal(signal: NodeJS.Signals): void {
    process.kill(this.pid, signal);
  }

  /** Asks for the end once more as a person does, and not so soon that it may be the first request again. */
  async hurry(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 60));
    this.signal("SIGINT");
  }

  /** Waits for the daemon's end. */
  async over(limitMs = 20_000): Promise<Ended> {
    return await until("the daemon has ended", () => this.#end, limitMs, 5);
  }

  /** Kills whatever is left of the daemon and its programs, and removes its folder. Safe to call twice. */
  async end(): Promise<void> {
    killAllWith(this.marker);
    await this.ended;
    running.delete(this);
    if (!this.#keep) rmSync(this.directory, { recursive: true, force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
  }
}

function content(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** Runs a command to its end and collects what it printed; one that hangs is killed after `limitMs` and has code 124. */
export async function run(
  [program = "", ...words]: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv; limitMs?: number; input?: string } = {},
): Promise<Finished> {
  const { exitCode, stdout, stderr, shortMessage } = await execa(program, words, {
    cwd: options.cwd ?? root,
    env: options.env ?? process.env,
    extendEnv: false,
    ...(options.input === undefined ? { stdin: "ignore" } : { input: options.input }),
    timeout: options.limitMs ?? 60_000,
    killSignal: "SIGKILL",
    maxBuffer: 50_000_000,
    reject: false,
    stripFinalNewline: false,
  });
  // No code: it could not be started, or was killed.
  return { code: exitCode ?? 124, stdout, stderr: exitCode === undefined ? `${stderr}${shortMessage}\n` : stderr };
}
