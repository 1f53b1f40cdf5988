/**
 * Who sends whose lines where: the targets of the list, and the outputs whose lines they take. They outlive the restarts of the
 * daemon within its process, with what waits to be sent. Without a `[log_target:x]` nothing of them is loaded.
 */
import type { LogTargetStatus } from "../api/measurements.ts";
import { same } from "../core/changes.ts";
import { type LineOrigin, type LogTargetSettings, labelsOf, takes } from "../core/log-target.ts";
import type { Shipment } from "./log-shipment.ts";
import type { LogTarget, TargetSurroundings } from "./log-target.ts";

/** The part of an output that this needs. */
interface Shipping {
  shipment: Shipment | null;
}

interface Code {
  readonly LogTarget: typeof LogTarget;
  readonly Shipment: typeof Shipment;
}

/** How long what waits may take to leave when the daemon ends, or a target is no longer in the list. */
const farewellMs = 2000;

export class LogTargets {
  readonly #targets = new Map<string, LogTarget>();
  readonly #outputs = new Map<Shipping, LineOrigin>();
  /** Those that are no longer in the list, for as long as they have to send what waits. */
  readonly #leaving = new Map<LogTarget, Promise<void>>();
  #around: TargetSurroundings | null = null;
  #code: Code | null = null;

  /** A life of the daemon begins. */
  async begin(settings: readonly LogTargetSettings[], around: TargetSurroundings): Promise<void> {
    this.#around = around;
    for (const target of [...this.#targets.values(), ...this.#leaving.keys()]) target.join(around);
    await this.#bringTo(settings);
  }

  /** Brings the targets to what the list says; no program feels it. */
  async configure(wanted: readonly LogTargetSettings[]): Promise<void> {
    const before = this.#settings;
    await this.#bringTo(wanted);
    const nameOf = ({ name }: LogTargetSettings) => name;
    const old = new Map(before.map((settings) => [settings.name, settings]));
    const added = wanted.filter(({ name }) => !old.has(name)).map(nameOf);
    const changed = wanted.filter((each) => old.has(each.name) && !same(old.get(each.name), each)).map(nameOf);
    const removed = before.map(nameOf).filter((name) => !wanted.some((each) => each.name === name));
    const parts = Object.entries({ added, changed, removed }).filter(([, names]) => names.length > 0);
    const said = parts.map(([what, names]) => `${what} ${names.join(", ")}`).join("; ");
    if (said !== "") this.#around?.log.info(`log targets: ${said}`);
  }

  get #settings(): readonly LogTargetSettings[] {
    return [...this.#targets.values()].map(({ settings }) => settings);
  }

  async #bringTo(wanted: readonly LogTargetSettings[]): Promise<void> {
    const around = this.#around;
    if (around === null || (wanted.length === 0 && this.#targets.size === 0)) return;
    this.#code ??= await loadCode();
    const { LogTarget } = this.#code;
    if (same(this.#settings, wanted)) return;
    const names = new Set(wanted.map(({ name }) => name));
    for (const [name, target] of this.#targets) {
      if (names.has(name)) continue;
      this.#targets.delete(name);
      this.#leaving.set(
        target,
        target.end(farewellMs).finally(() => this.#leaving.delete(target)),
      );
    }
    for (const settings of wanted) {
      const target = this.#targets.get(settings.name);
      if (target === undefined) this.#targets.set(settings.name, new LogTarget(settings, around));
      else if (!same(target.settings, settings)) target.configure(settings);
    }
    for (const [output, origin] of this.#outputs) this.#assign(output, origin);
  }

  /** Its lines go to the targets that take them. */
  add(output: Shipping, origin: LineOrigin): void {
    this.#outputs.set(output, origin);
    if (this.#targets.size > 0) this.#assign(output, origin);
  }

  delete(output: Shipping): void {
    this.#outputs.delete(output);
  }

  get statuses(): readonly LogTargetStatus[] {
    return [...this.#targets.values()].map(({ status }) => status);
  }

  /** Resolves when what waits has been sent, within two seconds. */
  async end(): Promise<void> {
    const ending = [...this.#targets.values()].map((target) => target.end(farewellMs));
    await Promise.all([...ending, ...this.#leaving.values()]);
    this.#targets.clear();
  }

  #assign(output: Shipping, origin: LineOrigin): void {
    const takers = [...this.#targets.values()]
      .filter(({ settings }) => takes(settings, origin))
      .map((target) => ({ target, stream: target.stream(labelsOf(target.settings, origin)) }));
    const { clock } = this.#around as TargetSurroundings;
    output.shipment =
      takers.length === 0 || this.#code === null ? null : new this.#code.Shipment(takers, () => clock.wall());
  }
}

async function loadCode(): Promise<Code> {
  const [{ LogTarget }, { Shipment }] = await Promise.all([import("./log-target.ts"), import("./log-shipment.ts")]);
  return { LogTarget, Shipment };
}
