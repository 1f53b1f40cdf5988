/**
 * System 2: one container with php-fpm and a Symfony Messenger worker. The daemon is PID 1 of a PID namespace; a message
 * comes from a request to php-fpm over FastCGI, goes through Redis, and is worked on in the worker.
 */
import { chownSync, cpSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../test/helpers/daemon.ts";
import type { System, Workplace } from "./frame.ts";
import { checks, ending } from "./php-checks.ts";
import { redis, translate } from "./php-work.ts";
import { killedUnderSupervisord } from "./supervisord.ts";
import { asUser, userIds } from "./users.ts";

/** Requests that are on their way at the same time. */
const clients = 6;

export const php: System = {
  name: "php",
  title: "php-fpm and a Symfony Messenger worker in one PID namespace, on Redis",
  packages: [
    "redis-server",
    "php-fpm",
    "php-cli",
    "php-symfony-framework-bundle",
    "php-symfony-messenger",
    "php-symfony-redis-messenger",
    "php-symfony-doctrine-messenger",
    "php-symfony-console",
    "php-redis",
    "php-sqlite3",
    "php-doctrine-dbal",
    "php-doctrine-persistence",
    "libfcgi-bin",
    "supervisor",
  ],
  file: "conf.d/php.ini",
  wrap: ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"],
  unit: "translations",
  victim: "messenger-worker",
  prepare,
  send,
  consumed: async (work) => Number((await redis(work, "hlen", "translations"))[0]),
  checks,
  ending,
  comparison: {
    what: "the same list and the same kill -9 under supervisord",
    run: (work) => killedUnderSupervisord(work, "php-fpm"),
  },
};

async function prepare(work: Workplace): Promise<void> {
  work.file = work.path("supervisord.conf");
  cpSync(join(root, php.file), work.file);
  cpSync(join(root, "conf.d/php"), work.path("html"), { recursive: true });
  mkdirSync(work.path("html/var"));
  chownSync(work.path("html/var"), ...userIds("www-data"));
  await work.port("PHP_FPM_PORT");
  const port = await work.port("PHP_REDIS_PORT");
  Object.assign(work.env, {
    PHP_HOME: work.path("html"),
    PHP_DATA: work.directory("data"),
    MESSENGER_TRANSPORT_DSN: `redis://127.0.0.1:${port}/messages`,
    DATABASE_URL: `sqlite:///${work.path("html/var/app.db")}`,
  });
  await work.run(asUser("www-data", "php", work.path("html/bin/console"), "cache:warmup", "--quiet"));
}

async function send(work: Workplace, count: number): Promise<void> {
  let sent = 0;
  const batch = Date.now();
  const client = async (): Promise<void> => {
    while (sent < count) await translate(work, `${batch}-${++sent}`, `word ${sent}`);
  };
  await Promise.all(Array.from({ length: clients }, client));
}
