import { expect, test } from "vitest";
import { placeOfKey } from "../../src/config/document.ts";
import type { Finding } from "../../src/core/diagnosis.ts";
import { diagnoseList } from "../../src/core/diagnosis-list.ts";
import type { ListFacts } from "../../src/core/listed-program.ts";
import { folder, load, write } from "../config/files.ts";
import { gb, type Part, withPart } from "./container-facts.ts";

const app = { identity: { uid: 1000, gid: 1000, groups: [1000], name: "app", capabilities: [] } } as const;
const docker = {
  identity: { capabilities: ["CHOWN", "DAC_OVERRIDE", "KILL", "SETGID", "SETUID", "NET_BIND_SERVICE"] },
} as const;
const noCgroup = { quota: { version: 2, writable: false } } as const;

/** What is found of a list whose sections of programs follow the usual ones. */
async function found(
  sections: string,
  part: Part,
  seen: Partial<ListFacts> = {},
  name = "list.conf",
): Promise<Finding[]> {
  const daemon = sections.includes("[supervisord]") ? "" : "[supervisord]\n";
  write(name, `${daemon}${sections}`);
  const loaded = await load(name);
  if (!loaded.ok) throw new Error(loaded.message);
  return diagnoseList(loaded.config, withPart(part), {
    place: (section, key) => placeOfKey(loaded.document, section, key),
    commandTrouble: () => null,
    threadsOf: () => 0,
    ...seen,
  });
}

const web = (keys: string): string => `[program:web]\ncommand=/bin/true\n${keys}\n`;
const users = "user=nobody";

test("a list of supervisord's keys asks for nothing that cannot be had", async () => {
  expect(await found(web("numprocs=3\nprocess_name=%(process_num)d"), { ...docker, ...noCgroup })).toEqual([
    {
      topic: "program list",
      level: "ok",
      found: "all that its 3 processes ask for can be had",
      meaning: "",
      fix: "",
      askers: [],
    },
  ]);
});

test.each<[string, Part, string, string, RegExp, RegExp]>([
  [
    "rlimit_nofile=2000000",
    {},
    "rlimit_nofile",
    "fail",
    /^cannot set rlimit_nofile=2000000: the kernel allows at most 1048576/,
    /^$/,
  ],
  [
    "rlimit_nproc=9999",
    docker,
    "rlimit_nproc",
    "fail",
    /: the hard limit on processes and threads of its user is 4096 here/,
    /--ulimit nproc=9999 .* or --cap-add SYS_RESOURCE$/,
  ],
  ["rlimit_as=512", {}, "rlimit_as", "fail", /no program can be loaded/, /^$/],
  [
    "nice=-5",
    docker,
    "nice",
    "fail",
    /^cannot set nice=-5: the lowest allowed here is 0$/,
    /--cap-add SYS_NICE or --ulimit nice=25/,
  ],
  [
    "oom_score_adj=-100",
    docker,
    "oom_score_adj",
    "fail",
    /^cannot set oom_score_adj=-100: below 0/,
    /--oom-score-adj=-100/,
  ],
  [
    "pids_limit=20",
    noCgroup,
    "pids_limit",
    "fail",
    /^pids_limit cannot be kept: no cgroup is writable$/,
    /rlimit_nproc/,
  ],
  ["cpu_limit=50%", noCgroup, "cpu_limit", "fail", /^cpu_limit without cpu_limit_for cannot be kept/, /cpu_limit_for/],
  [
    "memory_limit=2GB",
    { quota: { memoryBytes: gb } },
    "memory_limit",
    "warn",
    /^memory_limit=2GB is not below the 1GB/,
    /lower it/,
  ],
  [
    "memory_limit_hard=20GB",
    {},
    "memory_limit_hard",
    "warn",
    /^memory_limit_hard=20GB is not below the 8GB/,
    /lower it/,
  ],
  [users, app, "user", "fail", /only root may run programs as another user/, /leave user= out/],
  [
    users,
    { identity: { capabilities: ["SETUID", "SETGID"] } },
    "user",
    "fail",
    /root here has no CAP_KILL/,
    /--cap-add KILL/,
  ],
  [
    "stopwaitsecs=60",
    { platform: { orchestrator: "docker" } },
    "stopping",
    "warn",
    /up to 1m, and docker kills a container 10s after/,
    /--stop-timeout 65 .*, or shutdown_timeout=8s/,
  ],
  [
    "stopwaitsecs=60",
    { platform: { orchestrator: "kubernetes" } },
    "stopping",
    "warn",
    /kubernetes/,
    /terminationGracePeriodSeconds: 65/,
  ],
  [
    "on_exit=shutdown\nautorestart=false",
    {},
    "on_exit",
    "warn",
    /^on_exit=shutdown without on_fatal=shutdown$/,
    /^on_fatal=shutdown in its section/,
  ],
])("%s in %j", async (key, part, topic, level, text, fix) => {
  const told = (await found(web(key), part)).find((each) => each.topic === topic);
  expect(told).toMatchObject({ level, askers: [{ name: "web", file: "list.conf", line: 4 }] });
  expect(told?.found).toMatch(text);
  expect(told?.fix).toMatch(fix);
});

test.each<[string, Part]>([
  ["rlimit_nofile=65536\nrlimit_nproc=4096\nrlimit_core=0:0\nnice=5\noom_score_adj=500", app],
  ["rlimit_nproc=9999\nnice=-5\noom_score_adj=-100", {}],
  ["pids_limit=20\ncpu_limit=50%\nmemory_limit=1GB", {}],
  ["cpu_limit=50%\ncpu_limit_for=60s\nmemory_limit_hard=1GB", noCgroup],
  [users, docker],
  ["stopwaitsecs=60", {}],
  ["on_exit=shutdown\nautorestart=false\non_fatal=shutdown", {}],
  ["on_exit=shutdown\nautorestart=false\non_fatal=ignore", {}],
])("%j can be had in %j", async (key, part) => {
  expect(await found(web(key), part)).toMatchObject([{ topic: "program list", level: "ok" }]);
});

test.each<[string, "docker" | "kubernetes", string, string | undefined, string, string]>([
  ["", "docker", "stopwaitsecs=10", "warn", "no shutdown_timeout, and docker kills", "shutdown_timeout=8s in"],
  ["", "docker", "stopwaitsecs=9", "note", "no shutdown_timeout, and docker kills", "shutdown_timeout=8s in"],
  ["", "kubernetes", "", "note", "no shutdown_timeout, and kubernetes kills", "shutdown_timeout=28s in"],
  ["shutdown_timeout=8s", "docker", "stopwaitsecs=60", undefined, "", ""],
  ["shutdown_timeout=10s", "docker", "", "warn", "shutdown_timeout=10s, and docker kills", "--stop-timeout 15 "],
  ["shutdown_timeout=25s", "kubernetes", "stopwaitsecs=60", undefined, "", ""],
  ["shutdown_timeout=40s", "kubernetes", "", "warn", "shutdown_timeout=40s", "terminationGracePeriodSeconds: 45"],
])("the end as a whole: %j in %s with %j", async (daemonKey, orchestrator, key, level, text, fix) => {
  const all = await found(`[supervisord]\n${daemonKey}\n${web(key)}`, { platform: { orchestrator } });
  const told = all.find((each) => each.topic === "stopping");
  expect(told?.level).toBe(level);
  expect(told?.found ?? "").toContain(text);
  expect(told?.fix ?? "").toContain(fix);
});

test("rlimit_nproc is held against what the user has already", async () => {
  const list = web(`${users}\nrlimit_nproc=50`);
  expect(await found(list, {}, { threadsOf: (uid) => (uid === 65_534 ? 49 : 1000) })).toMatchObject([{ level: "ok" }]);
  expect(await found(list, {}, { threadsOf: () => 50 })).toMatchObject([
    {
      topic: "rlimit_nproc",
      level: "warn",
      found: "rlimit_nproc=50 counts all processes and threads of a user, and uid 65534 has 50",
    },
  ]);
});

test("the same trouble of several programs is told once, with each of them", async () => {
  const list = `${web("nice=-5")}[program:worker]\ncommand=/bin/true\nnumprocs=2\nprocess_name=%(process_num)d\nnice=-5\n`;
  expect(await found(list, app)).toMatchObject([
    {
      topic: "nice",
      askers: [
        { name: "web", line: 4 },
        { name: "worker", line: 9 },
      ],
    },
  ]);
});

test("a command that is not there, and a place that cannot be written, are told with who wants them", async () => {
  const places = [
    { path: "/var/log", purpose: "the stdout of web", exists: true, writable: false, freeBytes: 0 },
    { path: "/none", purpose: "[supervisord] pidfile", exists: false, writable: false, freeBytes: null },
  ];
  expect(await found(web(""), { places }, { commandTrouble: () => "can't find command 'x'" })).toMatchObject([
    { topic: "command", level: "fail", found: "can't find command 'x'", askers: [{ name: "web", line: 3 }] },
    { topic: "files", level: "fail", found: "/var/log cannot be written", meaning: "needed for the stdout of web" },
    { topic: "files", level: "fail", found: "/none is not there" },
  ]);
});

test("a full disk is told once for all that lies on it", async () => {
  const places = ["a", "b", "c", "d", "e", "f"].map((name) => ({
    path: `/var/log/${name}`,
    purpose: `the stdout of ${name}`,
    exists: true,
    writable: true,
    freeBytes: 0,
  }));
  expect(await found(web(""), { places })).toMatchObject([
    {
      topic: "files",
      level: "warn",
      found: expect.stringMatching(/^\/var\/log\/a, .* and \d more have 0 bytes left on their disk$/),
      meaning: expect.stringMatching(/^needed for the stdout of a, .* and \d more$/),
    },
  ]);
});

test("a full disk below logs is told, and what is no disk is not", async () => {
  const place = (path: string, freeBytes: number | null) => ({
    path,
    purpose: "the stdout of web",
    exists: true,
    writable: true,
    freeBytes,
  });
  const places = [place("/var/log", 4096), place("/proc/1/fd", null), place("/data", 2 ** 30)];
  expect(await found(web(""), { places })).toMatchObject([
    {
      topic: "files",
      level: "warn",
      found: "/var/log has 4KB left on its disk",
      meaning: "needed for the stdout of web",
    },
  ]);
});

test.each<[string, Part, string, RegExp]>([
  ["[supervisord]\nminfds=2000000\n", app, "minfds", /hard limit is 1048576 here/],
  ["[supervisord]\n[inet_http_server]\nport=127.0.0.1:80\n", app, "port", /^port 80 is below 1024/],
  [
    `[supervisord]\n[unix_http_server]\nfile=${folder}/s.sock\nchown=nobody\n`,
    app,
    "sockets",
    /may not give files away/,
  ],
])("the daemon itself cannot start: %j", async (sections, part, topic, text) => {
  const told = (await found(sections, part)).find((each) => each.topic === topic);
  expect(told).toMatchObject({ level: "fail", meaning: "the daemon does not start" });
  expect(told?.found).toMatch(text);
  expect(told?.askers[0]?.line).toBeGreaterThan(0);
});

test("limits that are fine one by one are added up", async () => {
  const list = web("memory_limit=400MB\nnumprocs=3\nprocess_name=%(process_num)d");
  expect((await found(list, { quota: { memoryBytes: gb } })).find(({ topic }) => topic === "memory")).toMatchObject({
    level: "note",
    found: "the memory limits of all programs add up to 1.2GB; there are 1GB here",
  });
});
