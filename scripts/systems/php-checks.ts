/**
 * What the translations' document asks besides: php-fpm comes back whatever has happened to it, requests in flight are
 * answered, the worker ends by itself before it grows, its number is changed in the list, its logs and failures are seen.
 */
import { match, strictEqual } from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { until } from "../../test/helpers/until.ts";
import type { Check, Workplace } from "./frame.ts";
import { type Page, redis, request, translate } from "./php-work.ts";
import { asUser } from "./users.ts";

const limitMs = 30_000;
/** Requests that are on their way while something else happens. */
const inFlight = new WeakMap<Workplace, Promise<Page>>();

/** Sends a request that takes a second, and returns when php-fpm is working on it. */
async function beginReport(work: Workplace): Promise<void> {
  const begun = async (): Promise<number> => Number((await redis(work, "hget", "attempts", "report"))[0]);
  const before = await begun();
  const page = request(work, "/report?seconds=1");
  page.catch(() => {}); // until it is read
  inFlight.set(work, page);
  await until("php-fpm has begun with the report", async () => (await begun()) > before);
}

const readReport = async (work: Workplace): Promise<void> => {
  match((await inFlight.get(work))?.body ?? "", /^written by \d+\n$/);
};

export const checks: readonly Check[] = [
  {
    what: "a worker past its --memory-limit ends, which is expected, and is replaced",
    begin: async (work) => {
      // The one that was killed is up again for startsecs: an end before that is a failed start.
      await work.daemon.reaches("messenger-worker", "RUNNING");
      await translate(work, "big", "encyclopaedia");
    },
    run: async ({ daemon }) => {
      const life = /exited: messenger-worker \(exit status 0; expected\)[\s\S]*spawned: 'messenger-worker'/;
      await until("the worker has had its memory", () => life.test(daemon.log), limitMs);
    },
  },
  {
    what: "a message that cannot be handled is tried four times and shown by messenger:failed:show",
    begin: (work) => translate(work, "strange", "unknown"),
    run: async (work) => {
      await until("it was tried", async () => (await redis(work, "hget", "attempts", "strange"))[0] === "4", limitMs);
      // Symfony's commands write what they have to say to standard error.
      const console = asUser("www-data", "sh", "-c", 'php "$@" 2>&1', "sh", work.path("html/bin/console"));
      const shown = () => work.run([...console, "messenger:failed:show"]);
      await until("it is shown", async () => (await shown()).includes("no such word"));
    },
  },
  {
    what: "restart php-fpm answers the request in flight first",
    run: async (work) => {
      await beginReport(work);
      strictEqual(await work.ctl("restart", "php-fpm"), "php-fpm: stopped\nphp-fpm: started\n");
      await readReport(work);
    },
  },
  {
    what: "kill -9 of php-fpm's master: its children are ended, and the next one has the port",
    run: async (work) => {
      const begin = performance.now();
      const backMs = await work.kill("php-fpm");
      await until("a request is answered", async () => (await request(work, "/report")).status === 200, limitMs);
      const answeredMs = performance.now() - begin;
      return `back in ${backMs} ms, a request answered after ${answeredMs.toFixed(0)} ms`;
    },
  },
  {
    what: "supervisorctl and the image's bin/worker-logs.sh work as they are",
    run: async (work) => {
      for (const name of ["php-fpm", "messenger-worker"]) await work.daemon.reaches(name, "RUNNING");
      const status = await work.run([
        "/usr/bin/supervisorctl",
        "-c",
        work.file,
        "status",
        "php-fpm",
        "messenger-worker",
      ]);
      match(status, /^php-fpm +RUNNING +pid \d+, uptime .*\nmessenger-worker +RUNNING +pid \d+, uptime .*\n$/);
      const logs = await work.run(["env", `SUPERVISOR_CONF=${work.file}`, work.path("html/bin/worker-logs.sh")]);
      match(logs, /\[info\] Received message Translations\\Message\\Translate/);
    },
  },
  {
    what: "numprocs=3 in the list, then update: three workers, and php-fpm is left alone",
    run: async (work) => {
      const { pid } = await work.daemon.info("php-fpm");
      const list = readFileSync(work.file, "utf8");
      const scaled = "numprocs=3  # Run 3 workers in parallel\nprocess_name=%(program_name)s_%(process_num)02d\n";
      writeFileSync(work.file, list.replace(/^numprocs=1 .*\n/m, scaled));
      strictEqual(await work.ctl("reread"), "messenger-worker: changed\n");
      strictEqual(await work.ctl("update"), "messenger-worker: stopped\nmessenger-worker: updated process group\n");
      for (const n of [0, 1, 2]) await work.daemon.reaches(`messenger-worker:messenger-worker_0${n}`, "RUNNING");
      strictEqual((await work.daemon.info("php-fpm")).pid, pid);
    },
  },
];

export const ending: Check = {
  what: "a request in flight is answered first",
  begin: beginReport,
  run: readReport,
};
