/**
 * The program that we run in, as one to start again: for the background, and for the small tasks that need a
 * process of their own. Plain Node takes a script for that; the single executable takes none, but acts by the name
 * that it is called by, and these are names that no link has.
 */
import { dataMark, tellModule } from "./module-data.ts";
import { type Steps, takeSteps } from "./steps.ts";

/** By the first word of the command line of the single executable. */
export const tasks = {
  /** Ends with status 127 at once. */
  fail: "spaced:fail",
  /** Changes something of itself and becomes a program: `takeSteps`. */
  become: "spaced:become",
  /** Prints what a file of JavaScript exports: `tellModule`. */
  evaluate: "spaced:evaluate",
} as const;

interface Command {
  readonly file: string;
  readonly argv: readonly string[];
}

const single = (): boolean => process.getBuiltinModule("node:sea").isSea();

/** This very program again, with the same arguments. */
export function sameAgain(): Command {
  const file = process.execPath;
  const words = process.argv.slice(1);
  return { file, argv: single() ? words : [file, ...process.execArgv, ...words] };
}

/** A process that ends with status 127, as one does that cannot become its program. */
export function failing(): Command {
  const file = process.execPath;
  return { file, argv: single() ? [tasks.fail] : [file, "-e", "process.exit(127)"] };
}

/** A process that prints what a file of JavaScript exports, as JSON behind `dataMark`. */
export function evaluating(script: string): Command {
  const file = process.execPath;
  const task = single() ? [tasks.evaluate] : [file, "-e", `(${tellModule.toString()})(process.argv.slice(1))`, "--"];
  return { file, argv: [...task, script, dataMark] };
}

/** A process that takes steps and then becomes a program. */
export function becoming(steps: Steps, program: Command): Command {
  const file = process.execPath;
  const script = `(${takeSteps.toString()})(process.argv.slice(1))`;
  const task = single() ? [tasks.become] : [file, "--disable-warning=ExperimentalWarning", "-e", script, "--"];
  return { file, argv: [...task, JSON.stringify(steps), program.file, ...program.argv] };
}
