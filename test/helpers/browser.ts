/**
 * Debian's Chromium, driven over its DevTools protocol: JSON messages that end in a zero byte, on descriptors 3 and 4.
 * It starts with an empty profile and does nothing by itself but what a test asks for.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { until } from "./until.ts";

/** Longer than any one step takes on a busy machine. */
const patienceMs = 30_000;

type Reply = { readonly id?: number; readonly result?: never; readonly error?: { readonly message: string } };

export class Browser {
  readonly #child: ChildProcess;
  readonly #profile: string;
  readonly #waiting = new Map<number, PromiseWithResolvers<never>>();
  #id = 0;

  private constructor(child: ChildProcess, profile: string) {
    this.#child = child;
    this.#profile = profile;
    let begun = "";
    (child.stdio[4] as Readable).setEncoding("utf8").on("data", (text: string) => {
      const messages = (begun + text).split("\0");
      begun = messages.pop() ?? "";
      for (const message of messages) this.#take(JSON.parse(message) as Reply);
    });
    child.once("exit", () => {
      for (const { reject } of this.#waiting.values()) reject(new Error("the browser has ended"));
    });
  }

  /** `hosts`: what names lead to which addresses, as an evil DNS server would have it. */
  static async start(hosts: Readonly<Record<string, string>> = {}): Promise<Browser> {
    const profile = mkdtempSync(join(tmpdir(), "chromium-"));
    const rules = Object.entries(hosts).map(([name, address]) => `MAP ${name} ${address}`);
    const quiet = ["background-networking", "component-update", "sync", "gpu", "quic", "extensions", "dev-shm-usage"];
    const flags = [
      ...["--headless", "--no-sandbox", "--no-first-run", "--remote-debugging-pipe"],
      ...quiet.map((what) => `--disable-${what}`),
      ...[`--user-data-dir=${profile}`, `--host-resolver-rules=${rules.join(", ")}`],
    ];
    const child = spawn("chromium", flags, {
      stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"],
      env: { ...process.env, HOME: profile, XDG_CONFIG_HOME: profile, XDG_CACHE_HOME: profile },
      detached: true,
    });
    await once(child, "spawn");
    return new Browser(child, profile);
  }

  /** A new window at an address, when it has loaded, or for what never ends (`interactive`) when it has begun. */
  async open(url: string, readiness: "complete" | "interactive" = "complete"): Promise<Page> {
    const { targetId } = await this.send<{ targetId: string }>("Target.createTarget", { url: "about:blank" });
    const attached = await this.send<{ sessionId: string }>("Target.attachToTarget", { targetId, flatten: true });
    const page = new Page(this, attached.sessionId);
    await page.go(url, readiness);
    return page;
  }

  send<T>(method: string, params: object, sessionId?: string): Promise<T> {
    const id = ++this.#id;
    const answer = Promise.withResolvers<never>();
    const late = setTimeout(() => answer.reject(new Error(`${method} is not answered`)), patienceMs);
    this.#waiting.set(id, answer);
    (this.#child.stdio[3] as Writable).write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    return answer.promise.finally(() => {
      clearTimeout(late);
      this.#waiting.delete(id);
    });
  }

  #take({ id, result, error }: Reply): void {
    const waiting = this.#waiting.get(id ?? 0);
    if (error === undefined) waiting?.resolve(result as never);
    else waiting?.reject(new Error(error.message));
  }

  async end(): Promise<void> {
    const { pid, exitCode, signalCode } = this.#child;
    if (pid !== undefined && exitCode === null && signalCode === null) {
      const gone = once(this.#child, "exit");
      process.kill(-pid, "SIGKILL");
      await gone;
    }
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

export class Page {
  readonly #browser: Browser;
  readonly #session: string;

  constructor(browser: Browser, session: string) {
    this.#browser = browser;
    this.#session = session;
  }

  async go(url: string, readiness: "complete" | "interactive"): Promise<void> {
    const { errorText } = await this.#send<{ errorText?: string }>("Page.navigate", { url });
    if (errorText !== undefined) throw new Error(`${url}: ${errorText}`);
    await until(`${url} has loaded`, async () => {
      const [state, at] = await this.run<[string, string]>("[document.readyState, location.href]");
      return (state === "complete" || readiness !== "complete") && at !== "about:blank";
    });
  }

  /** What an expression (or its promise) comes to in the page. */
  async run<T>(expression: string): Promise<T> {
    const params = { expression, awaitPromise: true, returnByValue: true, userGesture: true };
    const { result, exceptionDetails } = await this.#send<{
      result: { value: T };
      exceptionDetails?: { text: string; exception?: { description?: string } };
    }>("Runtime.evaluate", params);
    if (exceptionDetails === undefined) return result.value;
    throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
  }

  /** What can be read on it. */
  text(): Promise<string> {
    return this.run("document.body.innerText");
  }

  /** Presses the mouse in the middle of the element that a script's expression finds. */
  async click(expression: string): Promise<void> {
    const [x, y] = await this.run<[number, number]>(
      `(() => { const e = ${expression}; e.scrollIntoView(); const b = e.getBoundingClientRect(); return [b.x + b.width / 2, b.y + b.height / 2]; })()`,
    );
    for (const type of ["mousePressed", "mouseReleased"])
      await this.#send("Input.dispatchMouseEvent", { type, x, y, button: "left", clickCount: 1 });
  }

  /** As if the window were so large. */
  async resize(width: number, height: number): Promise<void> {
    await this.#send("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: 1, mobile: false });
  }

  #send<T>(method: string, params: object): Promise<T> {
    return this.#browser.send(method, params, this.#session);
  }
}
