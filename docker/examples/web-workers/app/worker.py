"""Works off the queue. A job is in a list of this worker's own while it is in hand, so that none is lost whatever ends it."""

import os
import signal
import sys
import time

import redis

queue = redis.Redis.from_url(os.environ["REDIS_URL"])
mine = "jobs:in-hand:" + sys.argv[1]
going_on = True


def stop(*_):
    global going_on
    going_on = False


signal.signal(signal.SIGTERM, stop)
while queue.rpoplpush(mine, "jobs"):
    pass
while going_on:
    job = queue.brpoplpush("jobs", mine, timeout=1)
    if job is None:
        continue
    name, milliseconds = job.decode().split()
    print("began", name, flush=True)
    time.sleep(int(milliseconds) / 1000)
    print("done", name, flush=True)
    queue.lrem(mine, 1, job)
