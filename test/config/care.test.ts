/** Our own keys from a program list to `CareSettings`: in ini, in YAML flat and nested, per process, with their defaults. */
import { describe, expect, test } from "vitest";
import { careOptions } from "../../src/config/care-options.ts";
import type { Option } from "../../src/config/option.ts";
import { options } from "../../src/config/options.ts";
import { type CareSettings, plainCare } from "../../src/core/care.ts";
import type { Config } from "../../src/core/program.ts";
import { complaints, config, folder, write } from "./files.ts";

const ini = (lines: string) => `[supervisord]\n[program:p]\ncommand=x\n${lines}\n`;

const cares = ({ groups }: Config): readonly CareSettings[] =>
  groups.flatMap(({ processes }) => processes.map(({ care }) => care));

const mine = ({ groups }: Config): CareSettings | undefined =>
  groups.find(({ name }) => name === "p")?.processes[0]?.care;

async function care(lines: string): Promise<CareSettings> {
  const read = mine(await config("care.conf", ini(lines)));
  if (read === undefined) throw new Error("no process");
  return read;
}

/** Companions without which a key has no effect. */
const needed: Readonly<Record<string, string>> = {
  healthcheck_file_max_age: "healthcheck_file",
  memory_limit_action: "memory_limit",
  cpu_limit_for: "cpu_limit",
  max_runtime_jitter: "max_runtime",
  schedule_timezone: "schedule",
  schedule_overlap: "schedule",
  watch_ignore: "watch",
  watch_debounce: "watch",
  depends_on: "other programs",
};

const rows = Object.entries(careOptions) as [keyof typeof careOptions, Option][];
const exampleOf = (key: string): string => (careOptions as Readonly<Record<string, Option>>)[key]?.example ?? "";
const others = { db: "healthcheck_tcp=1", migrate: "type=oneshot" };

/** The key with its example, and what it needs to matter. */
function pairs(key: string): [string, string][] {
  const companion = needed[key] ?? (/^healthcheck_(?!http|tcp|command|file)/.test(key) ? "healthcheck_tcp" : undefined);
  const own: [string, string] = [key, exampleOf(key)];
  return companion === undefined || companion === "other programs" ? [own] : [own, [companion, exampleOf(companion)]];
}

describe("every key", () => {
  test.each(rows)("%s has an example that changes something and means the same in each spelling", async (key) => {
    const lines = pairs(key).map(([name, value]) => `${name}=${value}\n`);
    const more = Object.entries(others).map(([name, line]) => `[program:${name}]\ncommand=x\n${line}\n`);
    const fromIni = await config("key.conf", ini(lines.join("")) + more.join(""));
    expect(mine(fromIni), "in effect").not.toEqual(plainCare);

    const quoted = (value: string) => `'${value.replaceAll("'", "''")}'`;
    const yamlOthers = "  db: {command: x, healthcheck_tcp: 1}\n  migrate: {command: x, type: oneshot}\n";
    const flat = pairs(key).map(([name, value]) => `    ${name}: ${quoted(value)}\n`);
    const nested = new Map<string, string[]>();
    for (const [name, value] of pairs(key)) {
      const [group = "", rest] = (careOptions[name as typeof key] as Option).yaml?.split(".") ?? [name];
      nested.set(group, [
        ...(nested.get(group) ?? []),
        rest === undefined ? quoted(value) : `{${rest}: ${quoted(value)}}`,
      ]);
    }
    const inGroups = [...nested].map(
      ([group, values]) => `    ${group}: ${values.join(", ").replaceAll("}, {", ", ")}\n`,
    );
    for (const body of [flat, inGroups]) {
      const text = `programs:\n  p:\n    command: x\n${body.join("")}${yamlOthers}`;
      expect(mine(await config("key.yaml", text)), text).toEqual(mine(fromIni));
    }
  });

  test("is left at its default by an empty value, so that the environment can leave it out", async () => {
    const lines = rows.map(([key]) => `${key}=%(ENV_NOTHING)s`).join("\n");
    expect(
      cares(await config("empty.conf", `[supervisord]\nenvironment=NOTHING=""\n[program:p]\ncommand=x\n${lines}\n`)),
    ).toEqual([plainCare]);
  });

  test("has the default that plainCare says", async () => {
    expect(await care("orphans=end")).toEqual(plainCare);
  });

  test("is there for the other kinds of programs", () => {
    for (const key of Object.keys(careOptions)) {
      expect(options.eventlistener).toHaveProperty(key);
      expect(options["fcgi-program"]).toHaveProperty(key);
    }
  });
});

describe("the whole of it", () => {
  test("in ini", async () => {
    write("run/app.env", "A=1\n");
    write("secret", "x");
    const read = await care(`directory=${folder}/run
environment=TOKEN="s3"
healthcheck_http=http://localhost:80/%(program_name)s?%(ENV_TOKEN)s
healthcheck_interval=5s
healthcheck_action=none
ready_fd=3
memory_limit=64MB
memory_limit_hard=128MB
cpu_limit=150%
max_runtime=1h
max_runtime_jitter=10%
rlimit_nofile=1024:unlimited
rlimit_core=0
nice=-5
restart_delay=2s
restart_backoff=exponential
crashloop=5/60s
pre_stop_command=sh -c 'exit 0'
env_file=app.env,
 %(here)s/run/app.env
secrets=KEY=../secret
watch=src, ~/x
watch_ignore=*.log
schedule=30 3 * * *
schedule_timezone=UTC`);
    expect(read).toEqual({
      ...plainCare,
      health: {
        test: { type: "http", url: "http://localhost:80/p?s3" },
        intervalMs: 5000,
        timeoutMs: 3000,
        retries: 3,
        startPeriodMs: 0,
        action: "none",
      },
      ready: { type: "fd", fd: 3 },
      memory: { limitBytes: 67_108_864, hardBytes: 134_217_728, action: "restart" },
      cpu: { percent: 150, forMs: null },
      maxRuntime: { maxMs: 3_600_000, jitter: 0.1 },
      kernel: {
        ...plainCare.kernel,
        nice: -5,
        rlimits: [
          { name: "core", soft: 0 },
          { name: "nofile", soft: 1024, hard: null },
        ],
      },
      restart: {
        ...plainCare.restart,
        delayMs: 2000,
        backoff: "exponential",
        crashloop: { exits: 5, withinMs: 60_000 },
      },
      hooks: { preStart: null, postStart: null, preStop: "sh -c 'exit 0'", postStop: null },
      envFiles: [`${folder}/run/app.env`, `${folder}/run/app.env`],
      secrets: [{ name: "KEY", path: `${folder}/secret` }],
      watch: { paths: [`${folder}/run/src`, "/root/x"], ignore: ["*.log"], debounceMs: 300 },
      schedule: { cron: "30 3 * * *", timezone: "UTC", overlap: "skip" },
    });
  });

  test("in YAML, with lists and maps where they are natural", async () => {
    write("a,b.env", "");
    const read = await config(
      "natural.yaml",
      `
supervisord: {shutdown_timeout: 25s, exit_code_from: p, watch_config: true}
programs:
  p:
    command: x
    depends_on: {db: healthy, migrate: completed, cache: }
    healthcheck: {command: [test, -e, "a b"], interval: 5, retries: 2}
    memory: {limit: 256MB, limit_hard: 1GB, limit_action: stop}
    rlimit: {nofile: 65536, nproc: "100:200", core: unlimited}
    env_file: ["a,b.env"]
    secrets: {A: "a,b.env"}
    pre_start_command: [echo, "it's"]
    watch: [src, "x, y"]
    watch_ignore: ["*.log"]
  db: {command: x, ready: {log: ready}, schedule: {cron: "@daily", overlap: queue}, watch: {paths: a, ignore: [b, c]}}
  migrate: {command: x, type: oneshot}
  cache: {command: x, depends_on: [db, "migrate:completed"]}
`,
    );
    expect(read.daemon).toMatchObject({ shutdownTimeoutMs: 25_000, exitCodeFrom: "p", watchConfig: true });
    const byName = new Map(read.groups.map(({ name, processes }) => [name, processes[0]?.care]));
    expect(byName.get("p")).toMatchObject({
      dependsOn: [
        { on: "db", condition: "healthy" },
        { on: "migrate", condition: "completed" },
        { on: "cache", condition: "started" },
      ],
      health: { test: { type: "command", command: "test -e 'a b'" }, intervalMs: 5000, retries: 2 },
      memory: { limitBytes: 268_435_456, hardBytes: 1_073_741_824, action: "stop" },
      kernel: {
        rlimits: [
          { name: "core", soft: null },
          { name: "nofile", soft: 65_536 },
          { name: "nproc", soft: 100, hard: 200 },
        ],
      },
      envFiles: [`${folder}/a,b.env`],
      secrets: [{ name: "A", path: `${folder}/a,b.env` }],
      hooks: { preStart: `echo 'it'"'"'s'` },
      watch: { paths: [`${folder}/src`, `${folder}/x, y`], ignore: ["*.log"] },
    });
    expect(byName.get("db")).toMatchObject({
      ready: { type: "log", pattern: "ready" },
      schedule: { cron: "@daily", overlap: "queue" },
      watch: { paths: [`${folder}/a`], ignore: ["b", "c"] },
    });
    expect(byName.get("cache")?.dependsOn).toEqual([
      { on: "db", condition: "started" },
      { on: "migrate", condition: "completed" },
    ]);
  });
});

describe("processes of one section", () => {
  const many = (lines: string) => ini(`numprocs=3\nprocess_name=p%(process_num)d\n${lines}`);

  test("share one object when no value names the process", async () => {
    const [a, b, c] = cares(
      await config("shared.conf", many("memory_limit=%(ENV_NUM)sMB\ncpu_limit=50%\nwatch=%(here)s")),
    );
    expect(a?.memory?.limitBytes).toBe(7 * 1024 ** 2);
    expect(b).toBe(a);
    expect(c).toBe(a);
  });

  test("have their own where one does", async () => {
    const read = cares(await config("varies.conf", many("healthcheck_tcp=localhost:900%(process_num)d")));
    expect(read.map(({ health }) => health?.test)).toEqual([
      { type: "tcp", host: "localhost", port: 9000 },
      { type: "tcp", host: "localhost", port: 9001 },
      { type: "tcp", host: "localhost", port: 9002 },
    ]);
  });

  test("have their own paths where their directory does", async () => {
    const read = cares(await config("directories.conf", many("directory=/srv/%(process_num)d\nhealthcheck_file=ping")));
    expect(read.map(({ health }) => health?.test.type === "file" && health.test.path)).toEqual([
      "/srv/0/ping",
      "/srv/1/ping",
      "/srv/2/ping",
    ]);
  });

  test("without any of our keys have plainCare itself", async () => {
    for (const read of cares(await config("plain.conf", many("log_passthrough=true")))) expect(read).toBe(plainCare);
  });

  test("take what [DEFAULT] says", async () => {
    const text = `[DEFAULT]\nmemory_limit=64MB\n[supervisord]\n[program:a]\ncommand=x\n[program:b]\ncommand=x\nmemory_limit=128MB\n`;
    expect(cares(await config("default.conf", text)).map(({ memory }) => memory?.limitBytes)).toEqual([
      64 * 1024 ** 2,
      128 * 1024 ** 2,
    ]);
  });

  test("cannot fill the memory with long values", async () => {
    const text = `[supervisord]\n[program:p]\ncommand=x\nnumprocs=100000\nprocess_name=p%(process_num)d\nhealthcheck_command=a%(process_num)99999d\n`;
    expect(await complaints("long.conf", text)).toEqual(["4:10 error the values of its processes are too long in all"]);
  });
});

test("a percentage is written with one sign, with two, or with a name before it", async () => {
  for (const [text, percent] of [
    ["150%", 150],
    ["150%%", 150],
    ["%(ENV_NUM)s%", 7],
    ["%(ENV_NUM)s%%", 7],
  ] as const)
    expect((await care(`cpu_limit=${text}`)).cpu?.percent, text).toBe(percent);
});

test("the daemon's own keys", async () => {
  const text =
    "[supervisord]\nshutdown_timeout=1m\nexit_code_from=g\nwatch_config=on\ndrain_delay=5s\nmetrics=no\nlog_budget=2GB\n[program:p]\ncommand=x\n[group:g]\nprograms=p\n";
  expect((await config("daemon.conf", text)).daemon).toMatchObject({
    shutdownTimeoutMs: 60_000,
    exitCodeFrom: "g",
    watchConfig: true,
    drainDelayMs: 5000,
    metrics: false,
    logBudgetBytes: 2 * 1024 ** 3,
  });
  expect((await config("daemon.conf", "[supervisord]\n")).daemon).toMatchObject({
    shutdownTimeoutMs: null,
    exitCodeFrom: null,
    watchConfig: false,
    drainDelayMs: 0,
    metrics: true,
    logBudgetBytes: null,
  });
  expect(await complaints("late.conf", "[supervisord]\nshutdown_timeout=5s\ndrain_delay=5s\n")).toEqual([
    "3:13 error drain_delay leaves nothing of shutdown_timeout for the programs to end in " +
      "(the timeout counts from the moment in which the daemon is to end)",
  ]);
});

test("the reference's errors come before ours", async () => {
  const found = await complaints("order.conf", ini("memory_limit=lots\nstartsecs=soon"));
  expect(found.map((complaint) => complaint.slice(0, 3))).toEqual(["5:1", "4:1"]);
});

test("with env files it is known which variables are only the daemon's, for those they change", async () => {
  const read = await config(
    "inherited.conf",
    '[supervisord]\nenvironment=A="1",B="1"\n[program:p]\ncommand=x\nenvironment=B="2"\nenv_file=x.env\n[program:q]\ncommand=x\n',
  );
  const inherited = read.groups.map(({ processes }) => processes[0]?.inherited);
  expect(inherited).toEqual([["A"], undefined]);
});
