/** What PM2 would run: interpreter, its arguments, script, arguments; how it counts ports up; whose variables it filters. */
import { split } from "shlex";
import { beside, literal, literals, runIn, type Section } from "./draft.ts";
import type { App } from "./pm2-app.ts";
import { shellCommand } from "./shell-command.ts";

const interpreters: Readonly<Record<string, string>> = {
  ".js": "node",
  ".cjs": "node",
  ".mjs": "node",
  ".ts": "node",
  ".sh": "bash",
  ".bash": "bash",
  ".py": "python3",
  ".rb": "ruby",
  ".php": "php",
  ".pl": "perl",
};

export function setCommand(
  app: App,
  { keys, notes }: Section,
  script: string,
  copies: number,
  variables: Map<string, string>,
): void {
  const given = app.list("args") ?? [];
  const written = Array.isArray(app.value("args"));
  const args = written ? given : given.flatMap(words);
  const flags = ["node_args", "interpreter_args", "exec_interpreter_args"].flatMap((key) =>
    (app.list(key) ?? []).flatMap(words),
  );
  if (app.flag("source_map_support") === true) flags.push("--enable-source-maps");
  const named = app.text("exec_interpreter", "interpreter");
  let command: readonly string[];
  if (named === null && /\s/.test(script) && args.length === 0 && flags.length === 0) {
    const { words: ready, shellStays } = shellCommand(script);
    if (shellStays) keys.set("stopasgroup", true);
    command = ready;
  } else {
    const interpreter = interpreterOf(named, script);
    const start = interpreter === null ? [] : [interpreter, ...flags];
    if (interpreter === null && flags.length > 0)
      notes.push(`not carried over, without an interpreter: ${flags.join(" ")}`);
    if (named === null && interpreter === "node" && mayBeBinary(script))
      notes.push(`${script} is run by node, as by PM2 if it is no binary; for one, leave the node out`);
    command = literals([...start, script, ...args]);
  }
  const directory = beside(app.text("cwd") ?? ".");
  command = withoutVariables(app, runIn(directory, command));
  keys.set("command", counted(app, command, copies, variables));
  keys.set("directory", directory);
}

/** null: none is needed. */
function interpreterOf(named: string | null, script: string): string | null {
  if (named !== null) return named === "none" ? null : named;
  const [extension = ""] = /\.[a-z]+$/i.exec(script.split("/").pop() ?? "") ?? [];
  // A bare word is found on the PATH (`npm`); other files without a known ending are taken for JavaScript, as PM2 does.
  if (extension === "" && !script.includes("/")) return null;
  return interpreters[extension.toLowerCase()] ?? (script.startsWith("/") && extension === "" ? null : "node");
}

/** PM2 looks into the file, which need not be here. What npm installs is JavaScript. */
const mayBeBinary = (script: string): boolean =>
  !/\.[a-z]+$/i.test(script.split("/").pop() ?? "") && !script.includes("node_modules/");

function words(text: string): string[] {
  try {
    return split(text);
  } catch {
    return text.split(/\s+/).filter((word) => word !== "");
  }
}

/** `increment_var: PORT`: each copy has its number added. */
function counted(
  app: App,
  command: readonly string[],
  copies: number,
  variables: Map<string, string>,
): readonly string[] {
  const name = app.text("increment_var");
  if (name === null || copies === 1) return command;
  const start = Number(variables.get(name) ?? Number.NaN);
  if (!Number.isInteger(start) || !/^[A-Za-z_]\w*$/.test(name)) {
    app.notes.push(`not carried over: increment_var: ${name}, for there is no number in env to count from`);
    return command;
  }
  variables.delete(name);
  const script = `export ${name}=$((${start} + %(process_num)d)); exec "$@"`;
  return ["/bin/sh", "-c", script, "sh", ...command];
}

function withoutVariables(app: App, command: readonly string[]): readonly string[] {
  const filter = app.value("filter_env");
  if (filter === undefined || filter === false) return command;
  if (!Array.isArray(filter)) {
    app.notes.push("filter_env is carried over for a list of names only: the program gets all variables of the daemon");
    return command;
  }
  app.notes.push("filter_env filters these names, not all that begin with them");
  return ["/usr/bin/env", ...filter.flatMap((name) => ["-u", literal(String(name))]), ...command];
}
