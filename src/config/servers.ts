/** The control servers, `[inet_http_server*]` then `[unix_http_server*]`, and the RPC interfaces. */
import type { HttpServerSettings } from "../core/program.ts";
import { readAccess, warnOfLockedOut } from "./access.ts";
import type { Section } from "./document.ts";
import { importRefusal, refersTo } from "./groups.ts";
import { afterColon } from "./programs.ts";
import { strip } from "./python.ts";
import { type Evaluation, SectionReader } from "./section-reader.ts";

export function readServers(evaluation: Evaluation): HttpServerSettings[] {
  const sections = [...evaluation.document.sections.values()];
  const of = (prefix: string) => sections.filter(({ name }) => name.startsWith(prefix));
  const servers = [
    ...of("inet_http_server").map((section) => inetServer(section, evaluation)),
    ...of("unix_http_server").map((section) => unixServer(section, evaluation)),
  ].filter((server) => server !== null);
  warnOfLockedOut(servers, sections, evaluation);
  return servers;
}

function inetServer(section: Section, evaluation: Evaluation): HttpServerSettings | null {
  const reader = new SectionReader("inet_http_server", section, [evaluation.environment], evaluation);
  const access = readAccess(section, evaluation);
  const address = reader.read("port");
  if (reader.entry("port") === undefined) {
    reader.refuse(`section [${section.name}] has no port value`, { hint: "for example port=127.0.0.1:9001" });
  }
  const allowedHosts = reader.read("allowed_hosts").map((name) => name.toLowerCase());
  return address === null ? null : { type: "inet", section: section.name, ...address, allowedHosts, ...access };
}

function unixServer(section: Section, evaluation: Evaluation): HttpServerSettings | null {
  // Only the file may say %(here)s.
  const local = new Map([["here", evaluation.here]]);
  const reader = new SectionReader("unix_http_server", section, [local, evaluation.environment], evaluation);
  const file = reader.expanded("file");
  if (reader.entry("file") === undefined) {
    reader.refuse(`section [${section.name}] has no file value`, { hint: "for example file=/run/supervisor.sock" });
  }
  local.clear();
  const { paths } = evaluation.machine;
  const path = paths.absolute(paths.expandUser(strip(file ?? "")));
  const access = readAccess(section, evaluation);
  const owner = reader.read("chown");
  const mode = reader.read("chmod");
  return file === null
    ? null
    : {
        type: "unix",
        section: section.name,
        path,
        mode,
        uid: owner?.uid ?? null,
        gid: owner?.gid ?? null,
        ...access,
      };
}

const factoryKey = "supervisor.rpcinterface_factory";

/** Names of the `[rpcinterface:x]` sections. */
export function readInterfaces(evaluation: Evaluation): string[] {
  const names: string[] = [];
  for (const section of evaluation.document.sections.values()) {
    if (!section.name.startsWith("rpcinterface:")) continue;
    const reader = new SectionReader("rpcinterface", section, [evaluation.environment], evaluation);
    const factory = reader.expanded(factoryKey);
    const hint = `${factoryKey} = supervisor.rpcinterface:make_main_rpcinterface`;
    if (reader.entry(factoryKey) === undefined) {
      reader.refuse(`section [${section.name}] does not specify a ${factoryKey}`, { hint });
    } else if (factory !== null && !refersTo(factory, "supervisor.rpcinterface", "make_main_rpcinterface")) {
      reader.refuse(importRefusal(factory, section.name), {
        key: factoryKey,
        hint: `plugins are not loaded: remove the section, or write ${hint}`,
      });
    }
    reader.expandOthers();
    names.push(afterColon(section.name));
  }
  return names;
}
