/**
 * System 4: workers between a Redis queue and a main server that wants mutual TLS. A message may be delivered twice, it is
 * not lost; each worker tells Prometheus about itself on a port of its own.
 */
import { existsSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { createServer } from "node:net";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { root } from "../../test/helpers/daemon.ts";
import { until } from "../../test/helpers/until.ts";
import type { System, Workplace } from "./frame.ts";

export const broker: System = {
  name: "broker",
  title: "message workers between Redis and a server with mutual TLS, a metrics port each",
  packages: ["redis-server", "openssl", "python3-redis", "python3-prometheus-client", "python3-requests"],
  file: "conf.d/broker.ini",
  unit: "messages",
  victim: "worker:worker-1",
  prepare,
  send: push,
  consumed: async (work) => deliveries(work).messages,
  checks: [
    { what: "who has no certificate of the authority is refused", run: refusedWithoutCertificate },
    { what: "each worker has a port for Prometheus", run: portEach },
    { what: "what cannot be delivered is tried again", run: triedAgain },
    { what: "what a worker has in hand when it is killed is delivered by another", run: tookOver },
    { what: "TERM lets workers deliver what they have in hand", run: gracefulRestart },
    { what: "update starts and stops workers and leaves the others alone", run: scaled },
    { what: "two other ways give each copy a port as well", run: otherPorts },
    { what: "logs are JSON, a new one each day, for seven days", run: dailyLogs },
  ],
  ending: {
    what: "workers deliver what they have in hand",
    begin: (work) => push(work, 200),
    run: deliveredAll,
  },
};

const workers = ["worker-0", "worker-1", "worker-2"];
/** Of one delivery, so that a thousand take long enough for a kill among them. */
const deliverySeconds = 0.05;

async function prepare(work: Workplace): Promise<void> {
  await work.port("BROKER_REDIS_PORT");
  await work.port("BROKER_SERVER_PORT");
  Object.assign(work.env, {
    BROKER_METRICS: String(await freeHundred()),
    BROKER_RETRY_INTERVAL: "1",
    BROKER_DELIVERY_SECONDS: String(deliverySeconds),
    WORKER_METRICS_HOST: "127.0.0.1",
  });
  setWorkers(work, workers.length);
  // As if it had been off since yesterday: the log in use is a day old, the rotated ones six and eight.
  for (const [n, days] of [1, 6, 8].entries()) {
    const file = work.path("log", `worker-2.log${n === 0 ? "" : `.${n}`}`);
    writeFileSync(file, oldLog(days));
    const then = new Date(Date.now() - days * 24 * 3600 * 1000);
    utimesSync(file, then, then);
  }
}

const oldLog = (days: number): string => `${days} days old\n`;

/** A number whose hundred of ports begins with free ones, and has some in its middle. */
async function freeHundred(): Promise<number> {
  for (;;) {
    const hundred = 100 + Math.floor(Math.random() * 200);
    const ports = [0, 1, 2, 3, 4, 50, 51, 60, 61].map((n) => hundred * 100 + n);
    if ((await Promise.all(ports.map(isFree))).every(Boolean)) return hundred;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

function setWorkers(work: Workplace, count: number): void {
  writeFileSync(work.path("run", "workers.ini"), `[program:worker]\nnumprocs=${count}\n`);
}

async function push(work: Workplace, count: number): Promise<void> {
  const message = () => JSON.stringify({ message_id: crypto.randomUUID(), queued_at: Date.now() / 1000 });
  const commands = Array.from({ length: count }, () => `LPUSH message_queue '${message()}'\n`);
  await redis(work, [], commands.join(""));
}

async function redis(work: Workplace, words: string[], input?: string): Promise<string> {
  const command = ["redis-cli", "-p", work.env.BROKER_REDIS_PORT ?? "", ...words];
  return (await work.run(command, input === undefined ? {} : { input })).trim();
}

/** What the main server has taken: different messages, and how often one of them in all. */
export function deliveries(work: Workplace): { messages: number; deliveries: number } {
  using database = new DatabaseSync(work.path("run", "main-server.sqlite"), { readOnly: true, timeout: 5000 });
  const counts = "count(*) AS messages, coalesce(sum(deliveries), 0) AS deliveries";
  const row = database.prepare(`SELECT ${counts} FROM messages WHERE status = 'delivered'`).get();
  return row as { messages: number; deliveries: number };
}

/** How many messages are in the queue or in a worker's hands. */
export async function underway(work: Workplace): Promise<number> {
  const lists = ["", ...workers.map((name) => `:${name}`)].map((rest) => `message_queue${rest}`);
  const lengths = await redis(work, [], lists.map((list) => `LLEN ${list}\n`).join(""));
  return lengths.split("\n").reduce((sum, each) => sum + Number(each), 0);
}

async function refusedWithoutCertificate(work: Workplace): Promise<string> {
  const read = (name: string): Buffer => readFileSync(work.path("run", "certs", name));
  const post = (identity: { cert?: Buffer; key?: Buffer }): Promise<number> => {
    const url = `https://localhost:${work.env.BROKER_SERVER_PORT}/`;
    const answered = Promise.withResolvers<number>();
    const options = { method: "POST", ca: read("ca.crt"), family: 4, agent: false, timeout: 10_000, ...identity };
    const sent = request(url, { ...options, headers: { "content-length": 2 } }, (answer) => {
      answer.resume();
      answered.resolve(answer.statusCode ?? 0);
    });
    sent.once("error", answered.reject).end("{}");
    return answered.promise;
  };
  const known = await post({ cert: read("worker.crt"), key: read("worker.key") });
  if (known !== 404) throw new Error(`with a certificate the answer was ${known}`);
  const unknown = await post({}).catch((error: Error) => error.message);
  if (typeof unknown === "number") throw new Error(`without a certificate the answer was ${unknown}`);
  return /alert [a-z ]+/.exec(unknown)?.[0] ?? unknown;
}

const metricsOf = async (work: Workplace, port: string): Promise<string> =>
  await (await fetch(`http://127.0.0.1:${work.env.BROKER_METRICS}${port}/metrics`)).text();

async function portEach(work: Workplace): Promise<string> {
  for (const [n, id] of workers.entries()) {
    const told = await metricsOf(work, `0${n}`);
    const line = new RegExp(`^worker_messages_delivered_total\\{worker_id="${id}"\\} [1-9]`, "m");
    if (!line.test(told)) throw new Error(`${id} tells of no messages on its port`);
  }
  return `${workers.length} ports from ${work.env.BROKER_METRICS}00 on`;
}

/** Sends some messages, does something, and waits until all have arrived; how many came twice. */
async function whileSending(work: Workplace, count: number, act: () => Promise<unknown>): Promise<number> {
  const before = deliveries(work);
  await push(work, count);
  await act();
  const all = async (): Promise<boolean> => deliveries(work).messages === before.messages + count;
  await until(`${count} more messages are delivered`, all, 30_000, 50);
  await until("nothing is underway", async () => (await underway(work)) === 0, 5_000, 50);
  return deliveries(work).deliveries - before.deliveries - count;
}

async function triedAgain(work: Workplace): Promise<void> {
  await work.ctl("stop", "main-server");
  await whileSending(work, 20, async () => {
    const failed = async () => /^worker_messages_failed_total\{.*\} [1-9]/m.test(await metricsOf(work, "00"));
    await until("a delivery has failed", failed, 10_000, 50);
    await work.ctl("start", "main-server");
  });
}

async function tookOver(work: Workplace): Promise<string> {
  await work.ctl("stop", "main-server");
  await whileSending(work, 20, async () => {
    const hasSome = async () => (await redis(work, ["LLEN", "message_queue:worker-0"])) !== "0";
    await until("a worker has something in hand", hasSome, 10_000, 20);
    await work.kill("worker:worker-0");
    await work.ctl("start", "main-server");
  });
  const log = readFileSync(work.path("log", "worker-0.log"), "utf8");
  const told = /"([1-9]\d*) messages taken back"/.exec(log);
  if (told === null) throw new Error("nothing was taken back");
  return `${told[1]} messages`;
}

async function gracefulRestart(work: Workplace): Promise<void> {
  const twice = await whileSending(work, 200, () => work.ctl("restart", "worker:*"));
  if (twice > 0) throw new Error(`${twice} messages were delivered twice`);
}

async function scaled(work: Workplace): Promise<string> {
  const pids = async () => {
    const all = (await work.daemon.rpc("supervisor.getAllProcessInfo")) as { name: string; pid: number }[];
    return new Map(all.map(({ name, pid }) => [name, pid]));
  };
  const before = await pids();
  for (const count of [5, 3]) {
    setWorkers(work, count);
    await work.ctl("update");
    const now = await pids();
    for (const [name, pid] of before)
      if (now.get(name) !== pid) throw new Error(`${name} was restarted when there were ${count} workers`);
    const found = [...now.keys()].filter((name) => name.startsWith("worker-")).length;
    if (found !== count) throw new Error(`there are ${found} workers instead of ${count}`);
    if (count === 5) await until("the fifth worker tells its metrics", () => metricsOf(work, "04"), 10_000, 50);
  }
  await work.daemon.logged(/stopped: worker-4 \(exit status 0\)/);
  return "from 3 to 5 and back";
}

/** A program for each of the two other ways to a port for each copy. */
async function otherPorts(work: Workplace): Promise<void> {
  const program = (name: string, lines: string): string => `[program:${name}]
process_name=%(program_name)s-%(process_num)d
numprocs=2
depends_on=redis:healthy, certificates:completed
${lines}
`;
  const script = join(root, "conf.d/broker/worker.py");
  const counted = program(
    "counted",
    `numprocs_start=%(ENV_BROKER_METRICS)s50
environment=WORKER_ID="%(program_name)s-%(process_num)d",WORKER_METRICS_PORT="%(process_num)d"
command=python3 ${script}`,
  );
  const computed = program(
    "computed",
    `environment=WORKER_ID="%(program_name)s-%(process_num)d"
command=sh -c 'WORKER_METRICS_PORT=$((%(ENV_BROKER_METRICS)s60 + %(process_num)d)) exec python3 ${script}'`,
  );
  writeFileSync(work.path("run", "others.ini"), counted + computed);
  await work.ctl("update");
  const tells = (port: string, id: string) => async () =>
    (await metricsOf(work, port)).includes(`worker_active_workers{worker_id="${id}"}`);
  await until("a counted one tells its metrics", tells("51", `counted-${work.env.BROKER_METRICS}51`), 10_000, 50);
  await until("a computed one tells its metrics", tells("61", "computed-1"), 10_000, 50);
}

async function dailyLogs(work: Workplace): Promise<void> {
  const log = (n: string): string => work.path("log", `worker-2.log${n}`);
  const lines = readFileSync(log(""), "utf8").trimEnd().split("\n");
  for (const line of lines) {
    const { process, stream, message } = JSON.parse(line) as Record<string, string>;
    if (process !== "worker-2" || stream !== "stdout" || message === undefined) throw new Error(`the log has ${line}`);
  }
  const kept = [1, 2, 3].map((n) => (existsSync(log(`.${n}`)) ? readFileSync(log(`.${n}`), "utf8") : null));
  if (String(kept) !== String([oldLog(1), oldLog(6), null])) throw new Error(`kept were ${JSON.stringify(kept)}`);
}

/** The daemon has ended, Redis too: their own words are what is left. */
async function deliveredAll(work: Workplace): Promise<void> {
  for (const id of workers) {
    const lines = readFileSync(work.path("log", `${id}.log`), "utf8")
      .trimEnd()
      .split("\n");
    const last = lines.slice(-2).join("\n");
    if (!last.includes(`Worker ${id} stopped, nothing in hand`) || !last.includes('"0 messages taken back"'))
      throw new Error(`the last words of ${id}: ${last}`);
    if (work.daemon.log.includes(`killing '${id}'`)) throw new Error(`${id} had to be killed`);
  }
}
