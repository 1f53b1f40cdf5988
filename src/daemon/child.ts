/**
 * The child of a supervised process, whichever it is: how it is started and signalled, its pipes, and what is known of
 * it when it has died. What comes of a start and of a signal is an input for its life.
 */
import type { Effect, Input } from "../core/life.ts";
import { signalName } from "../core/signals.ts";
import type { Executable } from "../system/executable.ts";
import type { WaitStatus } from "../system/libc.ts";
import { spawnChild } from "../system/spawner.ts";
import { type SharedSocket, SocketShare } from "./fcgi-socket.ts";
import type { SupervisedProcess } from "./process.ts";
import { errorCode, spawnTrouble } from "./spawn-trouble.ts";
import { ChildStdin, type WriteOutcome } from "./stdin.ts";
import type { Surroundings } from "./surroundings.ts";

const SIGKILL = 9;

interface Parts {
  readonly process: SupervisedProcess;
  readonly socket: SharedSocket | null;
  readonly around: Surroundings;
  /** Takes over the read end of the pipe on which it says that it is ready. */
  readonly listen: (fd: number, pid: number) => void;
  /** Whether its commands still run. */
  readonly busy: () => boolean;
}

export class Child {
  readonly #parts: Parts;
  readonly #socket: SocketShare;
  #stdin: ChildStdin | null = null;
  /** To be called when it has died, for its pipes. */
  #hangUps: (() => void)[] = [];

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#socket = new SocketShare(parts.socket);
  }

  spawn(): Input {
    const { process, around, listen } = this.#parts;
    const { name, directory, umask, uid, redirectStderr, care } = process.settings;
    let socket: number | null;
    let executable: Executable;
    try {
      socket = this.#socket.take();
      executable = process.executable();
      if (!executable.ok)
        return { type: "spawnFailed", why: executable.why, unrunnable: executable.fault === "NO_FILE" ? 127 : 126 };
      process.stdout.open();
      if (!redirectStderr) process.stderr.open();
    } catch (error) {
      return { type: "spawnFailed", why: `unknown error making dispatchers for '${name}': ${errorCode(error)}` };
    }
    const { file, argv } = executable;
    const spawned = spawnChild({
      file,
      argv,
      environment: process.environment.variables,
      directory,
      umask,
      uid,
      softFiles: around.softFiles,
      limits: around.confinement.enter(process),
      stdin: socket,
      redirectStderr,
      readyFd: care.ready?.type === "fd" ? care.ready.fd : null,
    });
    if (!spawned.ok) return { type: "spawnFailed", why: spawnTrouble(name, spawned.at, spawned.code) };
    around.reaper.expect(spawned.pid, (status, cpuMs) => this.#ended(status, cpuMs));
    around.orphans.began(process, spawned.pid);
    this.#stdin = spawned.stdin === null ? null : new ChildStdin(spawned.stdin);
    this.#hangUps = [process.stdout.attach(spawned.stdout, spawned.pid)];
    if (spawned.stderr !== null) this.#hangUps.push(process.stderr.attach(spawned.stderr, spawned.pid));
    if (spawned.ready !== null) listen(spawned.ready, spawned.pid);
    return { type: "spawned", pid: spawned.pid };
  }

  /** Once it is known that there is none. */
  gone(): void {
    this.#socket.give();
  }

  write(data: Buffer): WriteOutcome {
    return this.#stdin === null ? "closed" : this.#stdin.write(data);
  }

  /** For its life: the input that comes of it, if any. */
  kill(effect: Extract<Effect, { type: "kill" }>): Input | null {
    const { process, around } = this.#parts;
    if (process.settings.care.orphans === "end") around.orphans.look(process, effect.pid);
    const target = effect.group ? -effect.pid : effect.pid;
    around.log.debug(
      `killing ${process.settings.name} (pid ${effect.pid}) ${effect.group ? "process group " : ""}with signal ${signalName(effect.signal)}`,
    );
    const trouble = sendSignal(target, effect.signal);
    return trouble === null ? null : { type: "killFailed", why: trouble };
  }

  killBelow(child: number): void {
    const { process, around } = this.#parts;
    for (const pid of around.orphans.all(process, child)) if (pid !== child) sendSignal(pid, SIGKILL);
  }

  #ended(exit: WaitStatus, waitedMs: number): void {
    const { process, around, busy } = this.#parts;
    // First what it has written, then the news of its end: nothing of it may come after its successor's.
    for (const hangUp of this.#hangUps) hangUp();
    this.#stdin?.close();
    this.#stdin = null;
    const left = process.settings.care.orphans === "end" && around.orphans.leftBy(process).length > 0;
    const used = around.usage.of(process);
    // What it had left unwaited for when it was last looked at is not told with its end.
    const cpuMs = Math.max(waitedMs, used?.cpuMs ?? 0);
    const evidence = { ...around.confinement.ended(process, exit, used?.memoryBytes ?? null), cpuMs };
    process.feed({ type: "exited", exit, orphans: left || busy(), evidence });
  }
}

/** null also when there is nobody left to signal: its end is on the way. */
export function sendSignal(pid: number, signal: number): string | null {
  try {
    process.kill(pid, signal);
    return null;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return code === "ESRCH" ? null : message;
  }
}
