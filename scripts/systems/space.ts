/**
 * System 0: Space, whose jobs go through four queues of RabbitMQ, each with its kind of Symfony Messenger worker. One
 * job is six messages: created, executed, three times told to the history, done.
 */
import { chmodSync, chownSync, cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../test/helpers/daemon.ts";
import type { System, Workplace } from "./frame.ts";
import { checks } from "./space-checks.ts";
import { documents, job } from "./space-work.ts";
import { asUser, userIds } from "./users.ts";

export const space: System = {
  name: "space",
  title: "four kinds of Symfony Messenger workers, ten processes, on RabbitMQ",
  packages: [
    "rabbitmq-server",
    "php-cli",
    "php-symfony-framework-bundle",
    "php-symfony-messenger",
    "php-symfony-amqp-messenger",
    "php-symfony-console",
    "php-amqp",
  ],
  file: "conf.d/space.ini",
  unit: "jobs of six messages",
  victim: "space-workers:space-worker-execute-job_00",
  prepare,
  send: async (work, count) => void (await work.run(job(work, `sent${Date.now()}`, "--count", String(count)))),
  consumed: async (work) => new Set(documents(work, "done").map(({ id }) => id)).size,
  checks,
};

async function prepare(work: Workplace): Promise<void> {
  const amqp = await work.port("SPACE_AMQP_PORT");
  await work.port("SPACE_DIST_PORT");
  await work.port("ERL_EPMD_PORT");
  for (const queue of ["new_job", "execute_job", "history_sent", "job_done"])
    work.env[`MESSENGER_${queue.toUpperCase()}_DSN`] = `amqp://guest:guest@127.0.0.1:${amqp}/%2f/${queue}`;
  Object.assign(work.env, {
    SPACE_HOME: work.path("app"),
    SPACE_DATA: work.directory("data"),
    SPACE_STORE: work.directory("store"),
    SPACE_PING_SECONDS: "1",
    SPACE_PING_MAX_AGE: "3s",
    SPACE_DONE_TIME_LIMIT: "14",
  });
  // The cookie of Erlang has to be its owner's alone.
  const cookie = work.path("data", ".erlang.cookie");
  writeFileSync(cookie, "SPACE");
  chmodSync(cookie, 0o400);
  chownSync(cookie, ...userIds("rabbitmq"));
  cpSync(join(root, "conf.d/space"), work.path("app"), { recursive: true });
  mkdirSync(work.path("app", "var"));
  chownSync(work.path("app", "var"), ...userIds("www-data"));
  await work.run(asUser("www-data", "/usr/bin/php", work.path("app", "bin/console"), "cache:warmup", "--quiet"));
}
