import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { groups, user } from "../../src/system/accounts.ts";
import { freePort } from "../helpers/port.ts";
import { childrenOf, commandLine } from "../helpers/processes.ts";
import { type RunningSupervisor, startSupervisor } from "../helpers/supervisor.ts";
import { until } from "../helpers/until.ts";

let running: RunningSupervisor | null = null;
const servers: Server[] = [];
afterEach(async () => {
  await running?.end();
  running = null;
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function start(programs: string) {
  running = await startSupervisor(programs);
  const { supervisor, directory } = running;
  const process = (name: string) => {
    const found = supervisor.groups().flatMap((group) => [...group.processes.values()]);
    const one = found.find(({ settings }) => settings.name === name);
    if (one === undefined) throw new Error(`no process ${name}`);
    return one;
  };
  return {
    ...running,
    process,
    status: (name: string) => process(name).health.status,
    log: () => readFileSync(join(directory, "s.log"), "utf8"),
    lines: (pattern: RegExp) =>
      readFileSync(join(directory, "s.log"), "utf8")
        .split("\n")
        .filter((line) => pattern.test(line))
        .map((line) => line.replace(/^\S+ \S+ /, "")),
  };
}

async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<number> {
  const server = createServer(answer).listen(0, "127.0.0.1");
  servers.push(server);
  await until("the server listens", () => server.listening);
  return (server.address() as AddressInfo).port;
}

const sleeper = "command=/bin/sleep 1000\nstartsecs=0\n";
const quick = "healthcheck_interval=100ms\nhealthcheck_timeout=100ms\n";

describe("a program with a check", () => {
  test("is starting until its first success, which is noticed at once; events tell of it", async () => {
    let well = false;
    const port = await serve((_, response) => void response.writeHead(well ? 200 : 503).end("not yet"));
    const w = await start(
      `[program:a]\n${sleeper}healthcheck_http=http://127.0.0.1:${port}/\nhealthcheck_start_period=60s\n`,
    );
    await until("a check has failed", () => w.process("a").health.last?.outcome === "failed");
    expect(w.process("a").health).toMatchObject({
      status: "starting",
      ready: false,
      failures: 0,
      last: { text: "HTTP 503: not yet" },
    });
    well = true;
    const before = performance.now();
    await until("it is healthy", () => w.status("a") === "healthy");
    expect(performance.now() - before).toBeLessThan(400);
    expect(w.process("a").health).toMatchObject({ ready: true, last: { outcome: "passed", text: "HTTP 200" } });
    await until("the log tells", () => w.lines(/healthy/).length > 0);
    expect(w.lines(/healthy/)).toEqual([expect.stringMatching(/^INFO healthy: a, \S+ after its start \(HTTP 200\)$/)]);
    const told = w.events.filter(({ event }) => event.type === "process-health").map(({ event }) => event);
    expect(told).toEqual([
      { type: "process-health", group: "a", process: "a", pid: w.process("a").pid, to: "healthy" },
    ]);
  });

  test("is restarted when it hangs, and the log says why in one line", async () => {
    let hangs = false;
    const port = await serve((_, response) => {
      if (!hangs) response.end("well");
    });
    const w = await start(`[program:a]\n${sleeper}${quick}healthcheck_http=http://127.0.0.1:${port}/healthz\n`);
    await until("it is healthy", () => w.status("a") === "healthy");
    const { pid } = w.process("a");
    hangs = true;
    const before = performance.now();
    await until("there is another child", () => ![0, pid].includes(w.process("a").pid));
    // 3 intervals and a timeout of 100 ms each, and what a stop and a start take.
    expect(performance.now() - before).toBeLessThan(400 + 600);
    expect(w.lines(/unhealthy/)).toEqual([
      `WARN restarting a: unhealthy: 3 failed checks in a row, the last: 127.0.0.1:${port}: no reply within 100ms`,
    ]);
    expect(w.process("a").health).toMatchObject({ status: "starting", failures: 0 });
    hangs = false;
    await until("it is healthy again", () => w.status("a") === "healthy");
    expect(w.process("a").history.ends[0]).toMatchObject({ cause: { type: "unhealthy" } });
  });

  test("is killed with healthcheck_action=kill, however long it might take to end", async () => {
    let hangs = false;
    const port = await serve((_, response) => {
      if (!hangs) response.end("well");
    });
    const keys = `healthcheck_http=http://127.0.0.1:${port}/\nhealthcheck_action=kill\nstopwaitsecs=3600\n`;
    const w = await start(`[program:a]\ncommand=sh -c 'trap "" TERM; while :; do sleep 1; done'\n${quick}${keys}`);
    await until("it is healthy", () => w.status("a") === "healthy");
    const { pid } = w.process("a");
    hangs = true;
    await until("there is another child", () => ![0, pid].includes(w.process("a").pid));
    expect(w.lines(/unhealthy/)).toEqual([
      `WARN killing a: unhealthy: 3 failed checks in a row, the last: 127.0.0.1:${port}: no reply within 100ms`,
    ]);
    expect(w.process("a").history.ends[0]).toMatchObject({ cause: { type: "unhealthy" } });
  });

  test("is only reported with healthcheck_action=none", async () => {
    let well = true;
    const port = await serve((_, response) => void response.writeHead(well ? 200 : 500).end());
    const w = await start(
      `[program:a]\n${sleeper}${quick}healthcheck_http=http://127.0.0.1:${port}/\nhealthcheck_action=none\n`,
    );
    await until("it is healthy", () => w.status("a") === "healthy");
    const { pid } = w.process("a");
    well = false;
    await until("it is unhealthy", () => w.status("a") === "unhealthy");
    expect(w.process("a")).toMatchObject({ pid, ready: false });
    well = true;
    await until("it is healthy again", () => w.lines(/again/).length > 0);
    expect(w.process("a")).toMatchObject({ pid, ready: true });
    expect(w.lines(/healthy: a/).slice(1)).toEqual([
      "WARN unhealthy: a: 3 failed checks in a row, the last: HTTP 500",
      "INFO healthy: a, again (HTTP 200)",
    ]);
  });

  test("is not checked while there is no child, and a check that is under way ends with it", async () => {
    let asked = 0;
    const port = await serve(() => void asked++);
    const w = await start(
      `[program:a]\n${sleeper}healthcheck_http=http://127.0.0.1:${port}/\nhealthcheck_timeout=60s\nhealthcheck_interval=100ms\n`,
    );
    await until("it is asked", () => asked === 1);
    await w.supervisor.stop({ group: "a", name: "a" }, true);
    expect(w.process("a").health).toMatchObject({ status: "none", ready: false, since: null, last: null });
    const connections = () => new Promise<number>((resolve) => servers[0]?.getConnections((_, n) => resolve(n)));
    await until("nobody waits for an answer", async () => (await connections()) === 0);
    expect(asked).toBe(1);
  });

  test("takes another check from a changed list without a restart", async () => {
    const good = await serve((_, response) => void response.end());
    const w = await start(`[program:a]\n${sleeper}`);
    await until("it is running", () => w.process("a").life.state === "RUNNING");
    expect(w.process("a").health).toEqual({ status: "none", ready: true, since: null, failures: 0, last: null });
    const { pid } = w.process("a");
    w.write(`[program:a]\n${sleeper}${quick}healthcheck_http=http://127.0.0.1:${good}/\n`);
    await w.supervisor.reread();
    await w.supervisor.updateGroup("a");
    await until("it is healthy", () => w.status("a") === "healthy");
    w.write(`[program:a]\n${sleeper}`);
    await w.supervisor.reread();
    await w.supervisor.updateGroup("a");
    expect(w.process("a").health).toMatchObject({ status: "none", ready: true });
    expect(w.process("a").pid).toBe(pid);
  });
});

describe("a check", () => {
  test("by TCP passes when the program listens", async () => {
    const port = await freePort();
    const w = await start(`[program:a]\n${sleeper}${quick}healthcheck_start_period=60s\nhealthcheck_tcp=${port}\n`);
    await until("it is refused", () => w.process("a").health.last?.text === `localhost:${port}: connection refused`);
    const server = createTcpServer((socket) => socket.destroy()).listen(port, "127.0.0.1");
    await until("it is healthy", () => w.status("a") === "healthy");
    server.close();
  });

  test("by heartbeat file restarts a program that no longer touches it", async () => {
    const w = await start(
      `[program:a]\ncommand=sh -c 'touch $PING; exec sleep 1000'\nstartsecs=0\n` +
        `environment=PING="%(here)s/ping"\n${quick}healthcheck_file=%(here)s/ping\nhealthcheck_file_max_age=1s\n`,
    );
    await until("it is healthy", () => w.status("a") === "healthy");
    const { pid } = w.process("a");
    await until("there is another child", () => ![0, pid].includes(w.process("a").pid));
    expect(w.lines(/unhealthy/)[0]).toMatch(/the last: \/\S+\/ping was last touched 1(\.\d)?s ago$/);
    await until("that is healthy", () => w.status("a") === "healthy");
  });

  test.runIf(process.geteuid?.() === 0)(
    "by command runs as the program's user, where it runs, with what it has",
    async () => {
      const daemon = user("daemon");
      if (daemon === null) throw new Error("no user called daemon");
      const w = await start(
        `[program:a]\n${sleeper}${quick}user=daemon\ndirectory=/usr\numask=027\nenvironment=WHO="me"\n` +
          `healthcheck_command=sh -c 'echo $(id -u) $(id -G) $PWD $(umask) $WHO $SUPERVISOR_PROCESS_NAME'\n`,
      );
      await until("it is healthy", () => w.status("a") === "healthy");
      const all = groups(daemon).join(" ");
      expect(w.process("a").health.last?.text).toBe(`${daemon.uid} ${all} /usr 0027 me a`);
    },
  );

  test("that cannot be made is told once, and is no reason to restart", async () => {
    const w = await start(`[program:a]\n${sleeper}${quick}healthcheck_command=no-such-command\n`);
    await until("it was tried some times", () => w.process("a").health.last?.outcome === "unknown");
    const first = w.process("a").health.last?.at;
    await until("again", () => w.process("a").health.last?.at !== first);
    expect(w.status("a")).toBe("starting");
    expect(w.lines(/cannot be checked/)).toEqual(["WARN a cannot be checked: can't find command 'no-such-command'"]);
    expect(w.process("a").history.starts).toBe(1);
  });

  test("by command does not pile up: few at once for many programs, one for each", async () => {
    const w = await start(
      `[program:a]\n${sleeper}numprocs=40\nprocess_name=a%(process_num)d\nhealthcheck_command=sh -c 'exec sleep 0.2'\n` +
        "healthcheck_interval=100ms\nhealthcheck_start_period=60s\n",
    );
    const checks = () => childrenOf(process.pid).filter(({ pid }) => commandLine(pid) === "sleep 0.2").length;
    let most = 0;
    await until("all are healthy", () => {
      most = Math.max(most, checks());
      return w.supervisor
        .groups()[0]
        ?.inOrder()
        .every(({ health }) => health.status === "healthy");
    });
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(8);
  });
});

describe("readiness", () => {
  const ready = (w: Awaited<ReturnType<typeof start>>, name: string) =>
    until(`${name} is ready`, () => w.process(name).ready);

  test("without a sign is RUNNING; whoever observes is told", async () => {
    const w = await start("[program:a]\ncommand=/bin/sleep 1000\nstartsecs=1\n");
    const seen: boolean[] = [];
    w.process("a").observe(() => seen.push(w.process("a").ready));
    await ready(w, "a");
    expect(w.process("a").life.state).toBe("RUNNING");
    expect(seen).toEqual([true]);
  });

  test.each([
    ["a log file", ""],
    ["no log", "stdout_logfile=NONE\nstderr_logfile=NONE\n"],
    ["redirected errors", "redirect_stderr=true\n"],
  ])("by a line of either output, in pieces and colours, with %s", async (_, keys) => {
    const pieces = 'printf "no\\n\\033[32mserv"; sleep 0.1; printf "ing\\033[0m on"; sleep 0.1; printf " 80\\r\\n"';
    const program = (name: string, redirection: string) =>
      `[program:${name}]\ncommand=sh -c '{ ${pieces}; }${redirection}; exec sleep 1000'\nstartsecs=0\n${keys}`;
    const w = await start(
      `${program("a", "")}ready_log=^serving on \\d+$\n${program("b", ">&2")}ready_log=^serving on 80$\n` +
        `${program("c", "")}ready_log=^serving on 81$\n`,
    );
    expect(w.process("a").ready).toBe(false);
    await ready(w, "a");
    await ready(w, "b");
    await until("the log tells", () => w.lines(/ready: [ab]/).length === 2);
    expect(w.lines(/ready: a/)).toEqual([expect.stringMatching(/^INFO ready: a, \d+ms after its start$/)]);
    expect(w.process("a").health.status).toBe("none");
    expect(w.process("c").ready).toBe(false);
    await w.supervisor.stop({ group: "a", name: "a" }, true);
    expect(w.process("a").ready).toBe(false);
  });

  test("ends looking at the output when the line has come", async () => {
    const w = await start(
      `[program:a]\ncommand=sh -c 'echo up; exec sleep 1000'\nstartsecs=0\nready_log=up\nstdout_logfile=NONE\n`,
    );
    await ready(w, "a");
    expect(w.process("a").stdout.lookout).toBeNull();
    expect(w.process("a").stderr.lookout).toBeNull();
  });

  test("a pattern that never comes to an end is given up, and the daemon goes on", async () => {
    const line = "a".repeat(60);
    const w = await start(
      `[program:a]\ncommand=sh -c 'while :; do echo ${line}; sleep 0.02; done'\nstartsecs=0\nready_log=^(([a-z])+.)+[A-Z]([a-z])+$\n`,
    );
    let longest = 0;
    let last = performance.now();
    await until("it is given up", () => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
      return w.lines(/ready/).length > 0;
    });
    expect(w.lines(/ready/)).toEqual([
      "WARN a does not become ready: ready_log takes too long to look for in its output",
    ]);
    // Without its bound it would be for ever; a busy machine takes its time for what is bounded.
    expect(longest).toBeLessThan(1500);
    expect(w.process("a").life.state).toBe("RUNNING");
  });

  test("by a newline on a descriptor that only this child has", async () => {
    const show = "readlink /proc/self/fd/5 > $OUT";
    const w = await start(
      `[program:a]\ncommand=sh -c 'sleep 0.2; echo >&5; exec 5>&-; exec sleep 1000'\nstartsecs=0\nready_fd=5\n` +
        `[program:b]\ncommand=sh -c '${show}; exec sleep 1000'\nstartsecs=0\nenvironment=OUT="%(here)s/b"\n`,
    );
    expect(w.process("a").ready).toBe(false);
    await ready(w, "a");
    await until("b has looked", () => existsSync(join(w.directory, "b")));
    expect(readFileSync(join(w.directory, "b"), "utf8")).toBe("");
    expect(w.lines(/become ready/)).toEqual([]);
  });

  test("of a program that closes the descriptor without a word does not come, and the log says so", async () => {
    const w = await start(`[program:a]\ncommand=sh -c 'exec 3>&-; exec sleep 1000'\nstartsecs=0\nready_fd=3\n`);
    await until("the log tells", () => w.lines(/become ready/).length > 0);
    expect(w.process("a").ready).toBe(false);
    expect(w.lines(/become ready/)).toEqual([
      "WARN a does not become ready: it closed the descriptor of ready_fd without a newline",
    ]);
  });

  test("the word of the child before does not count for the next", async () => {
    const w = await start(
      `[program:a]\ncommand=sh -c 'test -e $MARK || echo ready; touch $MARK; exec sleep 1000'\nstartsecs=0\n` +
        `environment=MARK="%(here)s/mark"\nready_log=ready\n`,
    );
    await ready(w, "a");
    const { pid } = w.process("a");
    w.process("a").feed({ type: "restart" });
    await until("there is another child", () => ![0, pid].includes(w.process("a").pid));
    expect(w.process("a").ready).toBe(false);
    rmSync(join(w.directory, "mark"));
    w.process("a").feed({ type: "restart" });
    await ready(w, "a");
  });

  test("together with a check is the word first, and then the check's", async () => {
    let well = false;
    const port = await serve((_, response) => void response.writeHead(well ? 200 : 500).end());
    const w = await start(
      `[program:a]\ncommand=sh -c 'while ! test -e $MARK; do sleep 0.02; done; echo go; exec sleep 1000'\nstartsecs=0\n` +
        `environment=MARK="%(here)s/mark"\nready_log=go\n${quick}healthcheck_http=http://127.0.0.1:${port}/\n` +
        "healthcheck_action=none\nhealthcheck_start_period=60s\n",
    );
    well = true;
    await until("it is healthy", () => w.status("a") === "healthy");
    expect(w.process("a").ready).toBe(false);
    writeFileSync(join(w.directory, "mark"), "");
    await ready(w, "a");
    well = false;
    await until("it is unhealthy", () => w.status("a") === "unhealthy");
    expect(w.process("a").ready).toBe(false);
  });
});
