import { describe, expect, test } from "vitest";
import { importSupervisord } from "../../src/convert/supervisord.ts";
import { yamlText } from "../../src/convert/yaml-text.ts";
import type { Config } from "../../src/core/program.ts";
import { corpus } from "../config/corpus.ts";
import { config, load, write } from "../config/files.ts";

const meaning = ({ daemon, servers, groups }: Config) => ({ daemon, servers, groups });
const imported = (text: string): string => yamlText(importSupervisord(text, "x.conf"));

describe("an imported supervisord.conf", () => {
  test("means what the ini file means, over the corpus of the dialect", async () => {
    const differing: string[] = [];
    let compared = 0;
    for (const [index, { name, files }] of corpus.entries()) {
      const [text] = Object.values(files);
      // Of one key with one value after the other, a part will do.
      if (/^(program|supervisord) key /.test(name) && index % 12 > 0) continue;
      if (typeof text !== "string" || Object.keys(files).length > 1) continue;
      write("a/s.conf", text);
      const ini = await load("a/s.conf");
      if (!ini.ok) continue;
      const after = imported(text);
      // A second server of a kind has no place in YAML, which is said.
      if (after.includes("YAML has one such section")) continue;
      compared++;
      write("a/s.yaml", after);
      const yaml = await load("a/s.yaml");
      const before = JSON.stringify(meaning(ini.config));
      const meant = yaml.ok ? JSON.stringify(meaning(yaml.config)) : yaml.message;
      if (meant !== before) differing.push(`${index} ${name}\n${text}\n${after}\n${before}\n${meant}`);
    }
    expect(differing).toEqual([]);
    expect(compared).toBeGreaterThan(100);
  });

  test("keeps expansions as they are written, listeners, fcgi programs and includes", () => {
    const text = imported(
      '[supervisord]\n[program:p]\ncommand=%(ENV_BIN)s/x\nenvironment=A="%(ENV_B)s",C=d\n[eventlistener:e]\ncommand=x\n' +
        "events=TICK_5,PROCESS_STATE\n[fcgi-program:f]\ncommand=y\nsocket=tcp://:9000\n[include]\nfiles=conf.d/*.conf more.ini\n",
    );
    expect(text).toContain('command: "%(ENV_BIN)s/x"');
    expect(text).toContain('A: "%(ENV_B)s"');
    expect(text).toContain("events: [TICK_5, PROCESS_STATE]");
    expect(text).toMatch(/fcgi_programs:\n {2}f:/);
    expect(text).toContain('files: ["conf.d/*.conf", more.ini]');
    expect(text).toContain("# included files stay as they are; import them one by one: conf.d/*.conf more.ini");
  });

  test("says what is lost: comments, unknown keys and sections, plugins", () => {
    const text = imported(
      "; why\n[supervisord]\n[program:p]\ncommand=x\ncomand=y\n[wrong]\na=b\n[ctlplugin:z]\nsupervisor.ctl_factory=a:b\n",
    );
    expect(text).toContain("# the comments of the ini file are not carried over");
    expect(text).toContain("# not carried over, for nobody knows the key: comand=y");
    expect(text).toContain("# [wrong] is not carried over: nobody knows it");
    expect(text).toContain("# [ctlplugin:z] is not carried over: plugins in Python are not loaded");
  });

  test("suggests log_passthrough for /dev/stdout, and leaves it as it is", async () => {
    const text = imported(
      "[supervisord]\n[program:p]\ncommand=x\nstdout_logfile=/dev/stdout\nstdout_logfile_maxbytes=0\n",
    );
    expect(text).toContain("# log_passthrough: true would show each line");
    const [group] = (await config("dev.yaml", text)).groups;
    expect(group?.processes[0]?.stdout).toMatchObject({ log: { path: "/dev/stdout" }, maxBytes: 0 });
  });
});
