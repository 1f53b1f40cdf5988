/**
 * What is done to the daemon, at random but repeatably (a seed): children killed, every kind of request, lists
 * that change, readers that come and go, peers that misbehave. A request may be refused, for another may have
 * come first; it may not hang, fail to be answered, or show the inside of a program.
 */
import { writeFileSync } from "node:fs";
import { connect } from "node:net";
import type { TestDaemon } from "../../test/helpers/daemon.ts";
import { call, RpcFault } from "../../test/helpers/rpc.ts";
import { programList, sleepers, victims, writers } from "./programs.ts";
import { printedWithin, troubleOfEvents, troubleOfLines } from "./readers.ts";

export class Chaos {
  readonly counts = new Map<string, number>();
  readonly faults: string[] = [];
  readonly #daemon: TestDaemon;
  readonly #seconds: number;
  readonly #random: () => number;
  readonly #extras = new Map<string, number>();
  #changes = 0;

  constructor(daemon: TestDaemon, seconds: number, seed: number) {
    this.#daemon = daemon;
    this.#seconds = seconds;
    this.#random = mulberry(seed);
  }

  /** One act; resolves when it is over. */
  async act(): Promise<void> {
    const acts: readonly (readonly [weight: number, name: string, act: () => Promise<void>])[] = [
      [10, "kill -9", () => this.#kill("SIGKILL")],
      [3, "kill -SEGV", () => this.#kill("SIGSEGV")],
      [4, "ctl status", () => this.#ctl("status")],
      [2, "ctl pid", () => this.#ctl("pid", "all")],
      [2, "ctl avail", () => this.#ctl("avail")],
      [2, "ctl maintail", () => this.#ctl("maintail", "-2000")],
      [4, "ctl tail", () => this.#ctl("tail", "-5000", this.#one(victims))],
      [4, "ctl restart", () => this.#ctl("restart", this.#one(victims))],
      [
        3,
        "ctl stop, start",
        async () => {
          const name = this.#one(victims);
          await this.#ctl("stop", name);
          await this.#ctl("start", name);
        },
      ],
      [2, "ctl signal", () => this.#ctl("signal", "CONT", this.#one(victims))],
      [2, "ctl clear", () => this.#ctl("clear", this.#one([...sleepers, "spammer"]))],
      [4, "reread and update", () => this.#change()],
      [4, "tail -f", () => this.#follow()],
      [3, "rpc", () => this.#rpc()],
      [2, "peer that hangs up", () => this.#peer("POST /RPC2 HTTP/1.1\r\nContent-Length: 100000\r\n\r\n<methodCall>")],
      [2, "peer that talks nonsense", () => this.#peer("\0\x01\x02 what is this\r\n\r\n\r\n")],
      [4, "logs -f", () => this.#followLines()],
      [2, "events -f", () => this.#followEvents()],
      [2, "ctl logs", () => this.#ctl("logs", "-n", "3")],
      [2, "ctl events", () => this.#ctl("events", "-n", "20")],
      [4, "looker that takes nothing", () => this.#peer(this.#look(), 3000)],
      [2, "looker that hangs up", () => this.#peer(this.#look())],
      [1, "reopen logs", async () => this.#daemon.signal("SIGUSR2")],
    ];
    let point = this.#random() * acts.reduce((sum, [weight]) => sum + weight, 0);
    const chosen = acts.find(([weight]) => {
      point -= weight;
      return point < 0;
    });
    if (chosen === undefined) return;
    const [, name, act] = chosen;
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
    try {
      await act();
    } catch (error) {
      this.#fault(`${name}: ${error instanceof Error ? error.message : error}`);
    }
  }

  /** Puts the list back as it was at the start. */
  async restore(): Promise<void> {
    this.#extras.clear();
    writeFileSync(this.#daemon.file, programList(this.#seconds, this.#extras));
    await this.#ctl("update");
    await this.#ctl("start", "all");
  }

  #one<T>(from: readonly T[]): T {
    return from[Math.floor(this.#random() * from.length)] as T;
  }

  #fault(text: string): void {
    if (this.faults.length < 20) this.faults.push(text.slice(0, 500));
  }

  async #ctl(...words: string[]): Promise<void> {
    const { code, stdout, stderr } = await this.#daemon.ctl(...words);
    const strange =
      code === 124 || /^\s+at |Traceback|TypeError|refused connection|no such file/m.test(stdout + stderr);
    if (strange) this.#fault(`${words.join(" ")}: code ${code}: ${stdout.slice(0, 200)}${stderr.slice(0, 300)}`);
  }

  async #kill(signal: NodeJS.Signals): Promise<void> {
    const { pid } = await this.#daemon.info(this.#one(victims));
    try {
      if (pid > 0) process.kill(pid, signal);
    } catch {
      // it died by itself meanwhile
    }
  }

  async #change(): Promise<void> {
    const name = `e${Math.floor(this.#random() * 6)}`;
    if (this.#extras.has(name) && this.#random() < 0.5) this.#extras.delete(name);
    else this.#extras.set(name, ++this.#changes);
    writeFileSync(this.#daemon.file, programList(this.#seconds, this.#extras));
    await this.#ctl("reread");
    await this.#ctl("update");
  }

  async #follow(): Promise<void> {
    const tail = this.#daemon.ctlInBackground("tail", "-f", this.#one(writers));
    let bytes = 0;
    tail.stdout?.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
    });
    const stay = 300 + this.#random() * 3000;
    await new Promise((resolve) => setTimeout(resolve, stay));
    tail.kill(this.#random() < 0.5 ? "SIGINT" : "SIGKILL");
    await new Promise((resolve) =>
      tail.exitCode === null && tail.signalCode === null ? tail.once("exit", resolve) : resolve(0),
    );
    if (stay > 2500 && bytes === 0) this.#fault("tail -f showed nothing");
  }

  async #followLines(): Promise<void> {
    const name = this.#one(writers);
    const child = this.#daemon.ctlInBackground("logs", "-f", "-n", "5", "--raw", "--no-prefix", name);
    const trouble = troubleOfLines(name, await printedWithin(child, 1000 + this.#random() * 6000));
    if (trouble !== null) this.#fault(`logs -f ${name}: ${trouble}`);
  }

  async #followEvents(): Promise<void> {
    const child = this.#daemon.ctlInBackground("events", "-f", "--json");
    const trouble = troubleOfEvents(await printedWithin(child, 1000 + this.#random() * 6000));
    if (trouble !== null) this.#fault(`events -f: ${trouble}`);
  }

  /** A request of somebody who looks on. */
  #look(): string {
    const path = this.#one(["/live", "/live/log?process=spammer&process=w0&tail=1000000", "/events?follow=1", "/logs"]);
    if (this.#random() < 0.7) return `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`;
    const body = JSON.stringify(writers.map((name) => this.#daemon.path(`${name}.log`)));
    return `POST /logs/follow HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  }

  async #rpc(): Promise<void> {
    const method = this.#one([
      "supervisor.getAllProcessInfo",
      "supervisor.getAllConfigInfo",
      "system.listMethods",
      "supervisor.nonsense",
    ]);
    try {
      await call(this.#daemon.path("s.sock"), method, [], 20_000);
    } catch (error) {
      if (!(error instanceof RpcFault)) throw error;
    }
  }

  /** Connects, sends something, and is gone before an answer can come. */
  #peer(text: string, stayMs = 50): Promise<void> {
    return new Promise((resolve, reject) => {
      const socket = connect(this.#daemon.path("s.sock"));
      socket.on("error", reject);
      socket.on("connect", () => {
        socket.on("error", () => {}); // hanging up on us is an answer
        socket.removeListener("error", reject);
        socket.write(text, () => setTimeout(() => socket.destroy(), stayMs));
      });
      socket.on("close", () => resolve());
    });
  }
}

/** A small repeatable generator of numbers from 0 to 1 (mulberry32). */
function mulberry(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
