"""Runs of the parser and what they found: one table each, in SQLite where DATABASE_URL would name PostgreSQL elsewhere.

Every write says in which state it expects the run to be, so a task that is delivered twice changes nothing twice.
"""
import os
import sqlite3
import time

SCHEMA = """
PRAGMA journal_mode = WAL;
CREATE TABLE IF NOT EXISTS runs (
  id INTEGER PRIMARY KEY, type TEXT, label TEXT, urgent INTEGER, archive TEXT, status TEXT DEFAULT 'pending', task_id TEXT,
  attempts INTEGER DEFAULT 0, retry_count INTEGER DEFAULT 0, error_message TEXT, error_traceback TEXT, pool_process INTEGER,
  stanzas INTEGER, stored_at REAL, started_at REAL, last_heartbeat REAL, completed_at REAL);
CREATE TABLE IF NOT EXISTS stanzas (run_id INTEGER, file TEXT, name TEXT, settings INTEGER);
CREATE INDEX IF NOT EXISTS stanzas_of_run ON stanzas (run_id);
"""


def connect():
    """A connection in which every statement is a transaction of its own; several processes may write in turn."""
    database = sqlite3.connect(os.environ["DATABASE_PATH"], timeout=30, isolation_level=None)
    database.row_factory = sqlite3.Row
    database.execute("PRAGMA synchronous = NORMAL")
    return database


def create_tables():
    with connect() as database:
        database.executescript(SCHEMA)


def add(database, type, label, urgent):
    values = (type, label, urgent)
    return database.execute("INSERT INTO runs (type, label, urgent) VALUES (?, ?, ?)", values).lastrowid


def stored(database, run_id, archive, task_id):
    database.execute(
        "UPDATE runs SET archive = ?, task_id = ?, status = 'stored', stored_at = ? WHERE id = ?",
        (archive, task_id, time.time(), run_id),
    )


def one(database, run_id):
    row = database.execute("SELECT * FROM runs WHERE id = ?", (run_id,)).fetchone()
    return None if row is None else dict(row)


def begin(database, run_id):
    """The archive to parse; None when the run is done already, because its task was delivered a second time."""
    now = time.time()
    changed = database.execute(
        "UPDATE runs SET status = 'parsing', attempts = attempts + 1, started_at = ?, last_heartbeat = ?, pool_process = ?"
        " WHERE id = ? AND status IN ('stored', 'parsing')",
        (now, now, os.getpid(), run_id),
    ).rowcount
    return one(database, run_id)["archive"] if changed else None


def beat(database, run_id):
    database.execute("UPDATE runs SET last_heartbeat = ? WHERE id = ?", (time.time(), run_id))


def complete(database, run_id, found):
    """Everything of the run in one transaction: what an attempt that was killed has left is replaced."""
    database.execute("BEGIN IMMEDIATE")
    database.execute("DELETE FROM stanzas WHERE run_id = ?", (run_id,))
    database.executemany("INSERT INTO stanzas VALUES (?, ?, ?, ?)", ((run_id, *each) for each in found))
    database.execute(
        "UPDATE runs SET status = 'complete', stanzas = ?, completed_at = ? WHERE id = ?",
        (len(found), time.time(), run_id),
    )
    database.execute("COMMIT")


def failed(database, run_id, message, traceback, retry_count):
    database.execute(
        "UPDATE runs SET status = 'failed', error_message = ?, error_traceback = ?, retry_count = ?, completed_at = ?"
        " WHERE id = ?",
        (message, traceback, retry_count, time.time(), run_id),
    )


def retrying(database, run_id, message, retry_count, pause):
    database.execute(
        "UPDATE runs SET status = 'stored', error_message = ?, retry_count = ?, stored_at = ? WHERE id = ?",
        (message, retry_count, time.time() + pause, run_id),
    )


def stuck(database, seconds):
    """Runs that nobody has touched for so long, and marks them as touched now."""
    now = time.time()
    rows = database.execute(
        "UPDATE runs SET status = 'stored', stored_at = ? WHERE status = 'stored' AND stored_at < ?"
        " OR status = 'parsing' AND last_heartbeat < ? RETURNING id, urgent",
        (now, now - seconds, now - seconds),
    )
    return rows.fetchall()


def metrics(database):
    counts = {row["status"]: row["n"] for row in database.execute("SELECT status, count(*) AS n FROM runs GROUP BY status")}
    averages = database.execute(
        "SELECT avg(retry_count) AS retries, max(retry_count) AS most, avg(completed_at - started_at) AS seconds,"
        " max(attempts) AS attempts, count(DISTINCT pool_process) AS processes FROM runs WHERE started_at NOT NULL"
    ).fetchone()
    failures = database.execute(
        "SELECT id AS run_id, error_message, retry_count, completed_at FROM runs WHERE status = 'failed'"
        " ORDER BY completed_at DESC LIMIT 10"
    )
    return {
        "status_counts": counts,
        "retry_stats": {"avg_retries": averages["retries"], "max_retries": averages["most"]},
        "avg_duration_seconds": averages["seconds"],
        "max_attempts": averages["attempts"],
        "pool_processes": averages["processes"],
        "recent_failures": [dict(row) for row in failures],
    }
