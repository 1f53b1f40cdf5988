/**
 * `doctor [--json]`: what this container permits, what follows from it, and what of the program list cannot work
 * here. Needs no daemon; where one answers, the facts are those of its process. Exit status 1 if something
 * that is asked for cannot work, 2 if the program list has errors.
 */
import { asLogTargets } from "../../client/log-targets.ts";
import { struct } from "../../client/replies.ts";
import { placeOfKey } from "../../config/document.ts";
import { noFlags } from "../../config/flags.ts";
import { type Loaded, loadConfig } from "../../config/load.ts";
import { asUser, type ContainerFacts } from "../../core/container-facts.ts";
import { diagnose, type Finding, finding } from "../../core/diagnosis.ts";
import { diagnoseList } from "../../core/diagnosis-list.ts";
import { diagnoseTargets, type LookedAtTarget } from "../../core/diagnosis-targets.ts";
import type { ChannelSettings, Config } from "../../core/program.ts";
import * as accounts from "../../system/accounts.ts";
import { containerFacts, threadsOf, type WantedPlace } from "../../system/container-facts.ts";
import { findExecutable } from "../../system/executable.ts";
import { commandLine } from "../../system/process-tree.ts";
import { doctorPage } from "../doctor-page.ts";
import { printJson } from "../listing.ts";
import { words } from "../names.ts";
import { exitStatus, type Session } from "../session.ts";
import { surroundings } from "../surroundings.ts";

/** A daemon that takes longer is not asked. */
const patienceMs = 3000;
const plainly = { type: "parsed", value: { json: false } } as const;
const defaultPath = "/bin:/usr/bin:/usr/local/bin";

export async function run(session: Session, argument: string): Promise<undefined> {
  const given = words(argument);
  const parsed = given.length === 0 ? plainly : (await import("../arguments.ts")).parseDoctor(given);
  if (parsed.type === "shown") session.out.write(parsed.text);
  else if (parsed.type === "refused") session.fail(parsed.text, exitStatus.invalidArguments);
  else await examine(session, parsed.value.json);
}

async function examine(session: Session, json: boolean): Promise<void> {
  session.machineReadable = json;
  const loaded = session.configFile === null ? null : await read(session.configFile);
  const answering = await answeringDaemon(session);
  const daemon = answering === "elsewhere" ? null : answering;
  const list = loaded?.ok ? loaded.config : null;
  const facts = containerFacts(daemon, list === null ? [] : placesOf(list));
  const settled = daemon === null && list !== null ? settle(facts, list) : facts;
  const targets = daemon === null ? [] : diagnoseTargets(await logTargets(session));
  const findings = [...diagnose(settled, daemon !== null), ...targets, ...listFindings(session, loaded, settled)];
  session.status = statusOf(loaded, findings);
  if (json) printJson(session, { daemon, ok: session.status === exitStatus.ok, findings, facts: settled });
  else
    session.out.write(
      doctorPage(headingOf(settled, answering, session.configFile), findings, process.stdout.columns ?? 80),
    );
}

const read = (file: string): Promise<Loaded> => loadConfig(file, noFlags, surroundings());

/** Its pid; null when none answers. */
async function answeringDaemon(session: Session): Promise<number | "elsewhere" | null> {
  try {
    const pid = await session.client.call("supervisor.getPID", [], patienceMs);
    return typeof pid === "number" && /spaced|supervisord/.test(commandLine(pid)) ? pid : "elsewhere";
  } catch {
    return null;
  }
}

/** Those of the daemon that answers; none of one that knows nothing of them. */
async function logTargets(session: Session): Promise<readonly LookedAtTarget[]> {
  try {
    return asLogTargets(struct(await session.client.call("spaced.overview", [], patienceMs)));
  } catch {
    return [];
  }
}

/** A daemon that is told to give up root will have done so when it starts programs. */
function settle(facts: ContainerFacts, { daemon: { uid } }: Config): ContainerFacts {
  if (uid === null || uid === facts.identity.uid || facts.identity.uid !== 0) return facts;
  const account = accounts.user(String(uid));
  if (account === null) return facts;
  return asUser(facts, { uid, gid: account.gid, groups: accounts.groups(account), name: account.name });
}

function listFindings(session: Session, loaded: Loaded | null, facts: ContainerFacts): Finding[] {
  if (loaded === null)
    return [
      finding("program list", "note", "none is given, and none is where the daemon looks", {
        fix: "spacectl -c FILE doctor",
      }),
    ];
  if (!loaded.ok)
    return [
      finding("program list", "fail", loaded.message.replaceAll(/\s*\n\s*/g, " "), {
        fix: `spacectl check ${session.configFile} shows all that is wrong with it`,
      }),
    ];
  return diagnoseList(loaded.config, facts, {
    place: (section, key) => placeOfKey(loaded.document, section, key),
    threadsOf,
    commandTrouble({ command, environment, directory }) {
      const path = environment.PATH ?? (process.env.PATH || defaultPath);
      // A relative one is found from the directory that it is started in.
      if (directory !== null && /^\.{0,2}[^/\s]*\//.test(command) && !command.startsWith("/")) return null;
      const found = findExecutable(command, path);
      return found.ok ? null : found.why;
    },
  });
}

/** Everything that the daemon will want to write. */
function placesOf({ daemon, servers, groups }: Config): WantedPlace[] {
  const wanted = new Map<string, string>();
  const want = (path: string | null, purpose: string) => {
    if (path !== null && !path.startsWith("/dev/") && !wanted.has(path)) wanted.set(path, purpose);
  };
  want(daemon.syslog ? null : daemon.logfile, "[supervisord] logfile");
  want(daemon.pidfile, "[supervisord] pidfile");
  for (const server of servers) if (server.type === "unix") want(server.path, `the socket of [${server.section}]`);
  const processes = groups.flatMap((group) => group.processes);
  const logOf = ({ log }: ChannelSettings) =>
    log.type === "file" ? log.path : log.type === "auto" ? daemon.childLogDir : null;
  for (const { name, stdout, stderr, redirectStderr } of processes) {
    want(logOf(stdout), `the stdout of ${name}`);
    if (!redirectStderr) want(logOf(stderr), `the stderr of ${name}`);
  }
  return [...wanted].map(([path, purpose]) => ({ path, purpose }));
}

function statusOf(loaded: Loaded | null, findings: readonly Finding[]): number {
  if (loaded !== null && !loaded.ok) return exitStatus.invalidArguments;
  return findings.some(({ level }) => level === "fail") ? exitStatus.generic : exitStatus.ok;
}

function headingOf(
  { identity: { name, uid } }: ContainerFacts,
  daemon: number | "elsewhere" | null,
  file: string | null,
): string {
  const who = name === null ? `uid ${uid}` : name;
  const list = file === null ? "" : `${typeof daemon === "number" ? "," : ""} and what ${file} asks for`;
  if (typeof daemon === "number")
    return `What this container permits the daemon, which is pid ${daemon} and runs as ${who}${list}.`;
  const answer =
    daemon === null ? "No daemon answers." : "The daemon that answers is in another container: ask there for its own.";
  return `What this container permits ${name === null ? "" : "the user "}${who}${list}. ${answer}`;
}
