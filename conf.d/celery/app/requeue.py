"""Queues runs again whose task is lost: they are neither done nor waited for, and nobody has touched them for a while.

Celery takes from Redis with BRPOP, so a message can be lost on its way into a worker that is killed in that moment; what that had
in hand Celery gives to others after the visibility timeout. Tasks are idempotent, so one too many does no harm.
"""
import os

import redis

from app import runs
from app.worker.celery_app import celery_app
from app.worker.tasks import queue

broker = redis.from_url(celery_app.conf.broker_url)
waiting = sum(broker.llen(name) for name in ("celery", "high_priority"))
if waiting:
    print(f"{waiting} tasks are waiting: who is late may be among them")
else:
    for run in runs.stuck(runs.connect(), float(os.environ.get("REQUEUE_AFTER") or 600)):
        print(f"run {run['id']} is queued again")
        queue(run["id"], run["urgent"])
