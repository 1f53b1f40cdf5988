"""POST /jobs?id=7&ms=100 puts a job into the queue."""

import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import redis

queue = redis.Redis.from_url(os.environ["REDIS_URL"])


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path != "/health":
            return self.answer(404, "no such page")
        queue.ping()
        self.answer(200, "ok")

    def do_POST(self):
        url = urlsplit(self.path)
        if url.path != "/jobs":
            return self.answer(404, "no such page")
        asked = parse_qs(url.query)
        job = "{} {}".format(asked["id"][0], asked.get("ms", ["10"])[0])
        queue.lpush("jobs", job)
        self.answer(202, "queued " + job)

    def answer(self, code, text):
        body = (text + "\n").encode()
        self.send_response(code)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_request(self, code="-", size="-"):
        if self.path != "/health":
            super().log_request(code, size)


signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
with ThreadingHTTPServer(("", 8080), Handler) as server:
    server.serve_forever()
