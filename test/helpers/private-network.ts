/**
 * A network namespace with nothing but its loopback, for servers with fixed ports: containers join it, and what speaks
 * to them is run in it. No bridge is made and no port of the machine is taken.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { readlinkSync } from "node:fs";
import { type Finished, run } from "./daemon.ts";
import { until } from "./until.ts";

export class PrivateNetwork {
  readonly #holder: ChildProcess;
  #redis: ChildProcess | null = null;

  constructor() {
    const script = "ip link set lo up && exec sleep 100000";
    this.#holder = spawn("unshare", ["--net", "--fork", "--kill-child", "sh", "-c", script], { stdio: "ignore" });
  }

  /** Words of podman-run(1) that put a container in it. */
  get option(): string {
    return `--network=ns:${this.#namespace}`;
  }

  get #namespace(): string {
    return `/proc/${this.#holder.pid}/ns/net`;
  }

  /** Runs a command in it. */
  run(words: readonly string[], env?: NodeJS.ProcessEnv): Promise<Finished> {
    return run(["nsenter", `--net=${this.#namespace}`, ...words], env === undefined ? {} : { env });
  }

  /** An HTTP request to one of its ports; the body of the answer. */
  async http(port: number, path: string, method = "GET"): Promise<string> {
    const url = `http://127.0.0.1:${port}${path}`;
    const { code, stdout, stderr } = await this.run(["curl", "-sS", "--max-time", "5", "-X", method, url]);
    if (code !== 0) throw new Error(stderr);
    return stdout;
  }

  /** Starts a Redis in it, on its usual port, that keeps nothing. */
  async startRedis(): Promise<void> {
    const own = readlinkSync("/proc/self/ns/net");
    await until("the network is there", () => readlinkSync(this.#namespace) !== own);
    const words = ["redis-server", "--port", "6379", "--bind", "127.0.0.1", "--save", "", "--dir", "/"];
    this.#redis = spawn("nsenter", [`--net=${this.#namespace}`, ...words], { stdio: "ignore" });
    await until("Redis answers", async () => (await this.run(["redis-cli", "ping"])).stdout === "PONG\n");
  }

  /** Starts a program in it, that is ended with what is returned. */
  start(words: readonly string[], env: NodeJS.ProcessEnv): Disposable {
    const child = spawn("nsenter", [`--net=${this.#namespace}`, ...words], { stdio: "ignore", env });
    return { [Symbol.dispose]: () => void child.kill() };
  }

  stopRedis(): void {
    this.#redis?.kill("SIGKILL");
    this.#redis = null;
  }

  [Symbol.dispose](): void {
    this.stopRedis();
    this.#holder.kill("SIGKILL");
  }
}
