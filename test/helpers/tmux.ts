/**
 * A real terminal for a test: tmux with nothing of the user's settings, on a socket of its own. What is on its screen
 * can be read, keys pressed, its size changed, and its modes asked for.
 */
import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { until } from "./until.ts";

const execute = promisify(execFile);
const escapeMs = 100;

export interface TmuxOptions {
  readonly columns: number;
  readonly rows: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** `script`: for a shell; the terminal stays when it has ended. */
export async function openTmux(script: string, { columns, rows, env = {} }: TmuxOptions): Promise<Tmux> {
  const tmux = new Tmux(`spaced-${randomUUID()}`);
  const variables = Object.entries(env).flatMap(([name, value]) => ["-e", `${name}=${value}`]);
  const size = ["-x", String(columns), "-y", String(rows)];
  // One server command after the other: the size of a detached session is kept, and an Escape is not waited for.
  await tmux.command(
    "start-server",
    ";",
    "set",
    "-g",
    "status",
    "off",
    ";",
    "set",
    "-s",
    "escape-time",
    "0",
    ";",
    "set",
    "-g",
    "default-terminal",
    "tmux-256color",
    ";",
    "new-session",
    "-d",
    ...size,
    ...variables,
    `${script}\nexec sleep 1000`,
  );
  return tmux;
}

export class Tmux {
  readonly #name: string;

  constructor(name: string) {
    this.#name = name;
  }

  async command(...words: string[]): Promise<string> {
    const { stdout } = await execute("tmux", ["-L", this.#name, "-f", "/dev/null", ...words], {
      maxBuffer: 10_000_000,
    });
    return stdout;
  }

  /** As tmux names them: `Enter`, `Escape`, `C-c`, `x`. One after the other: an Escape right before a key is Alt. */
  async press(...keys: string[]): Promise<void> {
    for (const key of keys) {
      await this.command("send-keys", key);
      if (key === "Escape") await delay(escapeMs);
    }
  }

  async type(text: string): Promise<void> {
    await this.command("send-keys", "-l", text);
  }

  async resize(columns: number, rows: number): Promise<void> {
    await this.command("resize-window", "-x", String(columns), "-y", String(rows));
  }

  /** Its lines, without looks, those that were wrapped as one. */
  async screen(): Promise<string> {
    return await this.command("capture-pane", "-p", "-J");
  }

  /** The same with looks, as escape sequences. */
  async colours(): Promise<string> {
    return await this.command("capture-pane", "-p", "-e", "-N");
  }

  /** Waits until the screen has it; the screen then. */
  async shows(text: string | RegExp, limitMs = 15_000): Promise<string> {
    let last = "";
    try {
      return await until(
        `the screen shows ${text}`,
        async () => {
          last = await this.screen();
          return (typeof text === "string" ? last.includes(text) : text.test(last)) ? last : null;
        },
        limitMs,
        50,
      );
    } catch {
      throw new Error(`the screen does not show ${text}:\n${last}`);
    }
  }

  /** Of tmux's formats: `alternate_on`, `cursor_flag`, `mouse_any_flag`, … */
  async mode(name: string): Promise<string> {
    return (await this.command("display-message", "-p", `#{${name}}`)).trim();
  }

  async end(): Promise<void> {
    await this.command("kill-server").catch(() => "");
  }
}
