/**
 * What Space's document asks of its workers besides: that they end by themselves after their time and their memory, that
 * one which hangs is found by its ping file, that the group is handled as one, and that nothing of a job is lost.
 */
import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import { alive, commandLine, descendantsOf } from "../../test/helpers/processes.ts";
import { until } from "../../test/helpers/until.ts";
import type { Check, Workplace } from "./frame.ts";
import { documents, job } from "./space-work.ts";
import { asUser } from "./users.ts";

const group = "space-workers";
const hanging = "space-worker-history_01";
const limitMs = 30_000;

const hooked = { name: "hooked", hook: ["sleep", "3.3"] };
/** The process of the hook whose worker was killed. */
const orphans = new WeakMap<Workplace, number>();

export const checks: readonly Check[] = [
  {
    what: "the hook of a job ends with its worker, and the job is done by another",
    begin: async (work) => {
      await create(work, hooked.name, { hook: hooked.hook });
      const { worker, hook } = await until("the hook runs", () => {
        const worker = documents(work, "executions").find(({ id }) => id === hooked.name)?.pid ?? 0;
        const hook = descendantsOf([worker]).find((pid) => commandLine(pid) === hooked.hook.join(" "));
        return hook === undefined ? null : { worker, hook };
      });
      orphans.set(work, hook);
      process.kill(worker, "SIGKILL");
    },
    run: async (work) => {
      await until("the hook has ended", () => !alive(orphans.get(work) ?? 0), 2000);
      strictEqual(await isDone(work, hooked.name), 1);
      strictEqual(documents(work, "executions").filter(({ id }) => id === hooked.name).length, 3); // begun, begun, done
    },
  },
  {
    what: "a worker past its --time-limit ends, which is expected, and is replaced",
    run: async ({ daemon }) => {
      const life = /exited: (space-worker-job-done_0\d) \(exit status 0; expected\)[\s\S]*spawned: '\1'/;
      await until("a job-done worker has had its time", () => life.test(daemon.log), limitMs);
    },
  },
  {
    what: "a worker past its --memory-limit ends and is replaced",
    begin: (work) => create(work, "big-image", { leak: { execute_job: 520 } }),
    run: async (work) => {
      // Not expected, and a failed start, if it was the one that has been killed before and is not up for startsecs=10 yet.
      const life = /exited: (space-worker-execute-job_0\d) \(exit status 0; (?:not )?expected\)[\s\S]*spawned: '\1'/;
      await until("an execute-job worker has had its memory", () => life.test(work.daemon.log), limitMs);
      strictEqual(await isDone(work, "big-image"), 1);
    },
  },
  {
    what: "a worker over our memory_limit is restarted, its message done",
    begin: (work) => create(work, "big-repository", { leak: { new_job: 300 } }),
    run: async (work) => {
      const life =
        /restarting (space-worker-new-job_0\d): memory 3\d\dMB is over memory_limit=256MB[\s\S]*spawned: '\1'/;
      await until("a new-job worker is restarted", () => life.test(work.daemon.log), limitMs);
      strictEqual(await isDone(work, "big-repository"), 1);
    },
  },
  {
    what: "a worker that hangs is found by its ping file and replaced",
    begin: async ({ daemon }) => process.kill((await daemon.info(`${group}:${hanging}`)).pid, "SIGSTOP") as never,
    run: async ({ daemon }) => {
      const life = new RegExp(`${hanging}: unhealthy[\\s\\S]*spawned: '${hanging}'`);
      await until("the hanging worker is replaced", () => life.test(daemon.log), limitMs);
    },
  },
  {
    what: "restart space-workers:* lets a job in hand come to its end, and stops all before it starts the first",
    run: async (work) => {
      const executions = (): unknown[] =>
        documents(work, "executions").flatMap(({ id, is }) => (id === "slow" ? [is] : []));
      await create(work, "slow", { seconds: 2 });
      await until("the slow job has begun", () => executions().length === 1);
      const lines = (await work.ctl("restart", `${group}:*`)).trimEnd().split("\n");
      deepStrictEqual(
        lines.map((line) => line.split(": ")[1]),
        [...Array(10).fill("stopped"), ...Array(10).fill("started")],
      );
      deepStrictEqual(executions(), ["begun", "done"]);
    },
  },
  {
    what: "each job has its three lines of history, and the queues are empty",
    run: async (work) => {
      const empty = ["execute_job 0", "history_sent 0", "job_done 0", "new_job 0"];
      await until("the queues are empty", async () => isDeepStrictEqual(await queues(work), empty), limitMs);
      const done = new Set(documents(work, "done").map(({ id }) => id));
      strictEqual(new Set(documents(work, "jobs").map(({ id }) => id)).size, done.size);
      strictEqual(new Set(documents(work, "history").map(({ id, number }) => `${id} ${number}`)).size, 3 * done.size);
    },
  },
];

const create = async (work: Workplace, name: string, parameters: object): Promise<void> =>
  void (await work.run(job(work, name, "--parameters", JSON.stringify(parameters))));

/** How often a job has come to its end, once it has. */
const isDone = (work: Workplace, name: string): Promise<number> =>
  until(`${name} is done`, () => documents(work, "done").filter(({ id }) => id === name).length, limitMs);

/** `NAME MESSAGES` for each queue, as RabbitMQ tells. */
async function queues(work: Workplace): Promise<string[]> {
  const ctl = ["/usr/lib/rabbitmq/bin/rabbitmqctl", "-q", "-n", "space@localhost", "--no-table-headers"];
  const home = ["env", `HOME=${work.env.SPACE_DATA}`, "RABBITMQ_CONF_ENV_FILE=/nonexistent"];
  const told = await work.run(asUser("rabbitmq", ...home, ...ctl, "list_queues", "name", "messages"));
  return told
    .trimEnd()
    .split("\n")
    .map((line) => line.replace("\t", " "))
    .sort();
}
