/**
 * Takes runs from the database and executes them, one at a time, while there are any; then it looks every POLL_INTERVAL.
 * Asked to stop it finishes the run in hand. Killed, it leaves a run that its next life puts back; on a machine that
 * is gone for good that is the part of `orbit recover`. While the database is away it waits.
 */
import { hostname } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { openLog } from "./log.js";
import { pipelines } from "./pipelines.js";
import { openRuns } from "./runs.js";
import { pause, stopping } from "./stopping.js";

const pollMs = Number(process.env.POLL_INTERVAL ?? 5000);
const metricsMs = Number(process.env.METRICS_INTERVAL ?? 60_000);
const limitMs = Number(process.env.MAX_EXECUTION_TIMEOUT ?? 600_000);
const heartbeatMs = 5000;

const log = openLog("worker");
const runs = openRuns(process.env.DATABASE_URL);
// PM2 numbers its instances in this variable, and the imported list goes on doing so.
const name = `${hostname()}/worker-${process.env.NODE_APP_INSTANCE ?? 0}`;
const tally = { succeeded: 0, failed: 0, ms: 0 };

for (const pipeline of Object.keys(pipelines)) log.info(`Loaded pipeline: ${pipeline}`);
log.debug(`polls every ${pollMs} ms`);
const timers = [setInterval(report, metricsMs), setInterval(() => runs.beat(name).catch(() => {}), heartbeatMs)];
await work();
for (const timer of timers) clearInterval(timer);
await runs.close();
log.info(`${name} stopped after ${tally.succeeded + tally.failed} runs`);
log.end();

async function work() {
  let known = false; // whether the database knows of this life, and that it has nothing in hand
  let trouble = "";
  while (!stopping.aborted) {
    try {
      if (!known) await introduce();
      known = true;
      trouble = "";
      const run = await runs.claim(name);
      if (run === undefined) {
        log.info("Worker polling...");
        await pause(pollMs);
        continue;
      }
      await execute(run);
    } catch (error) {
      // Whether a lost statement was carried out is not known either; a run that it took is put back as after a crash.
      known = false;
      const cause = error.message || error.code;
      if (cause !== trouble) log.error(`no database: ${cause}`);
      trouble = cause;
      await pause(500);
    }
  }
}

async function introduce() {
  await runs.begin(name);
  for (const { id, status } of await runs.recoverOf(name)) log.warn(`run ${id} was interrupted: ${status}`);
  log.info(`${name} started`);
}

async function execute(run) {
  const begin = performance.now();
  let output;
  try {
    const pipeline = pipelines[run.pipeline];
    if (pipeline === undefined) throw new Error(`there is no pipeline ${run.pipeline}`);
    output = await Promise.race([pipeline(run.input), tooLong()]);
  } catch (error) {
    await runs.fail(run, name, error.message);
    tally.failed++;
    log.error(`run ${run.id} failed: ${error.message}`);
    return;
  }
  const mine = await runs.finish(run, name, output);
  const ms = Math.round(performance.now() - begin);
  if (!mine) return log.warn(`run ${run.id} took too long, somebody else has it`);
  tally.succeeded++;
  tally.ms += ms;
  log.info(`run ${run.id} (${run.pipeline}) succeeded in ${ms} ms`);
}

async function tooLong() {
  await delay(limitMs, undefined, { ref: false });
  throw new Error(`it ran for more than ${limitMs} ms`);
}

function report() {
  const { succeeded, failed, ms } = tally;
  const totalRuns = succeeded + failed;
  const avgDuration = `${Math.round(ms / (succeeded || 1))}ms`;
  const uptime = `${Math.round(process.uptime())}s`;
  log.info(`Worker Metrics Report ${JSON.stringify({ uptime, totalRuns, succeeded, failed, avgDuration })}`);
}
