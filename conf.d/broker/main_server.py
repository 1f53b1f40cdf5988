"""The main server as its workers see it: two calls over mutual TLS, and a table of messages.

The certificate of the authority opens the door, so whoever has none signed by it is refused in the handshake.
"""
import json
import os
import signal
import sqlite3
import ssl
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

CERTS = os.environ["MAIN_SERVER_CERTS"]
DELIVERY_SECONDS = float(os.environ.get("MAIN_SERVER_DELIVERY_SECONDS") or 0)  # what is done with a message
lock = threading.Lock()
database = sqlite3.connect(os.environ["MAIN_SERVER_DATABASE"], check_same_thread=False, isolation_level=None)
database.executescript(
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
    "CREATE TABLE IF NOT EXISTS messages (message_id TEXT PRIMARY KEY, status TEXT, worker_id TEXT, attempt_count INTEGER,"
    " error_message TEXT, delivered_at REAL, deliveries INTEGER DEFAULT 0)"
)


def delivered(body):
    time.sleep(DELIVERY_SECONDS)
    with lock:
        database.execute(
            "INSERT INTO messages (message_id, status, worker_id, delivered_at, deliveries) VALUES (?, 'delivered', ?, ?, 1)"
            " ON CONFLICT (message_id) DO UPDATE SET status = 'delivered', worker_id = excluded.worker_id,"
            " delivered_at = excluded.delivered_at, deliveries = deliveries + 1",
            (body["message_id"], body["worker_id"], time.time()),
        )
    return {"status": "success", "delivered_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}


def updated(message_id, body):
    with lock:
        database.execute(
            "INSERT INTO messages (message_id, status, attempt_count, error_message) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (message_id) DO UPDATE SET attempt_count = excluded.attempt_count,"
            " error_message = excluded.error_message WHERE status != 'delivered'",
            (message_id, body["status"], body["attempt_count"], body["error_message"]),
        )
    return {"status": "updated"}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self):
        if self.path == "/internal/messages/deliver":
            self.answer(200, delivered(self.body()))
        else:
            self.answer(404, {"error": "no such address"})

    def do_PUT(self):
        parts = self.path.split("/")
        if len(parts) == 5 and self.path.startswith("/internal/messages/") and parts[4] == "status":
            self.answer(200, updated(parts[3], self.body()))
        else:
            self.answer(404, {"error": "no such address"})

    def body(self):
        return json.loads(self.rfile.read(int(self.headers["Content-Length"])))

    def answer(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def get_request(self):
        """The handshake is made in the connection's own thread, so a client that says nothing holds up nobody."""
        connection, address = self.socket.accept()
        connection.settimeout(30)
        return context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False), address

    def handle_error(self, *_):
        pass  # clients without a certificate, and those that have gone


context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(f"{CERTS}/server.crt", f"{CERTS}/server.key")
context.load_verify_locations(f"{CERTS}/ca.crt")
context.verify_mode = ssl.CERT_REQUIRED
server = Server(("127.0.0.1", int(os.environ["MAIN_SERVER_PORT"])), Handler)
signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
print(f"main server on port {os.environ['MAIN_SERVER_PORT']}", flush=True)
server.serve_forever()
