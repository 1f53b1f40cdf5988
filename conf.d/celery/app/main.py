"""The API: takes archives, queues their parsing, and tells how runs and workers are."""
import json
import os
import urllib.error
import urllib.request
from pathlib import Path

from celery.result import AsyncResult
from fastapi import FastAPI, File, Form, HTTPException, UploadFile

from app import runs
from app.worker.celery_app import celery_app
from app.worker.tasks import queue

app = FastAPI()
storage = Path(os.environ["STORAGE_PATH"])


@app.on_event("startup")
def prepare():
    storage.mkdir(parents=True, exist_ok=True)
    runs.create_tables()


@app.get("/health")
def health():
    return {"status": "ok"}


@app.post("/v1/uploads", status_code=202)
def upload(file: UploadFile = File(), type: str = Form(), label: str = Form(), urgent: bool = Form(False)):
    database = runs.connect()
    run_id = runs.add(database, type, label, urgent)
    archive = storage / f"{run_id}-{Path(file.filename).name}"
    archive.write_bytes(file.file.read())
    task_id = f"run-{run_id}"
    runs.stored(database, run_id, str(archive), task_id)
    queue(run_id, urgent)
    database.close()
    return {"run_id": run_id, "task_id": task_id}


@app.get("/v1/runs/{run_id}")
@app.get("/v1/worker/runs/{run_id}/status")
def run_status(run_id: int):
    found = runs.one(runs.connect(), run_id)
    if found is None:
        raise HTTPException(404, f"no run {run_id}")
    return found


@app.get("/v1/worker/tasks/{task_id}")
def task_status(task_id: str):
    result = AsyncResult(task_id, app=celery_app)
    return {
        "task_id": task_id,
        "status": result.status,
        "ready": result.ready(),
        "successful": result.successful() if result.ready() else None,
        "result": result.result if result.successful() else None,
    }


@app.get("/v1/worker/metrics")
def metrics():
    return runs.metrics(runs.connect())


@app.get("/v1/worker/health")
def worker_health():
    """Asks the workers themselves, through Celery: those that answer within a second are there, and work."""
    active = celery_app.control.inspect(timeout=1).active()
    if not active:
        raise HTTPException(503, "no active workers")
    return {
        "status": "healthy",
        "workers": len(active),
        "active_tasks": sum(len(tasks) for tasks in active.values()),
        "worker_names": sorted(active),
    }


@app.get("/v1/worker/processes")
def worker_processes():
    """Asks the supervisor, which knows at once, and knows also why a worker is not there."""
    try:
        with urllib.request.urlopen(os.environ["SUPERVISOR_HEALTH_URL"], timeout=2) as answer:
            told = json.load(answer)
    except urllib.error.HTTPError as answer:  # 503 is an answer, too
        told = json.load(answer)
    workers = [each for each in told["processes"] if each["group"].startswith("worker")]
    if not any(each["ready"] for each in workers):
        raise HTTPException(503, {"no worker is ready": workers})
    return {"workers": workers}
