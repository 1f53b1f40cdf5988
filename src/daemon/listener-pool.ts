/**
 * One event listener group: buffers the events it has subscribed to and hands them to whichever of its
 * processes is ready, one at a time. A listener that hangs, dies or floods harms its own pool only.
 */
import { eventName, eventPayload, includes, type SupervisorEvent } from "../core/events.ts";
import { busy, hear, type Listener, newListener } from "../core/listener.ts";
import type { GroupSettings } from "../core/program.ts";
import type { MainLog } from "../system/main-log.ts";
import type { SupervisedProcess } from "./process.ts";

/** An event with the numbers that identify it; both stay when it is sent again. */
interface Numbered {
  readonly event: SupervisorEvent;
  /** Over all pools. */
  readonly serial: number;
  readonly poolSerial: number;
}

interface Ear {
  readonly process: SupervisedProcess;
  listener: Listener;
  /** The event it has been sent and has not answered. */
  current: Numbered | null;
}

export interface PoolParts {
  readonly settings: Extract<GroupSettings, { kind: "eventlistener" }>;
  readonly processes: readonly SupervisedProcess[];
  readonly identifier: string;
  readonly log: MainLog;
}

export class ListenerPool {
  #parts: PoolParts;
  #ears: readonly Ear[];
  /** Oldest first; at most `bufferSize` long. */
  readonly #buffer: Numbered[] = [];
  /** Who waits until there is nothing left to hear. */
  #waiting: (() => void)[] = [];
  #poolSerial = 0;
  #strayed = false;
  /** Called with the priority of a process that has not taken the event it was sent. */
  onHandedBack: ((priority: number) => void) | null = null;

  constructor(parts: PoolParts) {
    this.#parts = parts;
    this.#ears = parts.processes.map((process) => this.#listen(process));
  }

  /** Takes other events, or more of them, from now on; processes that stay keep what they have in hand. */
  change({ settings, processes }: Pick<PoolParts, "settings" | "processes">): void {
    const known = new Map(this.#ears.map((ear) => [ear.process, ear]));
    this.#parts = { ...this.#parts, settings, processes };
    this.#ears = processes.map((process) => known.get(process) ?? this.#listen(process));
    while (this.#buffer.length > settings.bufferSize) this.#discard();
    this.#dispatch();
  }

  #listen(process: SupervisedProcess): Ear {
    const ear: Ear = { process, listener: newListener, current: null };
    process.stdout.onSpoken = (bytes) => this.#hear(ear, bytes);
    let { state } = process.life;
    process.observe(() => {
      if (process.life.state === state) return;
      state = process.life.state;
      this.#changed(ear);
    });
    return ear;
  }

  /**
   * Another pool has an event back. The reference hands it to every pool with a process of the same priority, which is not
   * done here; but from then on it calls what a listener says unasked a bad answer to that, and shows it.
   */
  stray(priority: number): void {
    this.#strayed ||= this.#ears.some(({ process }) => process.settings.priority === priority);
  }

  wants(name: string): boolean {
    return includes(this.#parts.settings.events, name);
  }

  /** Takes an event; the oldest that waits is dropped when there are too many. */
  accept(event: SupervisorEvent, serial: number): void {
    this.#put({ event, serial, poolSerial: this.#poolSerial++ }, false);
    this.#dispatch();
  }

  /** Resolves when every event has been heard, or none of its processes can hear it. */
  async idle(): Promise<void> {
    if (this.#busy) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  get #busy(): boolean {
    const hearing = this.#ears.filter(({ process, listener }) => {
      return process.life.state === "RUNNING" && listener.state !== "UNKNOWN";
    });
    return hearing.some(({ current }) => current !== null || this.#buffer.length > 0);
  }

  /** `again`: it has been handed out before. */
  #put(numbered: Numbered, again: boolean): void {
    const { settings, log } = this.#parts;
    if (again)
      log.debug(
        `rebuffering event ${numbered.serial} for pool ${settings.name} ` +
          `(buf size=${this.#buffer.length}, max=${settings.bufferSize})`,
      );
    if (this.#buffer.length >= settings.bufferSize) this.#discard();
    if (again) this.#buffer.unshift(numbered);
    else this.#buffer.push(numbered);
  }

  #discard(): void {
    const { settings, log } = this.#parts;
    const dropped = this.#buffer.shift();
    log.error(`pool ${settings.name} event buffer overflowed, discarding event ${dropped?.serial}`);
  }

  #dispatch(): void {
    while (this.#buffer.length > 0) {
      const next = this.#buffer[0] as Numbered;
      if (!this.#ears.some((ear) => this.#send(ear, next))) break;
      this.#buffer.shift();
    }
    if (this.#waiting.length === 0 || this.#busy) return;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #send(ear: Ear, numbered: Numbered): boolean {
    const { process } = ear;
    if (process.life.state !== "RUNNING" || ear.listener.state !== "READY") return false;
    if (process.write(this.#envelope(numbered)) !== "written") return false;
    ear.listener = busy(ear.listener);
    ear.current = numbered;
    this.#parts.log.debug(`event ${numbered.serial} sent to listener ${process.settings.name}`);
    return true;
  }

  /** `len` counts bytes, as the manual says; the reference counts characters, which no listener can rely on. */
  #envelope({ event, serial, poolSerial }: Numbered): Buffer {
    const { text, data } = eventPayload(event);
    const payload = data === null ? Buffer.from(text) : Buffer.concat([Buffer.from(text), data]);
    const { identifier, settings } = this.#parts;
    const header =
      `ver:3.0 server:${identifier} serial:${serial} pool:${settings.name} poolserial:${poolSerial} ` +
      `eventname:${eventName(event)} len:${payload.length}\n`;
    return Buffer.concat([Buffer.from(header), payload]);
  }

  #hear(ear: Ear, bytes: Uint8Array): void {
    const { log } = this.#parts;
    const { name } = ear.process.settings;
    const { listener, heard } = hear(ear.listener, bytes);
    const becomes = (from: Listener["state"], to: Listener["state"]) => log.debug(`${name}: ${from} -> ${to}`);
    let { state } = ear.listener;
    ear.listener = listener;
    for (const said of heard) {
      switch (said.type) {
        case "ready":
          becomes(state, "READY");
          state = "READY";
          break;
        case "result":
          if (said.accepted) log.debug(`${name}: event was processed`);
          else log.warn(`${name}: event was rejected`);
          becomes(state, "ACKNOWLEDGED");
          state = "ACKNOWLEDGED";
          this.#answered(ear, said.accepted);
          break;
        case "violation":
          if (said.line !== null && (state === "BUSY" || this.#strayed))
            log.warn(`${name}: bad result line: '${said.line}'`);
          becomes(state, "UNKNOWN");
          log.warn(
            `${name}: has entered the UNKNOWN state and will no longer receive events, ` +
              "this usually indicates the process violated the eventlistener protocol",
          );
          this.#answered(ear, false);
      }
    }
    this.#dispatch();
  }

  /** What was not accepted goes back to the head of this pool, and of no other. */
  #answered(ear: Ear, accepted: boolean): void {
    const { current } = ear;
    ear.current = null;
    if (current === null || accepted) return;
    this.#put(current, true);
    this.onHandedBack?.(ear.process.settings.priority);
  }

  #changed(ear: Ear): void {
    const { state } = ear.process.life;
    if (state === "STARTING") ear.listener = newListener;
    else if (state !== "RUNNING" && state !== "STOPPING") this.#answered(ear, false);
    this.#dispatch();
  }
}
