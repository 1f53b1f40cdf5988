/**
 * Regular expressions that others have written, held to a time. Some need longer than the universe has
 * for a short line, and V8 stops them only where a script may be stopped: in `node:vm`, which is loaded
 * with the first one. A call costs 0.2 ms.
 */
import type { Context, Script } from "node:vm";

/** That long for all lines of one call. */
const limitMs = 30;
/** How often it is tried again where the machine had no time for us. */
const starvedTries = 30;

let engine: { readonly context: Context; readonly script: Script } | null = null;

export class Pattern {
  readonly #expression: RegExp;

  /** @throws SyntaxError for what is no regular expression */
  constructor(source: string) {
    this.#expression = new RegExp(source);
  }

  /** Whether it finds something in one of the lines; null when that took too long to tell. */
  findsIn(lines: readonly string[]): boolean | null {
    if (lines.length === 0) return false;
    if (engine === null) {
      const vm = process.getBuiltinModule("node:vm");
      const script = new vm.Script("lines.some((line) => expression.test(line))");
      engine = { context: vm.createContext({}), script };
    }
    Object.assign(engine.context, { lines, expression: this.#expression });
    // The time is the clock's: on a busy machine, or after a pause, it may be over before anything has been done.
    const before = process.threadCpuUsage();
    for (let tries = 0; ; tries++) {
      try {
        return engine.script.runInContext(engine.context, { timeout: limitMs });
      } catch {
        const { user, system } = process.threadCpuUsage(before);
        if ((user + system) / 1000 > limitMs / 2 || tries >= starvedTries) return null;
      }
    }
  }
}
