/**
 * System 3: an API that queues uploads, and Celery workers in two pools that parse them. Every second task is urgent and
 * has its own queue and pool.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { until } from "../../test/helpers/until.ts";
import type { System, Workplace } from "./frame.ts";

export const celery: System = {
  name: "celery",
  title: "FastAPI, Redis and two pools of Celery workers",
  packages: [
    "redis-server",
    "celery",
    "python3-celery",
    "python3-redis",
    "python3-fastapi",
    "python3-multipart",
    "python3-uvicorn",
    "uvicorn",
  ],
  file: "conf.d/celery.yaml",
  unit: "uploads",
  victim: "worker",
  prepare,
  send: uploadMany,
  consumed: async (work) => (await metrics(work)).status_counts.complete ?? 0,
  checks: [
    { what: "the pool's processes are replaced after 100 tasks", run: replacedPool },
    { what: "a task outlives the kill of the pool's process that has it", run: killedPool },
    { what: "a worker that is stopped finishes the task in hand", run: warmShutdown },
    { what: "without a worker the health of the API is 503, by Celery's word and by ours", run: noWorkerLeft },
    { what: "a worker that hangs is killed, and started again", run: hungWorker },
    { what: "a worker is replaced as a whole at its max_runtime", run: replacedWorker },
  ],
  ending: {
    what: "the task in hand is finished",
    begin: async (work) => void (await inHand(work)),
    run: finishedLast,
  },
};

/** What /v1/worker/metrics tells. */
interface Metrics {
  readonly status_counts: Readonly<Record<string, number>>;
  /** How often the task of one run was begun, at most. */
  readonly max_attempts: number;
  /** How many processes have worked on runs. */
  readonly pool_processes: number;
}

async function prepare(work: Workplace): Promise<void> {
  for (const port of ["API", "REDIS", "HEALTH"]) await work.port(`CELERY_${port}_PORT`);
  Object.assign(work.env, { CELERY_REQUEUE: "*/3 * * * * *", CELERY_REQUEUE_AFTER: "10" });
  await archive(work, "small", 50);
  await archive(work, "large", 120_000);
}

/** A tar.gz with one file of so many stanzas. */
async function archive(work: Workplace, name: string, stanzas: number): Promise<void> {
  const folder = work.directory("archives", name);
  const stanza = (_: unknown, n: number): string => `[monitor:///var/log/${n}]\nindex = main\nsourcetype = s${n}\n`;
  writeFileSync(`${folder}/inputs.conf`, Array.from({ length: stanzas }, stanza).join("\n"));
  await work.run(["tar", "-C", folder, "-czf", work.path(`${name}.tar.gz`), "inputs.conf"]);
}

async function uploadMany(work: Workplace, count: number): Promise<void> {
  const bytes = readFileSync(work.path("small.tar.gz"));
  let next = 0;
  const uploader = async (): Promise<void> => {
    while (next < count) {
      const n = next++;
      await upload(work, bytes, { urgent: n % 2 === 0 });
    }
  };
  await Promise.all(Array.from({ length: 8 }, uploader));
}

async function upload(work: Workplace, bytes: Buffer<ArrayBuffer>, { urgent = false } = {}): Promise<number> {
  const form = new FormData();
  form.set("file", new Blob([bytes]), "config.tar.gz");
  form.set("type", "ds_etc");
  form.set("label", "My Config");
  form.set("urgent", String(urgent));
  const { status, body } = await ask(`${api(work)}/v1/uploads`, { method: "POST", body: form });
  if (status !== 202) throw new Error(`an upload was answered with ${status}: ${JSON.stringify(body)}`);
  return (body as { run_id: number }).run_id;
}

export async function metrics(work: Workplace): Promise<Metrics> {
  return (await ask(`${api(work)}/v1/worker/metrics`)).body as Metrics;
}

const api = ({ env }: Workplace): string => `http://127.0.0.1:${env.CELERY_API_PORT}`;
const ours = ({ env }: Workplace): string => `http://127.0.0.1:${env.CELERY_HEALTH_PORT}`;

async function ask(url: string, options: RequestInit = {}): Promise<{ status: number; body: unknown }> {
  const headers = { accept: "application/json" };
  const answer = await fetch(url, { headers, signal: AbortSignal.timeout(15_000), ...options });
  return { status: answer.status, body: await answer.json() };
}

async function replacedPool(work: Workplace): Promise<string> {
  const { status_counts: counts, pool_processes: processes } = await metrics(work);
  const least = Math.floor((counts.complete ?? 0) / 100);
  const told = `${counts.complete} tasks were done by ${processes} processes`;
  if (processes < least) throw new Error(told);
  return told;
}

/** What /v1/runs/ID tells. */
interface Run {
  readonly status: string;
  /** How often its task was begun. */
  readonly attempts: number;
  /** Process id of who has begun it last. */
  readonly pool_process: number;
}

/** Uploads what takes a second or two; asks for the run that it is, which somebody has in hand now. */
async function inHand(work: Workplace): Promise<() => Promise<Run>> {
  const id = await upload(work, readFileSync(work.path("large.tar.gz")));
  const state = async () => (await ask(`${api(work)}/v1/runs/${id}`)).body as Run;
  await until("the task is in hand", async () => (await state()).status === "parsing", 15_000, 20);
  return state;
}

function expectComplete({ status, attempts }: Run, after: number): void {
  if (status !== "complete" || attempts !== after) throw new Error(`the run is ${status} after ${attempts} attempts`);
}

async function killedPool(work: Workplace): Promise<void> {
  const state = await inHand(work);
  const { pid } = await work.daemon.info("worker");
  process.kill((await state()).pool_process, "SIGKILL");
  await until("the task is done", async () => (await state()).status === "complete", 15_000, 50);
  expectComplete(await state(), 2);
  if ((await work.daemon.info("worker")).pid !== pid) throw new Error("the worker was restarted, too");
}

async function warmShutdown(work: Workplace): Promise<void> {
  const state = await inHand(work);
  await work.ctl("stop", "worker");
  expectComplete(await state(), 1);
  const log = readFileSync(work.path("log", "worker.log"), "utf8");
  if (!log.includes("Warm shutdown (MainProcess)")) throw new Error("the worker did not shut down warmly");
}

async function noWorkerLeft(work: Workplace): Promise<void> {
  const urls = [`${api(work)}/v1/worker/health`, `${api(work)}/v1/worker/processes`, `${ours(work)}/readyz`];
  await work.ctl("stop", "worker-high");
  const all = (status: number) => async (): Promise<boolean> => {
    const answers = await Promise.all([...urls, `${ours(work)}/healthz`].map((url) => ask(url)));
    return answers.every((answer) => answer.status === status);
  };
  await until("everybody says 503", all(503), 20_000, 100);
  await work.ctl("start", "worker", "worker-high");
  await until("everybody says 200", all(200), 20_000, 100);
}

/** A file of the run says what would take minutes otherwise, also for the next check. */
async function hungWorker(work: Workplace): Promise<void> {
  const programs = `programs:
  worker: { healthcheck: { file_max_age: 3s, interval: 1s, retries: 1 } }
  worker-high: { max_runtime: 4s, max_runtime_jitter: 0% }
`;
  writeFileSync(work.path("run", "sooner.yaml"), programs);
  await work.ctl("update");
  await work.ctl("health", "--wait", "--timeout", "20s", "worker");
  process.kill((await work.daemon.info("worker")).pid, "SIGSTOP");
  await work.daemon.logged(/killing worker: unhealthy: .*ready: worker,/s, 20_000);
}

/** Not before the uploads are done: Celery's warm shutdown now and then hangs for half a minute in a stream of them. */
async function replacedWorker(work: Workplace): Promise<void> {
  await work.daemon.logged(/restarting worker-high: it has run for 4s, its max_runtime/, 20_000);
  await work.ctl("health", "--wait", "--timeout", "20s", "worker-high");
}

/** The API is gone, the table is there. */
async function finishedLast(work: Workplace): Promise<void> {
  using database = new DatabaseSync(work.path("run", "parser.sqlite"), { readOnly: true });
  const last = database.prepare("SELECT status, attempts, pool_process FROM runs ORDER BY id DESC LIMIT 1").get();
  expectComplete(last as unknown as Run, 1);
}
