import { afterEach, expect, test } from "vitest";
import { ReplyBudget } from "../../src/api/budget.ts";
import { perform } from "../../src/api/operations.ts";
import { asOverview } from "../../src/client/overview.ts";
import { version } from "../../src/core/version.ts";
import { type RunningSupervisor, startSupervisor } from "../helpers/supervisor.ts";
import { until } from "../helpers/until.ts";

let running: RunningSupervisor | null = null;
afterEach(async () => {
  await running?.end();
  running = null;
});

async function start(programs: string): Promise<RunningSupervisor> {
  running = await startSupervisor(
    "[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface\n" +
      programs,
  );
  return running;
}

/** What a client gets, over JSON. */
async function overview({ supervisor }: RunningSupervisor) {
  const reply = new ReplyBudget(1 << 24).open();
  const answer = await perform(
    { daemon: supervisor, mayChange: false, reply, onBug: (error) => expect(error).toBe(null) },
    "spaced.overview",
    [],
  );
  return asOverview(JSON.parse(JSON.stringify(answer)));
}

test("the overview tells of the daemon, its container and each process, sorted", async () => {
  const d = await start(
    "[program:web]\ncommand=/bin/sleep 1000\nstartsecs=0\nmemory_limit=64MB\ncpu_limit=150%\nredirect_stderr=true\n" +
      "[program:job]\ncommand=/bin/sh -c 'exit 3'\nstartsecs=0\nautorestart=false\nstdout_logfile=NONE\n" +
      "[program:idle]\ncommand=/bin/true\nautostart=false\n",
  );
  await until("the job has ended", () => d.supervisor.process({ group: "job", name: "job" })?.state === "EXITED");
  const seen = await overview(d);
  expect(seen).toMatchObject({ identifier: "supervisor", version, state: "RUNNING", pid: process.pid });
  expect(seen.now - seen.startedAt).toBeGreaterThan(0);
  expect(seen.own.memoryBytes).toBeGreaterThan(1024 * 1024);
  expect(seen.memory.usedBytes).toBeLessThanOrEqual(seen.memory.limitBytes);
  expect(seen.cpu.limitPercent).toBeGreaterThan(0);
  expect(seen.processes.map(({ name }) => name)).toEqual(["idle", "job", "web"]);
  const [idle, job, web] = seen.processes;
  expect(idle).toMatchObject({ state: "STOPPED", starts: 0, startedAt: 0, lastEnd: null, usage: null, wanted: false });
  expect(job).toMatchObject({
    state: "EXITED",
    pid: 0,
    starts: 1,
    failure: "Bad exit code 3",
    lastEnd: { code: 3, signal: null, expected: false },
    next: "stays down: autorestart=false",
    well: false,
    usage: null,
    logs: { stdout: false, stderr: true },
  });
  expect(web).toMatchObject({
    state: "RUNNING",
    ready: true,
    health: "none",
    well: true,
    limits: { memoryBytes: 64 * 1024 * 1024, memoryHardBytes: null, cpuPercent: 150 },
    logs: { stdout: true, stderr: false, stderrToStdout: true },
  });
  expect(web?.pid).toBeGreaterThan(1);
  // Just after the fork it has next to none.
  const memoryOfWeb = async () => (await overview(d)).processes.find(({ name }) => name === "web")?.usage?.memoryBytes;
  await until("its memory is measured", async () => ((await memoryOfWeb()) ?? 0) > 4096, 5000);
});

test("the whole tree of a process is measured, and nothing again within a second", async () => {
  const d = await start("[program:pair]\ncommand=/bin/sh -c 'sleep 1000 & wait'\nstartsecs=0\n");
  const usage = async () => (await overview(d)).processes[0]?.usage;
  const both = await until(
    "both are seen",
    async () => {
      const seen = await usage();
      return seen?.processes === 2 ? seen : null;
    },
    5000,
  );
  expect(await usage()).toEqual(both);
});

test("a daemon that is on its way out still tells how it goes", async () => {
  const d = await start("[program:a]\ncommand=/bin/sleep 1000\nstartsecs=0\n");
  const stopped = d.stop();
  expect((await overview(d)).state).toBe("SHUTDOWN");
  await stopped;
  expect((await overview(d)).processes[0]).toMatchObject({ state: "STOPPED", usage: null });
});
