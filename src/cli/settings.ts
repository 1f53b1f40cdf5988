/** Where the daemon is and how to log in: from the flags, else from the list, else from where daemons are that were told nothing. */
import { dirname } from "node:path";
import { readControlSettings } from "../config/control.ts";
import { findConfigFile } from "../config/search.ts";
import { fromLauncher } from "../system/called.ts";
import { commands } from "./commands.ts";
import { type Flags, UsageError } from "./flags.ts";
import { parse } from "./interpreter.ts";

const unreachable = { serverUrl: "", username: null, password: null, historyFile: null, prompt: "", plugins: [] };

/** Throws `UsageError` when nothing sensible says where the daemon is, and the command needs one. */
export async function settingsOf(flags: Flags) {
  const program = process.env[fromLauncher.path] ?? process.argv[1] ?? "";
  // An empty name says that there is none: nothing is looked for.
  const file = flags.configFile === null ? findConfigFile(dirname(program), process.cwd()) : flags.configFile || null;
  const read = await readControlSettings(file);
  // What needs no daemon works on a file that says nothing, or nothing sensible, of how to reach one.
  const offline = flags.command !== null && commands.get(parse(flags.command).command)?.offline === true;
  // Nothing says where the daemon is: it may be where daemons are that were not told either.
  const lost = flags.configFile === null && (file === null || !read.ok);
  const placed = read.ok && read.settings.serverUrl === null;
  const folder = flags.serverUrl === null && (lost || placed) ? await import("../system/run-folder.ts") : null;
  const socket = folder === null ? null : (folder.findRunSocket() ?? (placed ? folder.usualSocket : null));
  if (!read.ok && !offline && socket === null) throw new UsageError(read.message);
  const settings = read.ok ? read.settings : unreachable;
  return {
    configFile: file,
    serverUrl: flags.serverUrl ?? (socket === null ? (settings.serverUrl ?? "") : `unix://${socket}`),
    username: flags.username ?? settings.username,
    password: flags.password ?? settings.password,
    historyFile: flags.historyFile ?? settings.historyFile,
    prompt: settings.prompt,
    plugins: settings.plugins,
    words: flags.words,
    interactive: flags.interactive || flags.command === null,
  };
}
