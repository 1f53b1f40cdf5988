/** The words around what programs are asked for, on the screen and on the page alike. Pure. */
import type { RemoteProgram } from "../../client/overview.ts";
import { plural } from "../text/figures.ts";
import type { Request } from "./effects.ts";
import { displayName } from "./state.ts";

export type Verb = Request["type"];

/** While it is done. */
export const doing: Readonly<Record<Verb, string>> = {
  start: "starting",
  stop: "stopping",
  restart: "restarting",
  clear: "clearing the logs of",
  signal: "signalling",
  stdin: "writing to",
};

/** What may hurt is asked about first. */
export const questions = {
  stop: (what: string) => `Stop ${what}?`,
  restart: (what: string) => `Restart ${what}?`,
  clear: (what: string) => `Empty the logs of ${what}?`,
};

/** What may be sent, with what it is for. */
export const signals: readonly (readonly [name: string, purpose: string])[] = [
  ["HUP", "reload, for most servers"],
  ["USR1", "as the program likes"],
  ["USR2", "as the program likes"],
  ["INT", "as Ctrl-C does"],
  ["QUIT", "end gracefully, or with a core"],
  ["TERM", "end"],
  ["STOP", "stand still"],
  ["CONT", "go on"],
  ["WINCH", "end workers, for some servers"],
  ["KILL", "die at once"],
];

/** One program by its name, more by their number. */
export const naming = (programs: readonly Pick<RemoteProgram, "group" | "name">[]): string => {
  const [only] = programs;
  return only !== undefined && programs.length === 1 ? displayName(only) : plural(programs.length, "program");
};
