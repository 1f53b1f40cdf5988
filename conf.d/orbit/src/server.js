/**
 * The web server: what the team's UI asks for, over tRPC.
 *
 *   GET  /api/trpc/worker.metrics, worker.health      POST /api/trpc/runs.trigger {"pipeline": "example", "count": 10}
 *   GET  /api/health      200 while it serves; the database may be away
 */
import { createServer } from "node:http";
import { initTRPC } from "@trpc/server";
import { createHTTPHandler } from "@trpc/server/adapters/standalone";
import { openLog } from "./log.js";
import { pipelines } from "./pipelines.js";
import { openRuns } from "./runs.js";
import { stopping } from "./stopping.js";

const port = Number(process.env.PORT ?? 3000);
const log = openLog("server");
const runs = openRuns(process.env.DATABASE_URL);

const { router, procedure } = initTRPC.create();
const handle = createHTTPHandler({
  basePath: "/api/trpc/",
  onError: ({ path, error }) => log.error(`${path}: ${error.message}`),
  router: router({
    worker: router({
      metrics: procedure.query(async () => {
        const { lastActivity, stuckRuns, ...summary } = await runs.summary();
        return summary;
      }),
      health: procedure.query(async () => {
        const { lastActivity, stuckRuns } = await runs.summary();
        const silentMs = lastActivity === null ? Number.POSITIVE_INFINITY : Date.now() - lastActivity.getTime();
        if (silentMs > 60_000) return { status: "error", message: "no worker is there", lastActivity, stuckRuns };
        if (stuckRuns > 0) return { status: "warning", message: "runs are stuck", lastActivity, stuckRuns };
        return { status: "healthy", message: "workers are working", lastActivity, stuckRuns };
      }),
    }),
    runs: router({
      trigger: procedure.input(triggerInput).mutation(({ input }) => {
        return runs.trigger(input.pipeline, input.input, input.count);
      }),
    }),
  }),
});

const server = createServer((request, reply) => {
  if (request.url === "/api/health") reply.end("ok\n");
  else handle(request, reply);
});
server.on("error", (error) => {
  log.error(`cannot listen on port ${port}: ${error.message}`);
  process.exitCode = 1;
  void runs.close();
});
server.listen(port, "127.0.0.1", () => log.info(`ready on http://127.0.0.1:${port}`));
stopping.addEventListener("abort", () => {
  server.close(async () => {
    await runs.close();
    log.info("server stopped");
    log.end();
  });
  server.closeIdleConnections();
});

function triggerInput(value) {
  const { pipeline, input = {}, count = 1 } = value ?? {};
  if (!Object.hasOwn(pipelines, pipeline)) throw new Error(`there is no pipeline ${pipeline}`);
  if (!Number.isInteger(count) || count < 1 || count > 1000) throw new Error("count must be 1 to 1000");
  return { pipeline, input, count };
}
