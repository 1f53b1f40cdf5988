/** What `npm start` runs, as its user sees it: lines on the screen, the page, the second terminal, Ctrl-C. */
import { readdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newDirectory, root, startDaemon, type TestDaemon } from "../helpers/daemon.ts";
import { processesWith } from "../helpers/processes.ts";
import { until } from "../helpers/until.ts";

interface Queue {
  waiting: number;
  running: number;
  done: number;
  failed: number;
  latest: { id: number; state: string; attempts: number; worker: string | null }[];
}

/** Starts the demo in a session of its own, as a terminal does, with a home and a queue of its own. */
function startDemo(directory: string, port: number): Promise<TestDaemon> {
  return startDaemon("", {
    directory,
    wrap: ["setsid"],
    env: { HOME: directory, DEMO_DIR: join(directory, "queue"), DEMO_PORT: String(port) },
    existing: { file: join(root, "conf.d/demo.yaml"), socket: join(directory, ".spaced-demo.sock"), log: "/dev/null" },
  });
}

describe("the demo", () => {
  let demo: TestDaemon;
  let directory: string;
  let url: string;

  beforeAll(async () => {
    directory = newDirectory();
    demo = await startDemo(directory, 0);
    url = (await until("the page's address", () => /open (http:\/\/localhost:\d+\/)/.exec(demo.stdout)))[1] ?? "";
  });
  afterAll(async () => {
    await demo?.end();
    rmSync(directory, { recursive: true, force: true });
  });

  const queue = async (): Promise<Queue> => (await (await fetch(`${url}jobs`)).json()) as Queue;
  const add = async (count: number): Promise<number[]> =>
    ((await (await fetch(`${url}jobs?n=${count}`, { method: "POST" })).json()) as { added: number[] }).added;

  test("says on the screen where the page is and what to type in a second terminal", async () => {
    await until("the hint", () => demo.stdout.includes("Ctrl-C here ends everything"));
    expect(demo.stdout).toMatch(/^web +\| +bin\/spacectl -c conf\.d\/demo\.yaml status$/m);
    expect(demo.stderr).not.toMatch(/Error|^\s+at /m);
  });

  test("shows what its programs do, each line behind the program's name", async () => {
    await until(
      "a job is added and done",
      () => /^producer +\| job \d+ added/m.test(demo.stdout) && /^worker_0[012] +\| job \d+ done/m.test(demo.stdout),
    );
  });

  test("shows five running programs to the control program", async () => {
    await until("all run", async () => (await demo.ctl("status")).stdout.split(" RUNNING ").length === 6);
    expect((await demo.ctl("status")).stdout.split("\n").map((line) => line.split(" ")[0])).toEqual([
      "producer",
      "web",
      "worker:worker_00",
      "worker:worker_01",
      "worker:worker_02",
      "",
    ]);
  });

  test("serves a page, its numbers as JSON, and takes jobs", async () => {
    const page = await fetch(url);
    expect(page.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(await page.text()).toContain("<h1>The queue</h1>");
    expect(await add(3)).toHaveLength(3);
    expect((await fetch(`${url}jobs?n=0`, { method: "POST" })).status).toBe(400);
    expect((await fetch(`${url}nothing`)).status).toBe(404);
    const { done } = await queue();
    await until("jobs get done", async () => (await queue()).done >= done + 3);
  });

  test("does the jobs of a worker that was killed in the middle of one", async () => {
    await add(10);
    const job = await until("a worker has a job in hand", async () =>
      (await queue()).latest.find((each) => each.state === "running"),
    );
    const { pid } = await demo.info(`worker:${job.worker}`);
    process.kill(pid, "SIGKILL");
    await until("another worker process", async () => (await demo.info(`worker:${job.worker}`)).pid !== pid);
    await until(
      "every job is done",
      async () => {
        const { waiting, running, failed } = await queue();
        return failed === 0 && waiting + running <= 2;
      },
      30_000,
    );
    const { failed } = await queue();
    expect(failed).toBe(0);
  });

  test("restarts its workers while they finish what they have in hand", async () => {
    await add(6);
    const { code, stdout } = await demo.ctl("restart", "worker:*");
    expect(code).toBe(0);
    expect(stdout.match(/^worker:worker_0\d: (stopped|started)$/gm)).toHaveLength(6);
  });

  test("lets a program be followed", async () => {
    const tail = demo.ctlInBackground("tail", "-f", "producer");
    let seen = "";
    tail.stdout?.setEncoding("utf8").on("data", (text: string) => {
      seen += text;
    });
    const lines = (): number => seen.split("added:").length - 1;
    await until("the past", () => seen.startsWith("==> Press Ctrl-C to exit <==\n") && lines() > 0);
    const before = lines();
    await until("the present", () => lines() > before);
    tail.kill("SIGINT");
  });

  test("ends on Ctrl-C within two seconds, with code 0 and nothing left, no job cut short", async () => {
    await add(20);
    await until("workers are busy", async () => (await queue()).running > 1);
    const beginMs = performance.now();
    process.kill(-demo.pid, "SIGINT"); // to everything in the terminal, as the kernel does
    expect(await demo.over(5_000)).toEqual({ code: 0, signal: null });
    expect(performance.now() - beginMs).toBeLessThan(2_000);
    await until("no process is left", () => processesWith(demo.marker).length === 0, 500);
    expect(readdirSync(directory)).toEqual(["queue"]);
    using database = new DatabaseSync(join(directory, "queue", "queue.sqlite"));
    expect(database.prepare("SELECT count(*) AS cut FROM jobs WHERE state IN ('running', 'failed')").get()).toEqual({
      cut: 0,
    });
  });
});

test("the demo says it when its port is taken, and how to choose another", async () => {
  const directory = newDirectory();
  const holder = createServer().listen(0, "127.0.0.1");
  await until("the port is taken", () => holder.listening);
  const { port } = holder.address() as { port: number };
  try {
    await using demo = await startDemo(directory, port);
    const line = await until("a clear line", () => /^web +\| cannot listen on .*$/m.exec(demo.stdout + demo.stderr));
    expect(line[0]).toMatch(
      `cannot listen on 127.0.0.1:${port}: it is taken; choose another one: DEMO_PORT=8081 npm start`,
    );
  } finally {
    holder.close();
    rmSync(directory, { recursive: true, force: true });
  }
});
