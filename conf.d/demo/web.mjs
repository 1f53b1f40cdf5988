/**
 * The demo's web server: a page that shows the queue and adds jobs to it, and the same as JSON.
 *
 *   GET /            the page          GET /jobs     the numbers as JSON
 *   POST /jobs?n=10  adds ten jobs     GET /healthz  "ok"
 */
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { openQueue } from "./queue.mjs";
import { say, stopping } from "./stopping.mjs";

const host = process.env.DEMO_HOST || "127.0.0.1";
const port = Number(process.env.DEMO_PORT || 8080);
const page = readFileSync(new URL("page.html", import.meta.url));
const queue = openQueue();

const routes = {
  "GET /": (_url, reply) => send(reply, 200, "text/html; charset=utf-8", page),
  "GET /jobs": (_url, reply) => sendJson(reply, 200, queue.summary()),
  "POST /jobs": (url, reply) => {
    const count = Number(url.searchParams.get("n") ?? 1);
    if (!Number.isInteger(count) || count < 1 || count > 1000)
      return sendJson(reply, 400, { error: "n must be 1 to 1000" });
    const added = Array.from({ length: count }, () => queue.add("requested on the page"));
    say(`${count === 1 ? `job ${added[0]}` : `${count} jobs`} added on the page`);
    return sendJson(reply, 201, { added });
  },
  "GET /healthz": (_url, reply) => send(reply, 200, "text/plain", "ok\n"),
};

const server = createServer((request, reply) => {
  request.resume(); // no request of ours has a body worth reading
  try {
    const url = new URL(request.url, "http://localhost");
    const route = routes[`${request.method} ${url.pathname}`];
    if (route) route(url, reply);
    else sendJson(reply, 404, { error: "there is no such page" });
  } catch (error) {
    process.stderr.write(`${request.method} ${request.url}: ${error.message}\n`);
    if (!reply.headersSent) sendJson(reply, 500, { error: "see the log of web" });
  }
});

server.on("error", (error) => {
  const cause = error.code === "EADDRINUSE" ? "it is taken" : error.message;
  process.stderr.write(`cannot listen on ${host}:${port}: ${cause}; choose another one: DEMO_PORT=8081 npm start\n`);
  process.exitCode = 1;
  queue.close();
});
server.listen(port, host, () => {
  say(`open http://localhost:${server.address().port}/ and, in a second terminal, try`);
  say("  bin/spacectl -c conf.d/demo.yaml status");
  say("  bin/spacectl -c conf.d/demo.yaml restart 'worker:*'");
  say("  bin/spacectl -c conf.d/demo.yaml tail -f worker:worker_00");
  say("Ctrl-C here ends everything");
});
stopping.addEventListener("abort", () => {
  server.close(() => queue.close());
  server.closeAllConnections();
});

function send(reply, status, type, body) {
  reply.writeHead(status, {
    "Content-Type": type,
    "Content-Length": Buffer.byteLength(body),
    "Cache-Control": "no-store",
  });
  reply.end(body);
}

function sendJson(reply, status, value) {
  send(reply, status, "application/json", `${JSON.stringify(value, null, 2)}\n`);
}
