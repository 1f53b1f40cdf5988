import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { noFlags } from "../../src/config/flags.ts";
import { loadConfig } from "../../src/config/load.ts";
import { options, optionsOf, type SectionKind } from "../../src/config/options.ts";
import { sampleFile } from "../../src/config/sample.ts";
import { newDirectory } from "../helpers/daemon.ts";
import { machine } from "./machine.ts";
import { askReference } from "./reference.ts";

let directory: string;
beforeEach(() => {
  directory = newDirectory();
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function write(text: string): string {
  const file = join(directory, "supervisord.conf");
  writeFileSync(file, text);
  return file;
}

describe("the sample", () => {
  test("is a program list without a complaint, with nothing to run and every default", async () => {
    const loaded = await loadConfig(write(sampleFile()), noFlags, machine(directory));
    expect(loaded).toMatchObject({ ok: true, complaints: [], config: { groups: [], rpcInterfaces: ["supervisor"] } });
  });

  test("is the same list for the reference", async () => {
    const file = write(sampleFile());
    const loaded = await loadConfig(file, noFlags, machine(directory));
    const [answer] = askReference([{ argv: ["-c", file], env: {}, cwd: directory }]);
    if (!loaded.ok || answer === undefined || "error" in answer) throw new Error(JSON.stringify([loaded, answer]));
    expect(answer).toMatchObject({ groups: [], rpcInterfaces: ["supervisor"], warnings: [], infos: [] });
    expect(answer.daemon.logfile).toBe(loaded.config.daemon.logfile);
    expect(answer.daemon.pidfile).toBe(loaded.config.daemon.pidfile);
    expect(answer.servers).toMatchObject([{ section: "unix_http_server", path: "/tmp/supervisor.sock" }]);
    expect(loaded.config.servers).toMatchObject(answer.servers);
  });

  test("says every key that supervisord knows, once", () => {
    const sections = new Map<string, string[]>();
    let keys: string[] = [];
    for (const line of sampleFile().split("\n")) {
      const [, header] = /^;?\[([a-z_-]+)/.exec(line) ?? [];
      const [, key] = /^;?([a-z_.]+) ?=/.exec(line) ?? [];
      if (header !== undefined) {
        keys = [];
        sections.set(header, keys);
      } else if (key !== undefined) keys.push(key);
    }
    const shared = new Set(Object.keys(options.program));
    for (const kind of Object.keys(options) as SectionKind[]) {
      // It has no plugins, and what is ours is not in it.
      if (kind === "ctlplugin" || kind === "log_target") continue;
      const own = Object.keys(optionsOf(kind)).filter((key) => optionsOf(kind)[key]?.ours === undefined);
      const asProgram = kind === "eventlistener" || kind === "fcgi-program";
      const wanted = asProgram ? own.filter((key) => key === "command" || !shared.has(key)) : own;
      expect([kind, sections.get(kind)]).toEqual([kind, wanted]);
    }
  });

  test("has examples that are accepted when their semicolons are taken away", async () => {
    const withValue = sampleFile().replace(/^;(\[|[a-z_.]+ ?= ?[^ ])/gm, "$1");
    const real = withValue
      .replace("programs=progname1,progname2", "programs=theprogramname")
      .replaceAll("=nobody", "=root");
    const loaded = await loadConfig(write(real), noFlags, machine(directory));
    expect(loaded.complaints.filter(({ severity }) => severity === "error")).toEqual([]);
    expect(loaded.complaints.filter(({ message }) => message.startsWith("unknown"))).toEqual([]);
    if (!loaded.ok) throw new Error(loaded.message);
    const names = ["theeventlistenername", "thefcgiprogramname", "thegroupname"];
    expect(loaded.config.groups.map(({ name }) => name).sort()).toEqual(names);
  });

  test("keeps the lines that image builds look for with sed", () => {
    const sample = sampleFile();
    for (const line of [
      /^nodaemon=false /m,
      /^file=\/tmp\/supervisor\.sock /m,
      /^logfile=\/tmp\/supervisord\.log /m,
      /^;\[inet_http_server\]$/m,
      /^;port=127\.0\.0\.1:9001 /m,
      /^;\[include\]$/m,
      /^;files = relative\/directory\/\*\.ini/m,
    ])
      expect(sample).toMatch(line);
  });
});
