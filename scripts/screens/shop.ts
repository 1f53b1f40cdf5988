/**
 * What is to be seen on the screens: the demo's web server, producer and workers, and beside them what there is in real
 * containers: work done once, memory that grows up to its limit, and a program that cannot come up.
 */
import { join } from "node:path";
import { root, startDaemon, type TestDaemon } from "../../test/helpers/daemon.ts";
import { freePort } from "../../test/helpers/port.ts";

/** Commands are shown in the pictures, so they are as somebody would write them. */
const runtime = join(root, "node_modules/.bin");
const demo = join(root, "conf.d/demo");

const growing =
  "const kept = []; setInterval(() => { kept.push(Buffer.alloc(3e6, 1)); console.log('picture', kept.length, 'scaled to 640x480'); }, 400)";
const refused = "echo 'cannot connect to smtp.internal:25: connection refused' >&2; exit 3";

function programs(http: number): string {
  return `[inet_http_server]
port=127.0.0.1:${http}

[program:migrate]
command=/bin/sh -c 'echo "0 migrations to do"'
type=oneshot
startsecs=0

[program:web]
directory=${demo}
command=node web.mjs
depends_on=migrate:completed
healthcheck_http=http://127.0.0.1:%(ENV_DEMO_PORT)s/healthz
healthcheck_interval=1s

[program:producer]
directory=${demo}
command=node producer.mjs
depends_on=web:healthy

[program:worker]
directory=${demo}
command=node worker.mjs
process_name=%(program_name)s_%(process_num)02d
numprocs=3
depends_on=web:healthy
memory_limit=256MB
stopwaitsecs=5

[program:thumbnails]
command=node -e "${growing}"
memory_limit=100MB
startsecs=0

[program:mailer]
command=/bin/sh -c "${refused}"
startretries=2
`;
}

export interface Shop {
  readonly daemon: TestDaemon;
  /** Where its page is. */
  readonly url: string;
}

export async function openShop(): Promise<Shop> {
  const [http, demoPort] = [await freePort(), await freePort()];
  const daemon = await startDaemon(programs(http), {
    daemonKeys: "identifier=shop\n",
    env: { DEMO_PORT: String(demoPort), PATH: `${runtime}:${process.env.PATH}` },
  });
  return { daemon, url: `http://127.0.0.1:${http}/` };
}
