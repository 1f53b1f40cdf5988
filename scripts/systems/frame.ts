/**
 * What every system is, and the steps it is taken through: its parts installed, a private folder, the daemon on its
 * list, a thousand messages with a SIGKILL in their midst, what its users ask for besides, a clean end. scripts/demo
 * shows the steps to a reader, test/systems holds each to what it promises.
 *
 * Each list gets its places from the environment: NAME_RUN (sockets, pid files) and NAME_LOGS, two folders of the run,
 * and what `prepare` adds, such as ports. Its socket is `%(ENV_NAME_RUN)s/NAME.sock`, its main log
 * `%(ENV_NAME_LOGS)s/supervisord.log`.
 */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { binaries, root, run, startDaemon, type TestDaemon } from "../../test/helpers/daemon.ts";
import { freePort } from "../../test/helpers/port.ts";
import { alive, descendantsOf, innermostPid, killAllWith, processesWith } from "../../test/helpers/processes.ts";
import { until } from "../../test/helpers/until.ts";

export interface System {
  /** As `scripts/demo NAME` knows it. */
  readonly name: string;
  /** One line: what it is made of. */
  readonly title: string;
  /** Of Debian 12. */
  readonly packages: readonly string[];
  /** Folder with a package.json and its lock, below the project's. */
  readonly npm?: string;
  /** The program list, below the project's folder. */
  readonly file: string;
  /** Words before the daemon's command: `unshare …` makes it PID 1. */
  readonly wrap?: readonly string[];
  /** What is sent and consumed: "jobs". */
  readonly unit: string;
  /** Full name of the process that is killed in mid-stream: `group:process`. */
  readonly victim: string;
  /** How long it may take until everything is well; default 60 s. */
  readonly startLimitMs?: number;
  /** How long `count` messages may take; default 60 s. */
  readonly consumeLimitMs?: number;
  /** Data folders, certificates, tables, caches; adds to `work.env` what the list and its programs go by. */
  prepare(work: Workplace): Promise<void>;
  /** Sends so many through the real broker. */
  send(work: Workplace, count: number): Promise<void>;
  /** How many different ones of those sent have been worked on to the end. */
  consumed(work: Workplace): Promise<number>;
  /** What the system's own document asks for besides; each throws when it is not so. */
  readonly checks?: readonly Check[];
  /** What is begun right before the end and has to be so after it. */
  readonly ending?: Check;
  /** How supervisord does in the same place, for the reader of a demo; measured then and there. */
  readonly comparison?: Check;
}

export interface Check {
  /** A sentence of the specification: "restart space-workers:* stops all before it starts the first". */
  readonly what: string;
  /** Sets it going; called for all checks before the first one runs, so that what takes its time takes it at once. */
  begin?(work: Workplace): Promise<void>;
  /** What it returns is shown to the reader of a demo. */
  run(work: Workplace): Promise<unknown>;
}

/** How a victim went and came. */
export interface Killed {
  /** How many messages were consumed when it was killed. */
  readonly after: number;
  /** From SIGKILL to the next process. */
  readonly backMs: number;
}

/** Of `spaced.overview`. */
interface Overview {
  readonly processes: readonly { group: string; name: string; pid: number; startedAt: string }[];
}

/** The place of one run: its folder, its environment, its daemon. */
export class Workplace {
  readonly system: System;
  /** Private to the run; readable for other users, who get folders of their own from `directory`. */
  readonly folder: string;
  /** The daemon's environment besides that of the caller; complete when `prepare` is done. */
  readonly env: Record<string, string> = {};
  /** The program list: the one of the system, unless `prepare` says otherwise. */
  file: string;
  #daemon: TestDaemon | null = null;
  /** What was below the daemon when it was asked to end. */
  #below: readonly number[] = [];
  readonly #ports = new Set<number>();

  constructor(system: System) {
    this.system = system;
    this.file = join(root, system.file);
    this.folder = mkdtempSync(join(tmpdir(), `spaced-${system.name}-`));
    chmodSync(this.folder, 0o755);
    process.once("exit", () => rmSync(this.folder, { recursive: true, force: true }));
    const name = system.name.toUpperCase();
    this.env[`${name}_RUN`] = this.directory("run");
    this.env[`${name}_LOGS`] = this.directory("log");
  }

  /** The daemon, from the end of `prepare` on. */
  get daemon(): TestDaemon {
    if (this.#daemon === null) throw new Error(`${this.system.name} is not started`);
    return this.#daemon;
  }

  get socket(): string {
    return this.path("run", `${this.system.name}.sock`);
  }

  path(...names: string[]): string {
    return join(this.folder, ...names);
  }

  /** A new folder of the run that anybody may write to. */
  directory(...names: string[]): string {
    const path = this.path(...names);
    mkdirSync(path, { recursive: true });
    chmodSync(path, 0o1777);
    return path;
  }

  /** A free TCP port of 127.0.0.1, also put into `env` as `variable`. */
  async port(variable: string): Promise<number> {
    let port = await freePort();
    while (this.#ports.has(port)) port = await freePort();
    this.#ports.add(port);
    this.env[variable] = String(port);
    return port;
  }

  /**
   * Runs a command in the run's environment to its end.
   * @returns what it wrote to stdout
   * @throws Error with all it wrote, when its code is not 0
   */
  async run(words: readonly string[], options: { cwd?: string; limitMs?: number; input?: string } = {}) {
    const env = { ...process.env, ...this.env };
    const { code, stdout, stderr } = await run(words, { limitMs: 60_000, ...options, env });
    if (code !== 0) throw new Error(`${words.join(" ")} ended with ${code}: ${stdout}${stderr}`.trim());
    return stdout;
  }

  /** Runs spacectl on the system's list; what it wrote. */
  async ctl(...words: string[]): Promise<string> {
    return (await this.daemon.ctl(...words)).stdout;
  }

  /** Starts the daemon and waits until everything is well, and RUNNING or done. */
  async start(): Promise<void> {
    const { wrap, startLimitMs = 60_000 } = this.system;
    const existing = { file: this.file, socket: this.socket, log: this.path("log", "supervisord.log") };
    // In a session of its own, so that Ctrl-C at the demo reaches the demo alone, which then ends the daemon.
    const options = { directory: this.folder, existing, env: this.env, wrap: ["setsid", ...(wrap ?? [])] };
    this.#daemon = await startDaemon("", { ...options, readyLimitMs: startLimitMs });
    const seconds = String(Math.ceil(startLimitMs / 1000));
    const { code, stdout, stderr } = await this.daemon.ctl("health", "--wait", "--timeout", seconds);
    if (code !== 0) throw new Error(`not everything is well:\n${stdout}${stderr}`.trim());
    // Healthy may be sooner than startsecs; a kill before that is a failed start, which is another matter.
    const settled = async (): Promise<boolean> => {
      const all = (await this.daemon.rpc("supervisor.getAllProcessInfo")) as { statename: string }[];
      // STOPPED is what a schedule starts, or nobody.
      return all.every(({ statename }) => ["RUNNING", "EXITED", "STOPPED"].includes(statename));
    };
    await until("every program is RUNNING", settled, startLimitMs, 50);
  }

  /**
   * Sends messages, kills the victim when a quarter has been worked on, and waits until all have been.
   * @param progress is told how many have been, now and then
   */
  async deliver(count: number, progress: (consumed: number) => void = () => {}): Promise<Killed> {
    const { system } = this;
    const before = await system.consumed(this);
    const failed: unknown[] = [];
    const sending = system.send(this, count).catch((error: unknown) => failed.push(error));
    const done = async (): Promise<number> => {
      if (failed.length > 0) throw failed[0];
      const consumed = (await system.consumed(this)) - before;
      progress(consumed);
      return consumed;
    };
    const deadline = performance.now() + (system.consumeLimitMs ?? 60_000);
    let killed: Killed | null = null;
    for (;;) {
      const consumed = await done();
      if (killed === null && consumed >= count / 4) killed = { after: consumed, backMs: await this.kill() };
      if (consumed >= count) break;
      if (performance.now() > deadline) throw new Error(`${consumed} of ${count} ${system.unit} were consumed in time`);
      await delay(50);
    }
    await sending;
    await done();
    return killed ?? { after: count, backMs: await this.kill() };
  }

  /**
   * Kills a process with SIGKILL, as the kernel does when memory is short; milliseconds until its next one was started.
   * They are taken from the daemon's word for that moment: whoever sends a thousand messages asks late.
   */
  async kill(name = this.system.victim): Promise<number> {
    const { pid } = await this.daemon.info(name);
    const outside = descendantsOf([this.daemon.pid]).find((each) => innermostPid(each) === pid) ?? 0;
    if (pid === 0 || outside === 0) throw new Error(`${name} does not run`);
    const killedAt = Date.now();
    process.kill(outside, "SIGKILL");
    const [group, member = group] = name.split(":");
    return await until(
      `${name} is back`,
      async () => {
        const { processes } = (await this.daemon.rpc("spaced.overview")) as unknown as Overview;
        const next = processes.find((each) => each.group === group && each.name === member);
        return next && ![0, pid].includes(next.pid) ? Math.max(1, Date.parse(next.startedAt) - killedAt) : null;
      },
      15_000,
    );
  }

  /** Begins all checks; each `run` comes after. */
  async beginChecks(): Promise<void> {
    for (const check of this.system.checks ?? []) await check.begin?.(this);
  }

  /** Ends the daemon as `docker stop` does; its exit code. */
  async stop(): Promise<number | null> {
    this.#below = descendantsOf([this.daemon.pid]);
    await this.system.ending?.begin?.(this);
    if (this.leftovers().length > 0) this.daemon.signal("SIGTERM");
    const { code } = await this.daemon.over(60_000);
    await this.system.ending?.run(this);
    return code;
  }

  /** Processes of the run that are still there. */
  leftovers(): number[] {
    if (this.#daemon === null) return [];
    return [...new Set([...processesWith(this.#daemon.marker), ...this.#below.filter(alive)])];
  }

  /** The end of the main log and of what the daemon printed, for a run that went wrong. */
  lastWords(): string {
    if (this.#daemon === null) return "";
    const lines = `${this.#daemon.log}\n${this.#daemon.stderr}`.trimEnd().split("\n");
    return `\nlast lines of the daemon:\n${lines.slice(-30).join("\n")}`;
  }

  /** Kills what is left and removes the folder. Safe to call twice. */
  async end(): Promise<void> {
    if (this.#daemon !== null) {
      killAllWith(this.#daemon.marker);
      await this.#daemon.end();
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Installs what a system needs and is not there; what that was, in words. */
export async function install({ packages, npm }: System): Promise<string> {
  const commands = [[join(root, "scripts/systems/install"), ...packages]];
  if (npm !== undefined && !existsSync(join(root, npm, "node_modules")))
    commands.push(["npm", "ci", "--silent", "--prefix", join(root, npm), "--no-audit", "--no-fund"]);
  let said = "";
  for (const command of commands) {
    const { code, stdout, stderr } = await run(command, { limitMs: 600_000 });
    if (code !== 0) throw new Error(`${stdout}${stderr}`.trim());
    said += stdout;
  }
  return said.trim().replaceAll("\n", "; ") || "all there";
}

/** How a reader controls the system from a second terminal. */
export function controlLine(work: Workplace): string {
  return `${binaries.ctl.join(" ")} -s unix://${work.socket}`;
}
