"""Takes messages from a Redis queue and delivers them to the main server over mutual TLS, until that has taken them.

A message moves from the queue to a list of this worker's (BLMOVE) and leaves that when it is delivered or back in the
queue, so one in hand outlives a SIGKILL: the supervisor puts it back (post_stop_command), or the next worker of the same
WORKER_ID. It may then be delivered a second time, and the main server knows it by its id. With BRPOP the messages in hand, up
to WORKER_CONCURRENCY, were lost.

What it says goes to standard output; files, their rotation and their age are the supervisor's.
"""
import json
import logging
import os
import signal
import sys
import threading
import time

import redis
import requests
from prometheus_client import Counter, Gauge, Histogram, start_http_server

ID = os.environ.get("WORKER_ID", f"worker-{os.getpid()}")
CONCURRENCY = int(os.environ.get("WORKER_CONCURRENCY", 4))
RETRY_INTERVAL = float(os.environ.get("WORKER_RETRY_INTERVAL") or 30)
MAX_ATTEMPTS = int(os.environ.get("WORKER_MAX_ATTEMPTS", 10000))
METRICS_PORT = int(os.environ.get("WORKER_METRICS_PORT", 9100))
SERVER = os.environ.get("MAIN_SERVER_URL", "https://localhost:8000")
QUEUE = "message_queue"
IN_HAND = f"{QUEUE}:{ID}"

logging.basicConfig(
    stream=sys.stdout,
    level=os.environ.get("LOG_LEVEL", "INFO"),
    format=f"%(asctime)s - worker - %(levelname)s - [{ID}] - %(message)s",
)
log = logging.getLogger("worker")

processed = Counter("worker_messages_processed", "Total messages processed", ["worker_id"]).labels(ID)
delivered = Counter("worker_messages_delivered", "Total messages delivered successfully", ["worker_id"]).labels(ID)
failed = Counter("worker_messages_failed", "Total failed messages", ["worker_id"]).labels(ID)
retried = Counter("worker_messages_retried", "Total retry attempts", ["worker_id"]).labels(ID)
duration = Histogram("worker_delivery_duration_seconds", "Message delivery time", ["worker_id"]).labels(ID)
waited = Histogram("worker_queue_wait_seconds", "Time in queue before processing", ["worker_id"]).labels(ID)
active = Gauge("worker_active_workers", "Number of active workers", ["worker_id"]).labels(ID)
processing = Gauge("worker_processing_messages", "Currently processing messages", ["worker_id"]).labels(ID)

stopping = threading.Event()
queue = redis.Redis(
    host=os.environ.get("REDIS_HOST", "localhost"),
    port=int(os.environ.get("REDIS_PORT", 6379)),
    db=int(os.environ.get("REDIS_DB", 0)),
    password=os.environ.get("REDIS_PASSWORD") or None,
)


def main():
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: stopping.set())
    log.info("Worker %s starting...", ID)
    connect()
    take_back()
    start_http_server(METRICS_PORT, os.environ.get("WORKER_METRICS_HOST", "0.0.0.0"))
    log.info("Prometheus metrics server started on port %s", METRICS_PORT)
    threads = [threading.Thread(target=processor) for _ in range(CONCURRENCY)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    log.info("Worker %s stopped, nothing in hand", ID)


def connect():
    while True:
        try:
            queue.ping()
            break
        except redis.ConnectionError as error:
            log.error("Cannot connect to Redis: %s", error)
            if stopping.wait(1):
                sys.exit(0)
    log.info("Connected to Redis")


def take_back():
    """Only one process has this id at a time, so what its list holds was in the hands of one that is dead."""
    count = 0
    while queue.lmove(IN_HAND, QUEUE, "LEFT", "RIGHT"):
        count += 1
    if count:
        log.warning("%s messages were in the hands of a worker that was killed, back in the queue", count)


def processor():
    session = requests.Session()
    session.trust_env = False
    session.cert = (os.environ.get("WORKER_CERT_PATH", "certs/worker.crt"), os.environ.get("WORKER_KEY_PATH", "certs/worker.key"))
    session.verify = os.environ.get("CA_CERT_PATH", "certs/ca.crt")
    active.inc()
    while not stopping.is_set():
        try:
            raw = queue.blmove(QUEUE, IN_HAND, 1, "RIGHT", "LEFT")
            if raw:
                with processing.track_inprogress():
                    process(session, raw)
        except redis.ConnectionError as error:
            log.error("Lost Redis: %s", error)
            stopping.wait(1)
    active.dec()


def process(session, raw):
    message = json.loads(raw)
    attempt = message.get("attempt_count", 0) + 1
    processed.inc()
    waited.observe(max(0, time.time() - message.get("queued_at", time.time())))
    log.info("Processing message %s (attempt %s/%s)", message["message_id"], attempt, MAX_ATTEMPTS)
    try:
        with duration.time():
            deliver(session, message)
    except OSError as error:  # those of requests are among them, and so is a certificate that is not there
        failed.inc()
        if attempt >= MAX_ATTEMPTS:
            log.error("Message %s given up after %s attempts: %s", message["message_id"], attempt, error)
            tell_status(session, message, "failed", attempt, error)
            queue.lrem(IN_HAND, 1, raw)
            return
        log.warning("Message %s is tried again in %s s: %s", message["message_id"], RETRY_INTERVAL, error)
        tell_status(session, message, "queued", attempt, error)
        stopping.wait(RETRY_INTERVAL)  # a stop does not wait for it: the message goes back at once
        again = json.dumps({**message, "attempt_count": attempt, "queued_at": time.time()})
        with queue.pipeline(transaction=True) as both:
            both.lpush(QUEUE, again).lrem(IN_HAND, 1, raw).execute()
        retried.inc()
        return
    delivered.inc()
    queue.lrem(IN_HAND, 1, raw)
    log.info("Message %s delivered successfully", message["message_id"])


def deliver(session, message):
    body = {"message_id": message["message_id"], "worker_id": ID}
    session.post(f"{SERVER}/internal/messages/deliver", json=body, timeout=10).raise_for_status()


def tell_status(session, message, status, attempt, error):
    body = {"status": status, "attempt_count": attempt, "error_message": str(error)[:200]}
    try:
        session.put(f"{SERVER}/internal/messages/{message['message_id']}/status", json=body, timeout=10)
    except OSError:
        pass  # the server that did not take the message does not take this either


main()
