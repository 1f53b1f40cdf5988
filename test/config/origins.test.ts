/** What a process is told by its list, key by key, and where each of them stands. */
import { join } from "node:path";
import { expect, test } from "vitest";
import { noFlags } from "../../src/config/flags.ts";
import { loadConfig } from "../../src/config/load.ts";
import { settingsOf } from "../../src/config/origins.ts";
import { Scales } from "../../src/config/scales.ts";
import { same } from "../../src/core/changes.ts";
import type { Config, ProcessSettings } from "../../src/core/program.ts";
import { config, folder, write } from "./files.ts";
import { machine } from "./machine.ts";

function process({ groups }: Config, name: string): ProcessSettings {
  const found = groups.flatMap(({ processes }) => processes).find((each) => each.name === name);
  if (found === undefined) throw new Error(`no process ${name}`);
  return found;
}

/** `key=value FILE:LINE`, the file without the test's folder. */
const told = (list: Config, name: string): string[] =>
  settingsOf(process(list, name)).map(({ key, value, source, line }) => {
    const from = source.replace(`${folder}/`, "");
    return `${key}=${value} ${line === null ? from : `${from}:${line}`}`;
  });

test("each key is told in the order of the file, with its line; what nobody knows or has set is not", async () => {
  const list = await config(
    "a.conf",
    "[supervisord]\n\n[program:a]\ncommand = sleep 1 ; now\nnobodys=1\nstartsecs: 5\n",
  );
  expect(told(list, "a")).toEqual(["command=sleep 1 a.conf:4", "startsecs=5 a.conf:6"]);
});

test("a value that goes on in the next lines stands where its key does", async () => {
  const list = await config("a.conf", "[supervisord]\n[program:a]\ncommand=\n  sleep\n  10\nexitcodes=0,\n  2\n");
  expect(told(list, "a")).toEqual(["command=\nsleep\n10 a.conf:3", "exitcodes=0,\n2 a.conf:6"]);
});

test("of a key that is written twice the last one is told, also when the section is", async () => {
  const list = await config("a.conf", "[supervisord]\n[program:a]\ncommand=x\nstartsecs=1\n[program:a]\nstartsecs=2\n");
  expect(told(list, "a")).toEqual(["command=x a.conf:3", "startsecs=2 a.conf:6"]);
});

test("an included file is named, and what stands in [DEFAULT] is told of every section that does not say it itself", async () => {
  write("more/b.ini", "[program:b]\ncommand=y\n[program:a]\nstartretries=9\n");
  const text =
    "[supervisord]\n[include]\nfiles=more/*.ini\n[DEFAULT]\nstartsecs=7\nport=1\n[program:a]\ncommand=x\nstartsecs=8\n";
  const list = await config("a.conf", text);
  expect(told(list, "a")).toEqual(["command=x a.conf:8", "startsecs=8 a.conf:9", "startretries=9 more/b.ini:4"]);
  expect(told(list, "b")).toEqual(["command=y more/b.ini:2", "startsecs=7 a.conf:5"]);
  expect(settingsOf(process(list, "b")).map(({ section }) => section)).toEqual(["program:b", "DEFAULT"]);
});

test("each copy is told its own values", async () => {
  const keys = `process_name=%(program_name)s-%(process_num)d
numprocs=2
numprocs_start=4
priority=%(ENV_NUM)s
environment=PORT="80%(process_num)d",HUSH="%(ENV_WORD)s"
stdout_logfile=${folder}/%(process_num)d.log
memory_limit=%(process_num)dMB
healthcheck_http=http://me:word@localhost:80%(process_num)d/up`;
  const list = await config("a.conf", `[supervisord]\n[program:a]\ncommand=x %(ENV_PORT)s\n${keys}\n`);
  const of = (n: number) => [
    `command=x 80${n} a.conf:3`,
    `process_name=a-${n} a.conf:4`,
    "numprocs=2 a.conf:5",
    "numprocs_start=4 a.conf:6",
    "priority=7 a.conf:7",
    "environment=PORT, HUSH a.conf:8",
    `stdout_logfile=${n}.log a.conf:9`,
    `memory_limit=${n}MB a.conf:10`,
    `healthcheck_http=http://…@localhost:80${n}/up a.conf:11`,
  ];
  expect(told(list, "a-4").map((line) => line.replace(`=${folder}/`, "="))).toEqual(of(4));
  expect(told(list, "a-5").map((line) => line.replace(`=${folder}/`, "="))).toEqual(of(5));
});

test("in YAML the place in the map is told as well, and of variables the names", async () => {
  const yaml = `programs:
  a:
    command: [sleep, "a b"]
    stdout:
      logfile: NONE
    stderr_logfile: NONE
    environment: {A: secret-a, B: secret-b}
    depends_on:
      b: started
    secrets: {C: /run/c}
  b: {command: y, environment: [D=secret-d]}
`;
  const list = await config("a.yaml", yaml);
  expect(told(list, "a")).toEqual([
    "command=sleep 'a b' a.yaml:3",
    "stdout_logfile=NONE a.yaml:5",
    "stderr_logfile=NONE a.yaml:6",
    "environment=A, B a.yaml:7",
    "depends_on=b:started a.yaml:8",
    "secrets=C=/run/c a.yaml:10",
  ]);
  expect(told(list, "b")).toEqual(["command=y a.yaml:11", "environment=D a.yaml:11"]);
  expect(settingsOf(process(list, "a")).map(({ yaml: place }) => place)).toEqual([
    "programs.a.command",
    "programs.a.stdout.logfile",
    "programs.a.stderr_logfile",
    "programs.a.environment",
    "programs.a.depends_on",
    "programs.a.secrets",
  ]);
});

test("what a group says of its members is told of each, and what only a kind of section knows", async () => {
  const text = `[supervisord]
[group:g]
programs=a,f
priority=5
[program:a]
command=x
[fcgi-program:f]
command=y
socket=unix:///run/%(program_name)s.sock
[eventlistener:e]
command=z
events=TICK_5
`;
  const list = await config("a.conf", text);
  const group = ["programs=a,f a.conf:3", "priority=5 a.conf:4"];
  expect(told(list, "a")).toEqual(["command=x a.conf:6", ...group]);
  expect(told(list, "f")).toEqual(["command=y a.conf:8", "socket=unix:///run/f.sock a.conf:9", ...group]);
  expect(told(list, "e")).toEqual(["command=z a.conf:11", "events=TICK_5 a.conf:12"]);
});

test("the program behind -- and the number of a scaling name who has set them", async () => {
  write("a.conf", "[supervisord]\n[program:main]\npriority=3\n[program:b]\ncommand=x\nprocess_name=%(process_num)s\n");
  const scales = new Scales();
  const load = async () => {
    const loaded = await loadConfig(
      "a.conf",
      { ...noFlags, command: ["sleep", "1 0"] },
      { ...machine(folder), scales },
    );
    if (!loaded.ok) throw new Error(loaded.message);
    return loaded.config;
  };
  const list = await scales.trying("b", 2, load);
  expect(told(list, "main").slice(0, 3)).toEqual([
    "priority=3 a.conf:3",
    "command=sleep '1 0' command line",
    "autorestart=false command line",
  ]);
  expect(told(list, "1")).toEqual(["command=x a.conf:5", "process_name=1 a.conf:6", "numprocs=2 spacectl scale"]);
});

test("a line that moves changes nothing of what is compared, and is told where it stands now", async () => {
  const before = await config("a.conf", "[supervisord]\n[program:a]\ncommand=x\n");
  const after = await config("a.conf", "[supervisord]\n\n; more\n[program:a]\ncommand=x\n");
  expect(same(before.groups, after.groups)).toBe(true);
  expect(told(before, "a")).toEqual(["command=x a.conf:3"]);
  expect(told(after, "a")).toEqual([`command=x ${join("a.conf")}:5`]);
});
