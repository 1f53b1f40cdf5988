/**
 * The table of runs, and all that is ever done to it. Each step is one statement, so it is atomic, and works
 * through pgbouncer's transaction pooling. A run belongs to the worker that has claimed it and goes on telling so
 * (its heartbeat); only under that name and attempt can it be finished, together with its result.
 */
import { readFile } from "node:fs/promises";
import { Pool } from "pg";

/** A run whose worker has said nothing for so long is taken for interrupted. */
const silentSeconds = Number(process.env.HEARTBEAT_TIMEOUT ?? 30_000) / 1000;
/** A run that was interrupted so often is not tried again. */
const maxAttempts = 5;

/** `url` is DATABASE_URL, the pooled one, or DIRECT_URL. */
export function openRuns(url) {
  if (!url) throw new Error("DATABASE_URL and DIRECT_URL must be set");
  const pool = new Pool({ connectionString: url, max: 2, connectionTimeoutMillis: 3000, query_timeout: 10_000 });
  pool.on("error", () => {}); // an idle connection was lost: the next query finds out, and says so
  const rows = async (text, ...values) => (await pool.query(text, values)).rows;

  return {
    push: async () => pool.query(await readFile(new URL("schema.sql", import.meta.url), "utf8")),

    /** Adds runs; their numbers. */
    trigger: (pipeline, input, count) =>
      rows(
        "INSERT INTO runs (pipeline, input) SELECT $1, $2 FROM generate_series(1, $3) RETURNING id::int",
        pipeline,
        JSON.stringify(input),
        count,
      ).then((added) => added.map(({ id }) => id)),

    /** Takes the oldest pending run that nobody else is taking; undefined when there is none. */
    claim: async (worker) =>
      (
        await rows(
          `UPDATE runs SET status = 'running', worker = $1, attempt = attempt + 1, started_at = now(), heartbeat_at = now()
           WHERE id = (SELECT id FROM runs WHERE status = 'pending' ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)
           RETURNING id::int, pipeline, input, attempt`,
          worker,
        )
      )[0],

    /** Ends a run and keeps its result; false when it has become somebody else's. */
    finish: async ({ id, attempt }, worker, output) =>
      (
        await rows(
          `WITH mine AS (
             UPDATE runs SET status = 'succeeded', finished_at = now()
             WHERE id = $1 AND worker = $2 AND attempt = $3 AND status = 'running' RETURNING id
           ) INSERT INTO results (run_id, worker, attempt, output) SELECT id, $2, $3, $4 FROM mine RETURNING run_id`,
          id,
          worker,
          attempt,
          JSON.stringify(output ?? null),
        )
      ).length === 1,

    fail: ({ id, attempt }, worker, error) =>
      rows(
        `UPDATE runs SET status = 'failed', error = $4, finished_at = now()
         WHERE id = $1 AND worker = $2 AND attempt = $3 AND status = 'running'`,
        id,
        worker,
        attempt,
        error,
      ),

    /** Says that a worker lives, and what it has in hand with it. */
    beat: (worker) =>
      rows(
        `WITH beating AS (UPDATE runs SET heartbeat_at = now() WHERE worker = $1 AND status = 'running')
         UPDATE workers SET seen_at = now() WHERE name = $1`,
        worker,
      ),

    /** Says that a worker begins a life. */
    begin: (worker) =>
      rows(
        "INSERT INTO workers (name) VALUES ($1) ON CONFLICT (name) DO UPDATE SET started_at = now(), seen_at = now()",
        worker,
      ),

    /** Puts back what is running under a name that has nothing in hand: an earlier life of it has left that. */
    recoverOf: (worker) => rows(`${recovery} AND worker = $1 RETURNING id::int, status`, worker),

    /** Puts back what is running under names that are silent. */
    recoverSilent: () => rows(`${recovery} AND ${silent} RETURNING id::int, status`),

    /** Runs that `recoverSilent` would put back. */
    interrupted: () => rows(`SELECT id::int, pipeline, worker FROM runs WHERE status = 'running' AND ${silent}`),

    /** Puts one run back, failed ones too. */
    resume: (id) =>
      rows(
        `UPDATE runs SET status = 'pending', worker = NULL WHERE id = $1 AND status IN ('running', 'failed') RETURNING id::int`,
        id,
      ),

    summary: async () =>
      (
        await rows(
          `SELECT count(*)::int AS "totalRuns",
             (count(*) FILTER (WHERE status = 'pending'))::int AS pending,
             (count(*) FILTER (WHERE status = 'running'))::int AS running,
             (count(*) FILTER (WHERE status = 'succeeded'))::int AS succeeded,
             (count(*) FILTER (WHERE status = 'failed'))::int AS failed,
             (count(*) FILTER (WHERE status = 'running' AND ${silent}))::int AS "stuckRuns",
             round(avg(extract(epoch FROM finished_at - started_at)) * 1000)::int AS "avgExecutionTime",
             (SELECT min(started_at) FROM workers) AS "workerStartTime",
             (SELECT max(seen_at) FROM workers) AS "lastActivity",
             max(finished_at) AS "lastRunTime", now() AS timestamp
           FROM runs`,
        )
      )[0],

    close: () => pool.end(),
  };
}

const silent = `heartbeat_at < now() - interval '${silentSeconds} seconds'`;
const recovery = `UPDATE runs SET worker = NULL, status = CASE WHEN attempt < ${maxAttempts} THEN 'pending' ELSE 'failed' END,
  error = 'interrupted' WHERE status = 'running'`;
