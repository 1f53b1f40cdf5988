/**
 * A Procfile (`web: bundle exec …`) as foreman and Heroku run it: each line through a shell, PORT from 5000
 * in steps of 100, copies counted from there, `release` once before everything else, `.env` for everybody.
 * https://devcenter.heroku.com/articles/procfile, https://ddollar.github.io/foreman/
 */
import { parseEnvFile } from "../core/env-file.ts";
import { type Draft, ImportError, newDraft, newProgram, runIn, type Section, showOutput } from "./draft.ts";
import { shellCommand, withExec } from "./shell-command.ts";

export interface ProcfileChoices {
  /** Port of the first copy of the first line; null = PORT of .env, else 5000. */
  readonly port: number | null;
  /** Copies by name, `all` for those that are not named. */
  readonly formation: ReadonlyMap<string, number>;
  /** Text of the `.env` beside the file; null when there is none. */
  readonly env: string | null;
}

const line = /^([A-Za-z0-9_-]+):\s*(.+)$/;
const step = 100;
const usualPort = 5000;

export function importProcfile(text: string, choices: ProcfileChoices): Draft {
  const entries = text
    .split(/\r?\n/)
    .map((each) => line.exec(each.trim()))
    .filter((found) => found !== null)
    .map(([, name = "", command = ""]) => ({ name, command }));
  if (entries.length === 0) throw new ImportError("no line of it is NAME: COMMAND");
  const draft = newDraft();
  const strange = text.split(/\r?\n/).filter((each) => !/^\s*(#|$)/.test(each) && !line.test(each.trim()));
  for (const each of strange) draft.notes.push(`not carried over, for it is not NAME: COMMAND: ${each.trim()}`);
  const first = choices.port ?? portOf(choices.env, draft) ?? usualPort;
  const released = entries.some(({ name }) => name === "release");
  for (const name of choices.formation.keys())
    if (name !== "all" && !entries.some((entry) => entry.name === name))
      draft.notes.push(`--formation names ${name}, which is not in the Procfile`);
  let index = 0;
  for (const { name: wanted, command } of entries) {
    const port = first + step * index++;
    const { name, program } = newProgram(draft, wanted);
    const copies = choices.formation.get(wanted) ?? choices.formation.get("all") ?? 1;
    const release = wanted === "release";
    if (release) program.keys.set("type", "oneshot");
    setCommand(program, command, port, release ? 1 : copies);
    if (choices.env !== null) program.keys.set("env_file", ["%(here)s/.env"]);
    program.keys.set("directory", "%(here)s");
    program.keys.set("autorestart", !release);
    if (released && !release) program.keys.set("depends_on", { release: "completed" });
    if (copies === 0) {
      program.keys.set("autostart", false);
      program.notes.push(`the formation has no ${name}: it is started by hand`);
    }
    showOutput(program);
  }
  return draft;
}

function setCommand({ keys }: Section, command: string, port: number, copies: number): void {
  if (copies > 1) {
    const { script, shellStays } = withExec(command.trim());
    const counted = `export PORT=$((${port} + %(process_num)d)); ${script.replaceAll("%", "%%")}`;
    keys.set("command", ["/bin/sh", "-c", counted]);
    keys.set("numprocs", copies).set("process_name", "%(program_name)s_%(process_num)d");
    if (shellStays) keys.set("stopasgroup", true);
    return;
  }
  const { words, shellStays } = shellCommand(command);
  keys.set("command", runIn("%(here)s", words));
  keys.set("environment", { PORT: port });
  if (shellStays) keys.set("stopasgroup", true);
}

function portOf(env: string | null, draft: Draft): number | null {
  if (env === null) return null;
  try {
    const port = Number(parseEnvFile(env).get("PORT"));
    return Number.isInteger(port) && port > 0 ? port : null;
  } catch (error) {
    draft.notes.push(`.env ${error instanceof Error ? error.message : ""}: correct it, or no program will start`);
    return null;
  }
}
