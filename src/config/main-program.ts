/**
 * The command behind `--`, as an image's entrypoint is given it: one more program of the list, whose end is the end of
 * the container, with its exit code. A container is also given a socket and no files to write, unless the list says
 * otherwise. All of it becomes sections and keys of the document, as if they had been written there: what the list has
 * itself, in [program:main] too, stays, but for the command.
 */
import type { Document } from "./document.ts";
import { shellQuoted } from "./quoted.ts";
import { placePidfile, setKey, socketIn } from "./run-places.ts";

/** It starts after and stops before programs that have no priority of their own. */
const mainPriority = "1000";

/** `folder`: a place for the socket and the process id; null when nothing can be written anywhere. */
export function addMainProgram(document: Document, words: readonly string[], folder: string | null): void {
  const set = (section: string, key: string, value: string, always = false) =>
    setKey(document, section, key, value, always);
  const named = (prefix: string) => [...document.sections.keys()].some((name) => name.startsWith(prefix));
  set("supervisord", "logfile", "/dev/null");
  placePidfile(document, folder);
  if (folder !== null && !named("unix_http_server") && !named("inet_http_server")) {
    set("unix_http_server", "file", socketIn(folder));
    set("rpcinterface:supervisor", "supervisor.rpcinterface_factory", "supervisor.rpcinterface:make_main_rpcinterface");
  }
  const main = "program:main";
  set(main, "command", words.map((word) => shellQuoted(word).replaceAll("%", "%%")).join(" "), true);
  set(main, "priority", mainPriority);
  set(main, "autorestart", "false");
  set(main, "startsecs", "0");
  set(main, "startretries", "0");
  set(main, "on_exit", "shutdown");
  set(main, "on_fatal", "shutdown");
  set(main, "stdout_logfile", "/dev/stdout");
  set(main, "stdout_logfile_maxbytes", "0");
  set(main, "stderr_logfile", "/dev/stderr");
  set(main, "stderr_logfile_maxbytes", "0");
}
