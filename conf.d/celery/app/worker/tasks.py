"""Parses uploaded archives: idempotent, retried with growing pauses when the trouble may pass."""
import io
import os
import tarfile
import time
import traceback
import zipfile

from celery.utils.log import get_task_logger

from app import runs
from app.worker.celery_app import celery_app

log = get_task_logger(__name__)
RETRY_PAUSES = (60, 180, 600)
HEARTBEAT_SECONDS = 30


class PermanentError(Exception):
    """What no retry mends: a broken archive, nothing to parse in it."""


@celery_app.task(bind=True, max_retries=len(RETRY_PAUSES))
def parse_run(self, run_id):
    """Parses the archive of one run and stores what it found."""
    database = runs.connect()
    archive = runs.begin(database, run_id)
    if archive is None:
        log.info("run %s is done already", run_id)
        return {"run_id": run_id, "status": "repeated"}
    try:
        begun = time.monotonic()
        files, found, beaten = 0, [], begun
        for name, text in conf_files(archive):
            files += 1
            for stanza, settings in parse_conf(text):
                found.append((name, stanza, settings))
                if time.monotonic() - beaten > HEARTBEAT_SECONDS:
                    beaten = time.monotonic()
                    runs.beat(database, run_id)
        if files == 0:
            raise PermanentError("no .conf file in the archive")
        runs.complete(database, run_id, found)
        seconds = time.monotonic() - begun
        log.info("run %s: %s files, %s stanzas in %.3f s", run_id, files, len(found), seconds)
        return {
            "run_id": run_id,
            "status": "completed",
            "files_parsed": files,
            "stanzas_created": len(found),
            "duration_seconds": seconds,
        }
    except (PermanentError, tarfile.TarError, zipfile.BadZipFile) as error:
        runs.failed(database, run_id, f"Permanent error: {error}", traceback.format_exc(), self.request.retries)
        return {"run_id": run_id, "status": "failed"}
    except OSError as error:
        retry = self.request.retries
        if retry >= len(RETRY_PAUSES):
            runs.failed(database, run_id, f"Failed after {retry} retries: {error}", traceback.format_exc(), retry)
            raise
        runs.retrying(database, run_id, f"Transient error (retry {retry + 1}): {error}", retry + 1, RETRY_PAUSES[retry])
        raise self.retry(exc=error, countdown=RETRY_PAUSES[retry])
    finally:
        database.close()


@celery_app.task(bind=True, max_retries=len(RETRY_PAUSES))
def parse_urgent_run(self, run_id):
    """The same from the queue high_priority, which has a pool of its own."""
    return parse_run.run.__func__(self, run_id)


def queue(run_id, urgent):
    task = parse_urgent_run if urgent else parse_run
    task.apply_async((run_id,), task_id=f"run-{run_id}")


def conf_files(archive):
    if not os.path.exists(archive):
        raise FileNotFoundError(f"{archive} is not there")
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as opened:
            for name in opened.namelist():
                if name.endswith(".conf"):
                    yield name, io.TextIOWrapper(opened.open(name), "utf-8", "replace")
    else:
        with tarfile.open(archive) as opened:
            for member in opened:
                if member.isfile() and member.name.endswith(".conf"):
                    yield member.name, io.TextIOWrapper(opened.extractfile(member), "utf-8", "replace")


def parse_conf(text):
    """Stanzas of a .conf file, each with the number of its settings."""
    stanza, settings = "default", 0
    for line in text:
        line = line.strip()
        if line.startswith("[") and line.endswith("]"):
            if settings:
                yield stanza, settings
            stanza, settings = line[1:-1], 0
        elif line and not line.startswith("#") and "=" in line:
            settings += 1
    if settings:
        yield stanza, settings
