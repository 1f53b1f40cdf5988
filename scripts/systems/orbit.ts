/**
 * Orbit: three Node workers that claim runs from PostgreSQL through pgbouncer, and the web server on which they are
 * triggered. Runs are sent as the team's pages send them, over HTTP; what became of them is asked of the database,
 * past the application.
 */
import { randomBytes } from "node:crypto";
import { readdirSync, writeFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { until } from "../../test/helpers/until.ts";
import type { System, Workplace } from "./frame.ts";

/** Where Debian keeps the newest PostgreSQL's programs. */
function programsOfPostgres(): string {
  const [version] = readdirSync("/usr/lib/postgresql").sort((a, b) => Number(b) - Number(a));
  return `/usr/lib/postgresql/${version}/bin`;
}

async function prepare(work: Workplace): Promise<void> {
  const [, direct, pooled] = [
    await work.port("ORBIT_PORT"),
    await work.port("ORBIT_PG_PORT"),
    await work.port("ORBIT_PGBOUNCER_PORT"),
  ];
  const password = randomBytes(12).toString("hex");
  const url = (port: number): string => `postgresql://orbit:${password}@127.0.0.1:${port}/orbit`;
  const lines = [
    `DATABASE_URL="${url(pooled)}?pgbouncer=true"`,
    `DIRECT_URL="${url(direct)}"`,
    `LOGS_DIR="${work.env.ORBIT_LOGS}"`,
    `POSTGRES_PASSWORD=${password}`,
    "POSTGRES_USER=orbit",
    "POSTGRES_DB=orbit",
    "",
  ];
  writeFileSync(environmentOf(work), lines.join("\n"), { mode: 0o600 });
  work.env.ORBIT_PG_BIN = programsOfPostgres();
  work.env.PGPASSWORD = password;
}

/** The file that the list names as env_file. */
export const environmentOf = (work: Workplace): string => work.path("run", ".env.production");

/** Adds runs through the web server; their numbers. */
async function trigger(work: Workplace, pipeline: string, input: object, count = 1): Promise<number[]> {
  const reply = await fetch(`http://127.0.0.1:${work.env.ORBIT_PORT}/api/trpc/runs.trigger`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ pipeline, input, count }),
  });
  if (!reply.ok) throw new Error(`the web server says ${reply.status}: ${await reply.text()}`);
  return ((await reply.json()) as { result: { data: number[] } }).result.data;
}

/** Asks the database itself; lines of the reply. */
async function query(work: Workplace, sql: string): Promise<string[]> {
  const where = ["-h", "127.0.0.1", "-p", work.env.ORBIT_PG_PORT ?? "", "-U", "orbit"];
  const text = await work.run(["psql", "-XqAt", ...where, "-c", sql, "orbit"]);
  return text.trimEnd().split("\n");
}

async function send(work: Workplace, count: number): Promise<void> {
  for (let rest = count; rest > 0; rest -= 100) await trigger(work, "example", { ms: 6 }, Math.min(rest, 100));
}

async function consumed(work: Workplace): Promise<number> {
  return Number((await query(work, "SELECT count(DISTINCT run_id) FROM results"))[0]);
}

/** Waits until a run is so, e.g. `running`; `worker|attempt|results` then. */
async function whenRun(work: Workplace, id: number | undefined, status: string): Promise<readonly string[]> {
  const sql = `SELECT worker, attempt, (SELECT count(*) FROM results WHERE run_id = id) FROM runs WHERE id = ${id} AND status = '${status}'`;
  const row = await until(`run ${id} is ${status}`, async () => (await query(work, sql))[0], 20_000, 50);
  return row.split("|");
}

/** What the list calls the worker of a run: its name ends with the number of the copy. */
const processOf = (worker = ""): string => `orbit-worker:orbit-worker_${worker.split("-").pop()}`;

function same(what: string, found: unknown, wanted: unknown): void {
  if (String(found) !== String(wanted)) throw new Error(`${what}: ${found} instead of ${wanted}`);
}

async function eachOnce(work: Workplace): Promise<void> {
  const open = "SELECT count(*) FROM runs WHERE status <> 'succeeded'";
  await until("every run has succeeded", async () => (await query(work, open))[0] === "0", 20_000, 50);
  const sql = "SELECT (SELECT count(*) FROM runs), count(*), count(DISTINCT run_id) FROM results";
  const [runs, results, different] = ((await query(work, sql))[0] ?? "").split("|");
  same("results", results, runs);
  same("runs with a result", different, runs);
}

async function interruptedRun(work: Workplace): Promise<void> {
  const [id] = await trigger(work, "example", { ms: 2000 });
  const [worker] = await whenRun(work, id, "running");
  await work.kill(processOf(worker));
  const [, attempt, results] = await whenRun(work, id, "succeeded");
  same("attempts", attempt, 2);
  same("results", results, 1);
}

async function rollingRestart(work: Workplace): Promise<void> {
  const [id] = await trigger(work, "example", { ms: 800 });
  await whenRun(work, id, "running");
  same(
    "what roll says",
    await work.ctl("roll", "orbit-worker:*"),
    workers.map((name) => `${name}: restarted\n`).join(""),
  );
  const [, attempt, results] = await whenRun(work, id, "succeeded");
  same("attempts", attempt, 1);
  same("results", results, 1);
}

async function memoryRestart(work: Workplace): Promise<void> {
  const [id] = await trigger(work, "leaky", { mb: 600 });
  const name = processOf((await whenRun(work, id, "succeeded"))[0]);
  const said = async (): Promise<boolean> => /is over memory_limit=500MB/.test(await work.ctl("why", name));
  await until(`spacectl why ${name} tells of its memory`, said, 20_000, 100);
  await work.daemon.reaches(name, "RUNNING");
}

const workers = [0, 1, 2].map((number) => `orbit-worker:orbit-worker_${number}`);

async function databaseAway(work: Workplace): Promise<void> {
  const pids = async (): Promise<string> => (await work.ctl("pid", ...workers)).trim();
  const before = await pids();
  await trigger(work, "example", { ms: 30 }, 100);
  await until("some are done", async () => Number((await query(work, inHand))[0]) > 0, 10_000, 20);
  await work.ctl("stop", "postgres");
  await delay(3000);
  await work.ctl("start", "postgres");
  await eachOnce(work);
  same("pids of the workers", await pids(), before);
}
const inHand = "SELECT count(*) FROM runs WHERE status = 'running'";

async function lostMachine(work: Workplace): Promise<void> {
  const [id] = await query(
    work,
    `INSERT INTO runs (pipeline, status, worker, attempt, heartbeat_at)
     VALUES ('example', 'running', 'gone/worker-0', 1, now() - interval '1 hour') RETURNING id`,
  );
  await work.ctl("start", "recover");
  const [worker, attempt] = await whenRun(work, Number(id), "succeeded");
  same("attempts", attempt, 2);
  if (worker?.startsWith("gone/")) throw new Error(`run ${id} was done by ${worker}`);
}

export const orbit: System = {
  name: "orbit",
  title: "Node workers and a web server on PostgreSQL and pgbouncer, moved from PM2",
  packages: ["postgresql", "pgbouncer"],
  npm: "conf.d/orbit",
  file: "conf.d/orbit.yaml",
  unit: "runs",
  victim: workers[0] ?? "",
  prepare,
  send,
  consumed,
  checks: [
    { what: "every run was done exactly once", run: eachOnce },
    { what: "a run in the hands of a worker that is killed is done by another life", run: interruptedRun },
    { what: "roll restarts one worker after the other, and lets the run in hand end", run: rollingRestart },
    { what: "a worker that leaks over its 500 MB is restarted, and why tells it", run: memoryRestart },
    {
      what: "while the database is away for 3 s the workers wait, and nothing is lost or done twice",
      run: databaseAway,
    },
    { what: "what the worker of a lost machine had in hand is recovered", run: lostMachine },
  ],
};
