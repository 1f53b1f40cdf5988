/**
 * The demo's job queue: one SQLite file that every program of the demo opens. A job is delivered at
 * least once: whoever claims it holds a lease, and a job whose lease runs out, or whose worker has died, is
 * claimed again. Claiming is a single UPDATE, so two workers never get the same job.
 */
import { chmodSync, mkdirSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

const leaseSeconds = 30;
const maxAttempts = 5;

/** The demo's own folder, for this user only; it outlives the demo, and so do the jobs. */
function folder() {
  const uid = process.getuid();
  const path = process.env.DEMO_DIR ?? join(tmpdir(), `spaced-demo-${uid}`);
  mkdirSync(path, { recursive: true, mode: 0o700 });
  if (statSync(path).uid !== uid)
    throw new Error(`${path} belongs to somebody else; set DEMO_DIR to a folder of yours`);
  chmodSync(path, 0o700);
  return path;
}

/**
 * SQLite does not wait out its timeout when several programs change a new file's journal mode at the same
 * moment: to all but one it says "database is locked" at once. The mode is kept in the file.
 */
function useWriteAheadLog(db) {
  const giveUpMs = Date.now() + 5000;
  for (;;) {
    try {
      db.exec("PRAGMA journal_mode = WAL");
      return;
    } catch (error) {
      if (error.errcode !== 5 || Date.now() > giveUpMs) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10 + Math.random() * 20);
    }
  }
}

export function openQueue() {
  const db = new DatabaseSync(join(folder(), "queue.sqlite"), { timeout: 5000 });
  useWriteAheadLog(db);
  db.exec(`
    PRAGMA synchronous = NORMAL;
    CREATE TABLE IF NOT EXISTS jobs (
      id INTEGER PRIMARY KEY,
      task TEXT NOT NULL,
      state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'running', 'done', 'failed')),
      attempts INTEGER NOT NULL DEFAULT 0,
      worker TEXT,
      lease_until REAL,
      created_at REAL NOT NULL DEFAULT (unixepoch('subsec')),
      finished_at REAL
    );
    CREATE INDEX IF NOT EXISTS jobs_by_state ON jobs (state, id);
  `);
  const insert = db.prepare("INSERT INTO jobs (task) VALUES (?) RETURNING id");
  const claim = db.prepare(`
    UPDATE jobs
    SET state = 'running', worker = :worker, attempts = attempts + 1, lease_until = unixepoch('subsec') + ${leaseSeconds}
    WHERE id = (
      SELECT id FROM jobs
      WHERE state = 'waiting' OR (state = 'running' AND lease_until < unixepoch('subsec'))
      ORDER BY id LIMIT 1
    )
    RETURNING id, task, attempts
  `);
  const finish = db.prepare(`
    UPDATE jobs SET state = 'done', finished_at = unixepoch('subsec') WHERE id = :id AND worker = :worker AND state = 'running'
  `);
  const release = db.prepare(`
    UPDATE jobs SET state = iif(attempts < ${maxAttempts}, 'waiting', 'failed'), worker = NULL, lease_until = NULL
    WHERE worker = :worker AND state = 'running'
    RETURNING id
  `);
  const counts = db.prepare("SELECT state, count(*) AS jobs FROM jobs GROUP BY state");
  const byWorker = db.prepare(
    "SELECT worker, count(*) AS jobs FROM jobs WHERE worker IS NOT NULL GROUP BY worker ORDER BY worker",
  );
  const latest = db.prepare("SELECT id, task, state, attempts, worker FROM jobs ORDER BY id DESC LIMIT 10");
  const forget = db.prepare("DELETE FROM jobs WHERE state = 'done' AND finished_at < unixepoch('subsec') - 3600");

  return {
    /** Adds a job; its number. */
    add: (task) => insert.get(task).id,
    /** Takes the oldest waiting job, or one whose worker let its lease run out; undefined when there is none. */
    claim: (worker) => claim.get({ worker }),
    /** Marks a job done; false when somebody else has it by now. */
    finish: (id, worker) => finish.run({ id, worker }).changes === 1,
    /** Gives back what a worker of this name left unfinished when it died; the numbers of the jobs. */
    releaseAllOf: (worker) => release.all({ worker }).map((job) => job.id),
    /** Drops what was done more than an hour ago. */
    forgetOld: () => forget.run().changes,
    /** Numbers for people: jobs per state and per worker, and the latest ten. */
    summary() {
      const states = { waiting: 0, running: 0, done: 0, failed: 0 };
      for (const { state, jobs } of counts.all()) states[state] = jobs;
      return { ...states, workers: byWorker.all(), latest: latest.all() };
    },
    close: () => db.close(),
  };
}
