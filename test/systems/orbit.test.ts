/**
 * Orbit for real, and what its team did with PM2: its list begins as `spacectl import pm2` prints it, and what they
 * typed has its like here (docs/moving.md).
 */
import { appendFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { environmentOf, orbit } from "../../scripts/systems/orbit.ts";
import { binaries, root, run } from "../helpers/daemon.ts";
import { until } from "../helpers/until.ts";
import { stage } from "./stage.ts";

const importOf = async (...words: string[]): Promise<string> => {
  const file = "conf.d/orbit/ecosystem.config.cjs";
  return (await run([...binaries.ctl, "import", "pm2", file, "--allow-exec", ...words])).stdout;
};

/** Every value of a document by its path. */
function values(node: unknown, path = ""): [string, unknown][] {
  if (typeof node !== "object" || node === null || Array.isArray(node)) return [[path, JSON.stringify(node)]];
  return Object.entries(node).flatMap(([key, value]) => values(value, path === "" ? key : `${path}.${key}`));
}

describe("the list of orbit", () => {
  const text = readFileSync(join(root, "conf.d/orbit.yaml"), "utf8");

  test("is what the ecosystem file is imported as, but for places, and for keys that were added", async () => {
    const here = new Map(values(parse(text)));
    const changed = values(parse(await importOf())).filter(([path, value]) => here.get(path) !== value);
    expect(changed.map(([path]) => path)).toEqual([
      "supervisord.logfile",
      "programs.orbit-worker.directory",
      "programs.orbit-worker.stdout.logfile",
      "programs.orbit-worker.stderr.logfile",
      "programs.orbit-server.directory",
      "programs.orbit-server.environment.PORT",
    ]);
    const told = [...text.matchAll(/# imported: (.*)/g)].map(([, what]) => what).join("\n");
    for (const [, value] of changed)
      expect(told).toContain(JSON.parse(String(value)).replace(/\/worker-(out|error)\.log$/, ""));
  });

  test("may be imported for another environment of the team", async () => {
    const { programs } = parse(await importOf("--env", "staging"));
    expect(programs["orbit-worker"].environment).toMatchObject({
      NODE_ENV: "staging",
      LOG_LEVEL: "debug",
      POLL_INTERVAL: "1000",
    });
  });
});

stage(orbit, {
  backWithinMs: 1000,
  besides(work) {
    const worker = "orbit-worker:orbit-worker_1";

    test("pm2 list and pm2 describe: status shows three workers and the server, describe how one has been and where it logs", async () => {
      const listed = JSON.parse(await work().ctl("status", "--json")) as { name: string; state: string }[];
      const running = listed.filter(({ name, state }) => name.startsWith("orbit-") && state === "RUNNING");
      expect(running.map(({ name }) => name)).toEqual([
        "orbit-server",
        "orbit-worker_0",
        "orbit-worker_1",
        "orbit-worker_2",
      ]);
      expect(await work().ctl("describe", worker)).toMatch(
        /^ {2}command +node \.\/src\/worker\.js\n {2}directory .*\n {2}stdout +\/.*\/worker-out\.log\n {2}stderr +\/.*\/worker-error\.log$/m,
      );
    });

    test("pm2 logs: each line has its time and its worker, errors have a file of their own", async () => {
      const log = readFileSync(work().path("log", "worker-out.log"), "utf8").trimEnd().split("\n");
      for (const line of log) expect(line).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]{12}Z orbit-worker_[012] stdout \| /);
      expect(log.filter((line) => / run \d+ \(example\) succeeded in \d+ ms$/.test(line)).length).toBeGreaterThan(1000);
      const shown = await work().ctl(
        "logs",
        "orbit-worker:*",
        "--grep",
        "^info: run \\d+ \\(example\\) succeeded",
        "-n",
        "all",
      );
      expect(shown.match(/^orbit-worker:orbit-worker_[012] +\| info: run /gm)?.length).toBeGreaterThan(1000);
      expect(await work().ctl("logs", "orbit-worker:*", "--stderr")).toMatch(/! error: no database: /);
    });

    test("env, then pm2 restart: a changed .env.production is what the next life has", async () => {
      appendFileSync(environmentOf(work()), "LOG_LEVEL=debug\n");
      await work().ctl("restart", worker);
      const log = (): string => readFileSync(work().path("log", "worker-out.log"), "utf8");
      await until("it tells more", () => /orbit-worker_1 stdout \| debug: /.test(log()));
      expect(log()).not.toMatch(/orbit-worker_[02] stdout \| debug: /);
    });

    test("pm2 scale: there may be a fourth worker for a while", async () => {
      const pids = (): Promise<string> => work().ctl("pid", "orbit-worker:orbit-worker_0");
      const before = await pids();
      expect(await work().ctl("scale", "orbit-worker=4")).toBe("orbit-worker: scaled to 4\n");
      const log = (): string => readFileSync(work().path("log", "worker-out.log"), "utf8");
      await until("it has its own name", () => /orbit-worker_3 stdout \| info: .*\/worker-3 started$/m.test(log()));
      await work().ctl("scale", "orbit-worker=3");
      expect(await work().ctl("status")).not.toContain("orbit-worker_3");
      expect(await pids()).toBe(before);
    });

    test("pm2 monit, and its monitoring service: memory and restarts by reason are metrics", async () => {
      const socket = work().socket;
      const metrics = await work().run(["curl", "-sf", "--unix-socket", socket, "http://localhost/metrics"]);
      expect(metrics).toMatch(/^spaced_process_\w*memory\w*\{[^}]*process="orbit-worker_1"[^}]*\} [1-9]/m);
      expect(metrics).toMatch(/^spaced_\w*restarts_total\{[^}]*reason="memory[^}]*\} 1$/m);
    });
  },
});
