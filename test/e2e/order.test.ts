/** What `depends_on` promises: who starts after whom, what is seen of those that wait, who stops before whom. */
import { existsSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { iniFile, startDaemon, type TestDaemon } from "../helpers/daemon.ts";
import { alive } from "../helpers/processes.ts";
import { until } from "../helpers/until.ts";

/** A program that writes to `order` when it begins and, asked to stop, a moment later when it ends. */
const server = (name: string, keys = "", { stopMs = 0 } = {}): string =>
  `[program:${name}]
command=/bin/sh -c 'trap "sleep ${stopMs / 1000}; echo -${name} >> order; exit 0" TERM; echo +${name} >> order; while :; do sleep 0.02; done'
directory=%(here)s
startsecs=0
${keys}
`;
/** One that is done after a moment, with a code. */
const job = (name: string, code: number, keys = ""): string =>
  `[program:${name}]
command=/bin/sh -c 'echo +${name} >> order; sleep 0.1; echo -${name} >> order; exit ${code}'
directory=%(here)s
type=oneshot
startretries=0
${keys}
`;

const order = (daemon: TestDaemon): string[] => daemon.read("order").split("\n").filter(Boolean);

/** Who was started, in the order in which that was done. */
const spawned = (daemon: TestDaemon): string[] =>
  [...daemon.log.matchAll(/INFO spawned: '(.*)' with pid/g)].map((match) => match[1] ?? "");

describe("at the start", () => {
  test("the database, then the migration, then the web server; who needs nobody starts at once", async () => {
    await using daemon = await startDaemon(
      server("web", "depends_on=db:healthy, migrate:completed\nautostart=true\npriority=1") +
        job("migrate", 0, "depends_on=db:healthy") +
        `[program:db]\ncommand=/bin/sh -c 'echo +db >> order; sleep 0.3; echo =db >> order; echo listening; exec sleep 1000'
directory=%(here)s\nstartsecs=0\nready_log=listening\n` +
        server("cron"),
    );
    await daemon.reaches("web", "RUNNING");
    await until("the web server has begun", () => order(daemon).includes("+web"));
    expect(order(daemon).filter((line) => line !== "+cron")).toEqual(["+db", "=db", "+migrate", "-migrate", "+web"]);
    expect(order(daemon).indexOf("+cron")).toBeLessThan(order(daemon).indexOf("=db"));
    const { log } = daemon;
    expect(log).toContain(
      "INFO waiting: web for db to be healthy (it is RUNNING, but not healthy yet), for migrate to complete (it is waiting, too)",
    );
    expect(log).toContain("INFO waiting: web for migrate to complete (it is STARTING)");
    expect(log).not.toContain("needed by");
  });

  test("what does not start by itself is brought along by who needs it, and only then", async () => {
    await using daemon = await startDaemon(
      server("web", "depends_on=api") +
        server("api", "depends_on=stores:db\nautostart=false") +
        server("db", "autostart=false") +
        server("other", "autostart=false") +
        "[group:stores]\nprograms=db,other\n",
    );
    await daemon.reaches("web", "RUNNING");
    expect(spawned(daemon)).toEqual(["db", "api", "web"]);
    expect((await daemon.info("stores:other")).statename).toBe("STOPPED");
    expect(daemon.log).toContain("INFO starting db: needed by web");
  });

  test("all processes of a program or a group are waited for", async () => {
    await using daemon = await startDaemon(
      `[program:w]
command=/bin/sh -c 'sleep 0.%(process_num)d; echo up; exec sleep 1000'
process_name=%(process_num)d
numprocs=3
startsecs=0
ready_log=up
${server("web", "depends_on=w:healthy")}`,
    );
    await daemon.logged(/waiting: web for w:0 to be healthy .*, for w:1 to be healthy .*, for w:2 to be healthy/);
    await daemon.logged(/waiting: web for w:2 to be healthy \(it is RUNNING, but not healthy yet\)\n/);
    await daemon.reaches("web", "RUNNING");
  });

  test("a migration that fails leaves its dependents waiting with a reason, and FATAL when start_timeout is over", async () => {
    await using daemon = await startDaemon(
      server("web", "depends_on=migrate:completed\nstart_timeout=2s") + job("migrate", 1),
    );
    await daemon.reaches("migrate", "FATAL");
    const waiting = await daemon.ctl("status");
    expect(waiting.stdout).toMatch(
      /^migrate +FATAL +failed: exit status 1\nweb +STARTING +waiting for migrate to complete \(it failed: exit status 1; gave up\)\n$/,
    );
    await daemon.reaches("web", "FATAL");
    const reason = "start_timeout is over: for migrate to complete (it failed: exit status 1; gave up)";
    expect((await daemon.info("web")).description).toBe(reason);
    expect(daemon.log).toContain(`gave up: web entered FATAL state, ${reason}`);
    expect(order(daemon)).not.toContain("+web");
  });
});

describe("spacectl start", () => {
  test("brings along what is needed, and answers when all is up", async () => {
    await using daemon = await startDaemon(
      server("web", "depends_on=migrate:completed\nautostart=false") +
        job("migrate", 0, "depends_on=db\nautostart=false") +
        server("db", "autostart=false"),
    );
    expect(await daemon.ctl("start", "web")).toEqual({ code: 0, stdout: "web: started\n", stderr: "" });
    expect(spawned(daemon)).toEqual(["db", "migrate", "web"]);
    expect(order(daemon)).toContain("-migrate");
    // Done is done: another start of the server needs no second migration.
    await daemon.ctl("restart", "web");
    expect(spawned(daemon).slice(3)).toEqual(["web"]);
  });

  test("of a oneshot answers when its work is done, and says so when that has failed", async () => {
    await using daemon = await startDaemon(job("good", 0, "autostart=false") + job("bad", 3, "autostart=false"));
    expect(await daemon.ctl("start", "good")).toEqual({ code: 0, stdout: "good: started\n", stderr: "" });
    expect((await daemon.info("good")).statename).toBe("EXITED");
    expect(await daemon.ctl("start", "bad")).toEqual({ code: 7, stdout: "bad: ERROR (spawn error)\n", stderr: "" });
  });

  test("tells of a wait that was in vain", async () => {
    await using daemon = await startDaemon(
      server("web", "depends_on=db\nautostart=false\nstart_timeout=500ms") +
        "[program:db]\ncommand=/no/such/database\nautostart=false\n",
    );
    expect(await daemon.ctl("start", "web")).toEqual({ code: 7, stdout: "web: ERROR (spawn error)\n", stderr: "" });
    expect((await daemon.info("web")).spawnerr).toMatch(
      /^start_timeout is over: for db to be started \(it failed: can't find command '\/no\/such\/database'; (it is tried again|gave up)\)$/,
    );
  });

  test("that is interrupted stops nothing", async () => {
    await using daemon = await startDaemon(
      server("web", "depends_on=db:healthy\nautostart=false") +
        "[program:db]\ncommand=/bin/sh -c 'while [ ! -e go ]; do sleep 0.05; done; echo up; exec sleep 1000'\n" +
        "directory=%(here)s\nautostart=false\nstartsecs=0\nready_log=up\n",
    );
    const client = daemon.ctlInBackground("start", "web");
    await daemon.reaches("web", "STARTING");
    client.kill("SIGINT");
    await until("the client has gone", () => client.exitCode !== null || client.signalCode !== null);
    writeFileSync(daemon.path("go"), "");
    await daemon.reaches("web", "RUNNING");
  });

  test("of all mentions everybody, and what is needed first", async () => {
    await using daemon = await startDaemon(
      server("a-web", "depends_on=db\nautostart=false") + server("db", "autostart=false"),
    );
    const { code, stdout } = await daemon.ctl("start", "all");
    expect([code, stdout.split("\n").sort()]).toEqual([0, ["", "a-web: started", "db: started"]]);
    expect(spawned(daemon)).toEqual(["db", "a-web"]);
  });
});

describe("later", () => {
  test("a crash restart is as fast as ever while all is there", async () => {
    await using daemon = await startDaemon(
      `${server("db")}[program:web]\ncommand=/bin/sleep 1000\nstartsecs=0\nautorestart=true\ndepends_on=db\n`,
    );
    const delays: number[] = [];
    let pid = await daemon.reaches("web", "RUNNING");
    for (let n = 0; n < 5; n++) {
      const before = performance.now();
      process.kill(pid, "SIGKILL");
      const last = pid;
      pid = await until("web runs again", async () => {
        const now = await daemon.info("web");
        return now.statename === "RUNNING" && now.pid !== last ? now.pid : null;
      });
      delays.push(performance.now() - before);
    }
    expect(Math.min(...delays)).toBeLessThan(60);
    expect(daemon.log).not.toContain("waiting: web for db to be started (it is RUNNING)");
  });

  test("an automatic restart waits for what somebody has stopped, and does not bring it back", async () => {
    await using daemon = await startDaemon(server("db") + server("web", "depends_on=db\nautorestart=true"));
    const pid = await daemon.reaches("web", "RUNNING");
    await daemon.ctl("stop", "db");
    expect((await daemon.info("web")).statename).toBe("RUNNING");
    process.kill(pid, "SIGKILL");
    await until("web waits", async () => (await daemon.info("web")).description.startsWith("waiting"));
    expect((await daemon.info("web")).description).toBe("waiting for db to be started (it is STOPPED)");
    expect((await daemon.info("db")).statename).toBe("STOPPED");
    await daemon.ctl("start", "db");
    await daemon.reaches("web", "RUNNING");
  });

  test("one that waits can be stopped, and is not started by what comes then", async () => {
    await using daemon = await startDaemon(
      `${server("web", "depends_on=db:healthy")}${server("db", "ready_log=never")}`,
    );
    await daemon.reaches("web", "STARTING");
    expect(await daemon.ctl("stop", "web")).toEqual({ code: 0, stdout: "web: stopped\n", stderr: "" });
    expect((await daemon.info("web")).statename).toBe("STOPPED");
    await daemon.ctl("restart", "db");
    expect((await daemon.info("web")).statename).toBe("STOPPED");
  });

  test("a dependency that is removed while somebody needs it is named, and one that is added is waited for", async () => {
    await using daemon = await startDaemon(server("db") + server("web", "depends_on=db\nautorestart=true"));
    const pid = await daemon.reaches("web", "RUNNING");
    await daemon.ctl("stop", "db");
    await daemon.ctl("remove", "db");
    expect(daemon.log).toContain("WARN web depends on db, which has been removed");
    process.kill(pid, "SIGKILL");
    await daemon.logged(/waiting: web for db, which is not there/);
    await daemon.ctl("add", "db");
    await daemon.reaches("web", "RUNNING");
    // A list that says something else is no reason to restart anybody.
    const running = (await daemon.info("web")).pid;
    writeFileSync(
      daemon.file,
      iniFile(server("db") + server("cache", "autostart=false") + server("web", "depends_on=cache\nautorestart=true")),
    );
    await daemon.ctl("update");
    expect((await daemon.info("web")).pid).toBe(running);
    process.kill(running, "SIGKILL");
    await daemon.logged(/waiting: web for cache to be started \(it is STOPPED\)/);
  });
});

test("an update runs the new migration before the new web server, whatever their names", async () => {
  const list = (version: number) =>
    iniFile(
      server("a-web", `depends_on=migrate:completed\nenvironment=VERSION="${version}"`) +
        job("migrate", 0, `environment=VERSION="${version}"`),
    );
  await using daemon = await startDaemon(server("other"));
  const update = async (text: string) => {
    writeFileSync(daemon.file, text);
    return (await daemon.ctl("update")).stdout;
  };
  expect(await update(list(1))).toMatch(/migrate: added process group\na-web: added process group\n$/);
  await daemon.reaches("a-web", "RUNNING");
  await update(list(2));
  await until("the new web server runs", () => spawned(daemon).length === 5);
  await daemon.reaches("a-web", "RUNNING");
  expect(spawned(daemon).slice(1)).toEqual(["migrate", "a-web", "migrate", "a-web"]);
  await daemon.logged(/waiting: a-web for migrate to complete \(it is STARTING\)/);
  expect(await update(iniFile(server("other")))).toBe(
    "a-web: stopped\na-web: removed process group\nmigrate: stopped\nmigrate: removed process group\n" +
      "other: added process group\n",
  );
});

describe("at the end", () => {
  const programs =
    server("db", "priority=1000") +
    server("api", "depends_on=db\nprocess_name=api", { stopMs: 200 }) +
    server("web", "depends_on=api", { stopMs: 300 }) +
    server("slow", "", { stopMs: 900 });

  test("dependents stop before what they need, and who has nothing to do with it holds up nobody", async () => {
    await using daemon = await startDaemon(programs);
    await until("all have begun", () => order(daemon).length === 4);
    daemon.signal("SIGTERM");
    expect(await daemon.over()).toEqual({ code: 0, signal: null });
    expect(order(daemon).slice(4)).toEqual(["-web", "-api", "-db", "-slow"]);
  });

  test.each([
    ["stop all", "all"],
    ["restart all", "all"],
    ["stop of a group", "g:*"],
  ])("%s does so, too, within its request", async (what, names) => {
    const grouped = names === "all" ? programs : `${programs}[group:g]\nprograms=db,api,web,slow\n`;
    await using daemon = await startDaemon(grouped);
    await until("all have begun", () => order(daemon).length === 4);
    const { code, stdout } = await daemon.ctl(what.split(" ")[0] ?? "", names);
    expect(code).toBe(0);
    expect(stdout.match(/: stopped/g)).toHaveLength(4);
    if (what === "restart all") await until("all have begun again", () => order(daemon).length === 12);
    const ends = order(daemon).filter((line) => line.startsWith("-"));
    expect(ends.filter((line) => line !== "-slow")).toEqual(["-web", "-api", "-db"]);
    const starts = spawned(daemon).filter((name) => name !== "slow");
    expect(starts.slice(-3)).toEqual(["db", "api", "web"]);
  });

  test("a stop that does not wait keeps the order all the same", async () => {
    await using daemon = await startDaemon(programs);
    await until("all have begun", () => order(daemon).length === 4);
    await daemon.rpc("supervisor.stopAllProcesses", false);
    await daemon.reaches("db", "STOPPED");
    expect(order(daemon).filter((line) => /^-(?!slow)/.test(line))).toEqual(["-web", "-api", "-db"]);
  });

  test("one that waits is not started by what still comes up", async () => {
    await using daemon = await startDaemon(
      server("slow", "", { stopMs: 500 }) +
        server("web", "depends_on=db\npriority=1") +
        "[program:db]\ncommand=/bin/sleep 1000\nstartsecs=1\npriority=1\n",
    );
    await until("slow has begun", () => order(daemon).length === 1);
    daemon.signal("SIGTERM");
    expect(await daemon.over()).toEqual({ code: 0, signal: null });
    expect(order(daemon)).toEqual(["+slow", "-slow"]);
    expect(existsSync(daemon.path("s.sock"))).toBe(false);
  });
});

test("nothing is left of a daemon that ends while a start waits", async () => {
  await using daemon = await startDaemon(server("web", "depends_on=db:healthy") + server("db", "ready_log=never"));
  const db = await daemon.reaches("db", "RUNNING");
  daemon.signal("SIGTERM");
  expect(await daemon.over(3000)).toEqual({ code: 0, signal: null });
  expect(alive(db)).toBe(false);
});
