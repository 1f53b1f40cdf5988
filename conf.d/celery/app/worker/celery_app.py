"""The Celery application: broker, results, and the settings that decide what a killed worker costs."""
import os
from pathlib import Path

from celery import Celery
from celery.signals import heartbeat_sent

celery_app = Celery("parser", include=["app.worker.tasks"])
celery_app.conf.update(
    broker_url=os.environ["CELERY_BROKER_URL"],
    result_backend=os.environ["CELERY_RESULT_BACKEND"],
    task_time_limit=3600,
    task_soft_time_limit=3300,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    worker_max_tasks_per_child=100,
    task_routes={"app.worker.tasks.parse_urgent_run": {"queue": "high_priority"}},
    # What a worker that was killed had in hand is given to others after this time, which must be longer than the longest
    # task, or that is done twice. app.requeue is sooner.
    broker_transport_options={"visibility_timeout": 7200},
)


@heartbeat_sent.connect
def tell_supervisor(**_):
    """Every two seconds, from the worker's event loop: the supervisor's healthcheck_file stands still when that hangs."""
    if ping := os.environ.get("WORKER_PING_FILE"):
        Path(ping).touch()
