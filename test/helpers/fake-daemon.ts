/**
 * The one double of the project: a `Daemon` in memory, for tests of its faces. Its processes start and
 * stop as told, without children; its logs are buffers that can be followed.
 */
import { EventEmitter, once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import type {
  Channel,
  ConfigChanges,
  ConfiguredProcess,
  Daemon,
  LogPlace,
  LogReader,
  Overview,
  ProcessInfo,
  ProcessName,
} from "../../src/api/daemon.ts";
import type { Measurements } from "../../src/api/measurements.ts";
import { Fault, type FaultName } from "../../src/core/faults.ts";
import type { Setting } from "../../src/core/setting.ts";
import { type DaemonState, isRunning, isSignallable, isStopped, type ProcessState } from "../../src/core/states.ts";
import { Feed } from "../../src/daemon/feed.ts";

export interface FakeProcess {
  group: string;
  name: string;
  state: ProcessState;
  priority: number;
  startMs: number;
  stopMs: number;
  startFault: Fault | null;
  stdout: MemoryLog | null;
  stderr: MemoryLog | null;
}

const bootTime = 1_795_311_106;

export class FakeDaemon implements Daemon {
  readonly identifier = "supervisor";
  readonly pid = 4711;
  rpcInterfaces: readonly string[] = ["supervisor"];
  current: DaemonState = "RUNNING";
  main: MemoryLog | null = new MemoryLog();
  changes: ConfigChanges = { added: [], changed: [], removed: [] };
  rereadFault: Fault | null = null;
  settings: ConfiguredProcess[] = [];
  /** What was asked, in order, e.g. `signal web:a 15`. */
  readonly asked: string[] = [];
  readonly list: FakeProcess[] = [];

  add(text: string, options: Partial<FakeProcess> = {}): FakeProcess {
    const [group = "", name = group] = text.split(":");
    const fresh = { state: "RUNNING" as const, priority: 999, startMs: 0, stopMs: 0, startFault: null };
    const process = { group, name, ...fresh, stdout: new MemoryLog(), stderr: new MemoryLog(), ...options };
    this.list.push(process);
    return process;
  }

  begun = true;
  feed = new Feed(this.pid, Date.now);
  state = () => this.current;

  report = () => Promise.resolve(null);
  said: readonly Setting[] = [];
  listed = (name: ProcessName) => (this.find(name) === undefined ? null : this.said);
  /** More memory than an integer of XML-RPC can say. */
  usage = () => {
    const use = { memoryBytes: 3 * 2 ** 30, cpuPercent: 12.34, cpuMs: 5000, processes: 2 };
    const running = this.list.filter(({ state }) => state === "RUNNING");
    return Promise.resolve(running.map(({ group, name }) => ({ group, name, ...use })));
  };

  get metrics(): boolean {
    return false;
  }

  measure = (): Promise<Measurements> => Promise.reject(new Error("nothing is measured here"));
  overview = (): Promise<Overview> => Promise.reject(new Fault("FAILED"));

  async well(names: readonly ProcessName[] | null, limitMs: number): Promise<void> {
    this.asked.push(`well ${names?.map(({ group, name }) => `${group}:${name}`).join(" ") ?? "all"} ${limitMs}`);
  }

  processes(): ProcessInfo[] {
    const key = ({ group, name }: ProcessName) => `${group}:${name}`;
    return this.list.map(infoOf).sort((a, b) => (key(a) < key(b) ? -1 : 1));
  }

  process(name: ProcessName): ProcessInfo | null {
    const found = this.find(name);
    return found === undefined ? null : infoOf(found);
  }

  group(name: string): ProcessName[] | null {
    const members = this.inStartOrder().filter(({ group }) => group === name);
    return members.length === 0 ? null : members;
  }

  inStartOrder(): ProcessName[] {
    return this.list.toSorted((a, b) => a.priority - b.priority).map(({ group, name }) => ({ group, name }));
  }

  configured = () => this.settings;

  async start(name: ProcessName, wait: boolean): Promise<void> {
    const process = this.take("start", name);
    if (isRunning(process.state)) throw new Fault("ALREADY_STARTED", name.name);
    process.state = "STARTING";
    if (process.startFault !== null) {
      if (process.startMs > 0) await delay(process.startMs);
      process.state = "FATAL";
      throw process.startFault;
    }
    const up = delay(process.startMs).then(() => {
      process.state = "RUNNING";
    });
    if (wait) await up;
  }

  async stop(name: ProcessName, wait: boolean): Promise<void> {
    const process = this.take("stop", name);
    if (!isRunning(process.state)) throw new Fault("NOT_RUNNING", name.name);
    process.state = "STOPPING";
    const down = delay(process.stopMs).then(() => {
      process.state = "STOPPED";
    });
    if (wait) await down;
  }

  signal(name: ProcessName, signal: number): void {
    if (!isSignallable(this.take(`signal ${signal}`, name).state)) throw new Fault("NOT_RUNNING", name.name);
  }

  writeStdin(name: ProcessName, data: Buffer): void {
    const process = this.take("stdin", name);
    if (isStopped(process.state)) throw new Fault("NOT_RUNNING", name.name);
    process.stdout?.append(data);
  }

  sendRemoteEvent(type: string, data: string): void {
    this.asked.push(`event ${type} ${data}`);
  }

  async reread(): Promise<ConfigChanges> {
    if (this.rereadFault !== null) throw this.rereadFault;
    return this.changes;
  }

  addGroup(name: string): void {
    if (this.group(name) !== null) throw new Fault("ALREADY_ADDED", name);
    throw new Fault("BAD_NAME", name);
  }

  async updateGroup(name: string): Promise<void> {
    if (this.group(name) === null) throw new Fault("BAD_NAME", name);
  }

  async scale(program: string, copies: number): Promise<void> {
    this.asked.push(`scale ${program} ${copies}`);
  }

  removeGroup(name: string): void {
    const members = this.list.filter(({ group }) => group === name);
    if (members.length === 0) throw new Fault("BAD_NAME", name);
    if (!members.every(({ state }) => isStopped(state))) throw new Fault("STILL_RUNNING", name);
    for (const member of members) this.list.splice(this.list.indexOf(member), 1);
  }

  log(name: ProcessName, channel: Channel): LogReader | null {
    const process = this.find(name);
    if (process === undefined) throw new Fault("BAD_NAME", name.name);
    return process[channel];
  }

  mainLog = () => this.main;

  places: LogPlace[] = [];
  readonly logs = {
    places: () => this.places,
    stock: async () =>
      Promise.all(
        this.places.map(async (place) => {
          const files = (await place.archive?.files({ since: null, until: null }, false)) ?? [];
          return { ...place, current: files.at(-1) ?? null, older: files.length > 1 };
        }),
      ),
    finder: () => {
      const places = new Map(this.places.map((place) => [place.path, place]));
      return (path: string) => places.get(path)?.archive ?? null;
    },
    changed: () => new Promise<void>(() => {}),
  };

  async clearLogs(name: ProcessName): Promise<void> {
    const process = this.take("clear", name);
    process.stdout?.clear();
    process.stderr?.clear();
  }

  async clearMainLog(): Promise<void> {
    if (this.main === null) throw new Fault("NO_FILE" satisfies FaultName);
    this.main.clear();
  }

  shutdown(): void {
    this.asked.push("shutdown");
  }

  async restart(): Promise<void> {
    this.asked.push("restart");
  }

  find(name: ProcessName): FakeProcess | undefined {
    return this.list.find((process) => process.group === name.group && process.name === name.name);
  }

  private take(what: string, name: ProcessName): FakeProcess {
    const process = this.find(name);
    if (process === undefined) throw new Fault("BAD_NAME", name.name);
    this.asked.push(`${what} ${name.group}:${name.name}`);
    return process;
  }
}

function infoOf({ group, name, state, stdout, stderr }: FakeProcess): ProcessInfo {
  const alive = !isStopped(state);
  return {
    group,
    name,
    state,
    returns: false,
    pid: alive ? 100 : 0,
    start: alive ? bootTime : 0,
    stop: 0,
    now: bootTime + 7,
    exitStatus: 0,
    spawnError: "",
    description: state === "RUNNING" ? "pid 100, uptime 0:00:07" : "Not started",
    stdoutLogfile: stdout === null ? "" : `/log/${name}.out`,
    stderrLogfile: stderr === null ? "" : `/log/${name}.err`,
    health: { status: "none", ready: state === "RUNNING", since: null, failures: 0, last: null },
    losses: [],
    stuck: null,
    wellness: {
      wanted: state !== "STOPPED",
      well: state === "RUNNING",
      why: state === "RUNNING" ? "" : "is starting",
      brief: state === "RUNNING" ? "" : "is not ready",
    },
  };
}

/** A log that is a buffer. `pulled` counts the bytes that followers have taken. */
export class MemoryLog implements LogReader {
  bytes: Buffer = Buffer.alloc(0);
  /** Milliseconds since 1970. */
  changedAt = bootTime * 1000;
  followers = 0;
  pulled = 0;
  /** What reading fails with, if it does. */
  failure: NodeJS.ErrnoException | null = null;
  #changed = new EventEmitter().setMaxListeners(0);

  append(data: Buffer | string): void {
    this.bytes = Buffer.concat([this.bytes, Buffer.from(data)]);
    this.#changed.emit("append");
  }

  clear(): void {
    this.bytes = Buffer.alloc(0);
  }

  async size(): Promise<number> {
    if (this.failure !== null) throw this.failure;
    return this.bytes.length;
  }

  async modified(): Promise<number> {
    if (this.failure !== null) throw this.failure;
    return this.changedAt;
  }

  async read(offset: number, length: number): Promise<Buffer> {
    return this.bytes.subarray(offset, offset + length);
  }

  async *follow(tailBytes: number, signal: AbortSignal): AsyncIterable<Buffer> {
    let position = Math.max(0, this.bytes.length - tailBytes);
    this.followers++;
    try {
      while (!signal.aborted) {
        const chunk = this.bytes.subarray(position, position + 65_536);
        position += chunk.length;
        this.pulled += chunk.length;
        if (chunk.length > 0) yield chunk;
        else await once(this.#changed, "append", { signal }).catch(() => undefined);
      }
    } finally {
      this.followers--;
    }
  }
}
