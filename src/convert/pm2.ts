/**
 * PM2's ecosystem file, as data, in our keys: what PM2 does without being asked (SIGINT to the whole tree and
 * 1.6 s for it, a restart after every exit, 16 short runs and no more) is written down, so that it stays.
 * https://pm2.keymetrics.io/docs/usage/application-declaration/ and PM2's lib/API/schema.json
 */
import { type Draft, type Facts, ImportError, literal, newDraft, newProgram, sectionOf } from "./draft.ts";
import { App } from "./pm2-app.ts";
import { setCommand } from "./pm2-command.ts";
import { setLife } from "./pm2-life.ts";
import { setLogs } from "./pm2-logs.ts";

export interface Pm2Choices {
  /** Of `--env production`: the variables of `env_production` go over those of `env`. */
  readonly env: string | null;
}

/** `data` is the file's content: `{apps: […]}`, a list of apps, or one app. */
export function importPm2(data: unknown, choices: Pm2Choices, facts: Facts): Draft {
  const apps = appsOf(data);
  if (apps.length === 0) throw new ImportError("there are no apps in it");
  const draft = newDraft();
  for (const [index, app] of apps.entries()) {
    if (!isRecord(app)) draft.notes.push(`app ${index} is not carried over: it is no map`);
    else addProgram(draft, new App(app), choices, facts);
  }
  if (isRecord(data)) {
    const others = Object.keys(data).filter((key) => Array.isArray(data.apps) && key !== "apps");
    for (const key of others) draft.notes.push(`not carried over: ${key}${key === "deploy" ? " (of pm2 deploy)" : ""}`);
  }
  if ((draft.named.get("programs")?.size ?? 0) === 0) throw new ImportError("no app of it can be run");
  return draft;
}

function appsOf(data: unknown): readonly unknown[] {
  if (Array.isArray(data)) return data;
  if (!isRecord(data)) return [];
  if (Array.isArray(data.apps)) return data.apps;
  if (isRecord(data.apps)) return [data.apps];
  return data.script === undefined && data.cmd === undefined ? [] : [data];
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function addProgram(draft: Draft, app: App, { env }: Pm2Choices, facts: Facts): void {
  const script = app.text("script", "cmd", "command", "exec");
  if (script === null) {
    draft.notes.push(`an app without a script is not carried over: ${app.text("name") ?? "it has no name"}`);
    return;
  }
  const base = script.split(/\s/, 1)[0]?.split("/").pop() ?? "";
  const wanted = app.text("name") ?? base.replace(/\.[^.]+$/, "");
  const { name, program } = newProgram(draft, wanted);
  const copies = copiesOf(app, facts);
  const variables = variablesOf(app, env);
  setCommand(app, program, script, copies, variables);
  if (copies > 1) {
    program.keys.set("numprocs", copies).set("process_name", "%(program_name)s_%(process_num)d");
    const instance = app.text("instance_var") ?? "NODE_APP_INSTANCE";
    variables.set(instance, "%(process_num)d");
  } else app.text("instance_var");
  if (variables.size > 0) program.keys.set("environment", Object.fromEntries(variables));
  setLife(app, program);
  setLogs(app, program, copies, facts);
  const group = app.text("namespace");
  if (group !== null && group !== "default") joinGroup(draft, group, name);
  program.notes.push(...app.notes, ...app.unread().map((key) => `not carried over: ${key}${app.shown(key)}`));
}

/** A group of ours takes each of its programs once. */
function joinGroup(draft: Draft, wanted: string, program: string): void {
  const { keys } = sectionOf(draft, "groups", wanted.replace(/[\s:/%]+/g, "-"));
  const members = keys.get("programs");
  keys.set("programs", [...(Array.isArray(members) ? members : []), program]);
}

function copiesOf(app: App, { processors }: Facts): number {
  const given = app.value("instances");
  const mode = app.text("exec_mode");
  const text = given === undefined || given === null ? "1" : String(given);
  const number = text === "max" ? 0 : Number.parseInt(text, 10);
  const copies = Number.isNaN(number) ? 1 : number > 0 ? number : Math.max(1, processors + number);
  if (number <= 0)
    app.notes.push(`instances: ${text} is ${copies} here, by the ${processors} processors of this machine`);
  // Without a mode, a number of instances means cluster mode to PM2.
  const cluster = mode?.startsWith("cluster") || (mode === null && given !== undefined && copies > 1);
  if (cluster && copies > 1)
    app.notes.push(
      "cluster mode is not carried over: the copies do not share a listening socket. Give each a port of its own " +
        "(by NODE_APP_INSTANCE), or listen with {reusePort: true}",
    );
  return copies;
}

function variablesOf(app: App, env: string | null): Map<string, string> {
  const variables = new Map<string, string>();
  const add = (values: unknown): void => {
    if (!isRecord(values)) return;
    for (const [name, value] of Object.entries(values)) {
      if (value === undefined || value === null || name.includes("=")) continue;
      variables.set(name, literal(typeof value === "object" ? JSON.stringify(value) : String(value)));
    }
  };
  add(app.value("env"));
  const others = app.keys().filter((key) => /^env_./.test(key) && key !== "env_file");
  for (const key of others) {
    const values = app.value(key);
    if (key === `env_${env}`) add(values);
    else app.notes.push(`${key} is not carried over: import with --env ${key.slice(4)} for it`);
  }
  if (env !== null && !others.includes(`env_${env}`)) app.notes.push(`there is no env_${env}`);
  return variables;
}
