/** Whose, where and with what variables a unit's program runs, and where its output goes: systemd.exec(5). */
import { literal, showOutput } from "./draft.ts";
import type { Told } from "./systemd.ts";
import { specified, unitWords } from "./systemd-unit.ts";

export function setEnvironment({ section: { keys, notes }, unit, specifiers, exists }: Told): void {
  const variables: Record<string, string> = {};
  for (const text of unit.all("Service", "Environment").flatMap(unitWords)) {
    const equals = text.indexOf("=");
    if (equals > 0) variables[text.slice(0, equals)] = specified(text.slice(equals + 1), specifiers);
  }
  const files: string[] = [];
  for (const value of unit.all("Service", "EnvironmentFile")) {
    const optional = value.startsWith("-");
    const path = optional ? value.slice(1) : value;
    if (/[*?[]/.test(path)) notes.push(`not carried over: EnvironmentFile=${value}; name each file in env_file`);
    else if (optional && !exists(path))
      notes.push(`not carried over, for it is not there: EnvironmentFile=${value}; a file in env_file must be`);
    else files.push(specified(path, specifiers));
  }
  if (files.length > 0) keys.set("env_file", files);
  if (files.length > 0 && Object.keys(variables).length > 0)
    notes.push("environment goes over env_file here; with systemd it is the other way round");
  if (Object.keys(variables).length > 0) keys.set("environment", variables);
  unit.service("PassEnvironment");
}

export function setRights({ section: { keys, notes }, unit, specifiers }: Told): void {
  const user = unit.service("User");
  if (user !== null) keys.set("user", specified(user, specifiers));
  const group = unit.service("Group");
  if (group !== null && group !== (user ?? "root"))
    notes.push(`not carried over: Group=${group}; a program has the groups of its user`);
  const directory = unit.service("WorkingDirectory")?.replace(/^-/, "") ?? "/";
  keys.set("directory", directory === "~" ? specified("%h", specifiers) : specified(directory, specifiers));
  const umask = unit.service("UMask");
  if (umask !== null) keys.set("umask", literal(umask));
}

export function setOutput(told: Told): void {
  const { section, unit } = told;
  const out = unit.service("StandardOutput") ?? "journal";
  const error = unit.service("StandardError") ?? "inherit";
  showOutput(section);
  if (out !== "null") setStream(told, "stdout", out);
  else section.keys.delete("log_passthrough");
  if (error === "inherit" && section.keys.get("stdout_logfile") !== "NONE")
    section.keys.set("redirect_stderr", true).delete("stderr_logfile");
  else if (error !== "inherit" && error !== "null") setStream(told, "stderr", error);
}

function setStream(
  { section: { keys, notes }, specifiers, exists }: Told,
  stream: "stdout" | "stderr",
  target: string,
): void {
  const [, path] = /^(?:file|append|truncate):(.+)$/.exec(target) ?? [];
  if (path !== undefined) {
    keys.set(`${stream}_logfile`, specified(path, specifiers)).set(`${stream}_logfile_maxbytes`, 0);
    if (stream === "stdout") keys.delete("log_passthrough");
    const folder = path.replace(/\/[^/]*$/, "");
    if (folder !== "" && !exists(folder))
      notes.push(`the folder of its logs must be there before the daemon starts: mkdir -p ${folder}`);
  } else if (/^syslog/.test(target)) keys.set(`${stream}_syslog`, true);
  else if (!/^(journal|kmsg|inherit)(\+console)?$/.test(target)) notes.push(`not carried over: output to ${target}`);
}
