import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseDaemonFlags } from "../../src/config/flags.ts";
import { type Loaded, loadConfig } from "../../src/config/load.ts";
import type { Config, GroupSettings, HttpServerSettings, ProcessSettings } from "../../src/core/program.ts";
import type { ConfigCase } from "./corpus/case.ts";
import { corpus } from "./corpus.ts";
import { machine } from "./machine.ts";
import { askReference, type ReferenceAnswer, type ReferenceSettings } from "./reference.ts";

const root = mkdtempSync(join(tmpdir(), "spaced-config-"));
const env = { HOME: "/root", WORD: "word", NUM: "7", PATH: "/bin:/usr/bin" };
const directoryOf = new Map<ConfigCase, string>();
let answers: readonly ReferenceAnswer[] = [];

beforeAll(() => {
  corpus.forEach((item, index) => {
    const directory = join(root, String(index));
    directoryOf.set(item, directory);
    for (const [path, text] of Object.entries(item.files)) {
      mkdirSync(dirname(join(directory, path)), { recursive: true });
      writeFileSync(join(directory, path), text);
    }
  });
  answers = askReference(
    corpus.map((item) => ({
      argv: [...(item.flags ?? []), "-c", "main.conf"],
      env,
      cwd: directoryOf.get(item) ?? root,
    })),
  );
}, 120_000);

afterAll(() => rmSync(root, { recursive: true, force: true }), 120_000);

/** Lists that the reference takes by accident and we refuse on purpose, by what we say. */
const refusedOnPurpose = /is badly formatted: not enough arguments for format string/;
/** A text conversion without a name, which the reference replaces by a dump of its variables. */
const bareConversion = /%[-+ #0\d.]*[sra]/;

describe("a program list is read as the reference reads it", () => {
  test.each(corpus.map((item, index) => [item.name, item, index] as const))("%s", async (_name, item, index) => {
    const answer = answers[index];
    if (answer === undefined) throw new Error("the reference did not answer");
    const ours = await read(item);
    const onPurpose =
      "error" in ours && refusedOnPurpose.test(ours.error) && bareConversion.test(item.files["main.conf"] ?? "");
    if (!onPurpose) expect(ours).toEqual("error" in answer ? answer : settings(answer));
  });
});

/** What `main.conf` comes to, in the shape of the reference's answers. */
async function read(item: ConfigCase): Promise<{ error: string } | ReferenceSettings> {
  // Flags are checked in the directory of this process, which is not the list's: the corpus keeps to paths that exist in both or neither.
  const parsed = parseDaemonFlags([...(item.flags ?? []), "-c", "main.conf"]);
  if (parsed.type === "error") return { error: parsed.message };
  if (parsed.type !== "run") throw new Error(`unexpected ${parsed.type}`);
  return shown(await loadConfig("main.conf", parsed.flags, machine(directoryOf.get(item) ?? root, env)));
}

const settings = (answer: ReferenceSettings) => ({
  ...answer,
  daemon: { ...answer.daemon, logfile: answer.daemon.logfile === "syslog" ? null : answer.daemon.logfile },
});

function shown(loaded: Loaded): { error: string } | ReferenceSettings {
  if (!loaded.ok) return { error: loaded.message };
  const { daemon, servers, rpcInterfaces, groups, notes } = loaded.config;
  const { logFormat: _format, syslog: _syslog, ...others } = daemon;
  const { shutdownTimeoutMs: _timeout, exitCodeFrom: _from, watchConfig: _watch, ...last } = others;
  const { drainDelayMs: _drain, metrics: _metrics, logBudgetBytes: _budget, ...rest } = last;
  return {
    daemon: rest,
    servers: servers.map(shownServer),
    rpcInterfaces,
    groups: groups.map(shownGroup),
    warnings: referenceWarnings(notes),
    infos: notes.filter(({ level }) => level === "info").map(({ text }) => text),
  };
}

/** Ours begin with a file and a line. */
const referenceWarnings = (notes: Config["notes"]) =>
  notes.filter(({ level, text }) => level === "warn" && !/^\S+:\d+: /.test(text)).map(({ text }) => text);

function shownServer(server: HttpServerSettings) {
  const { type: _type, guests: _guests, ...rest } = server;
  if (server.type === "unix") return rest;
  const { allowedHosts: _allowed, ...known } = rest as typeof server;
  return known;
}

function shownGroup(group: GroupSettings) {
  const base = { ...group, processes: group.processes.map(shownProcess) };
  if (group.kind === "eventlistener") return { ...base, events: [...group.events].sort() };
  if (group.kind === "fcgi-program") {
    const { type: _type, ...socket } = group.socket;
    return { ...base, socket };
  }
  if (group.kind === "program") {
    // The reference gives members of a group no socket.
    const { sockets: _sockets, ...known } = { ...base, sockets: null };
    return known;
  }
  return base;
}

function shownProcess(process: ProcessSettings) {
  const { program: _program, logPassthrough: _passthrough, care: _care, inherited: _inherited, ...rest } = process;
  return rest;
}
