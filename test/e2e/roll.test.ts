/** `spacectl roll`: one copy after the other, each when the one before does its work again. */
import { writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { binaries, startDaemon, type TestDaemon } from "../helpers/daemon.ts";
import { until } from "../helpers/until.ts";

/** Is ready 300 ms after it has started, and not at all while there is a file `broken`. */
const programs = `[program:w]
command=/bin/sh -c "sleep 0.3; [ -e %(here)s/broken ] || echo ready; exec sleep 1000"
numprocs=3
process_name=%(program_name)s_%(process_num)d
startsecs=0
ready_log=^ready$
[program:off]
command=/bin/sleep 1000
autostart=false
`;

test("under supervisord, which knows nothing of readiness, each is RUNNING before the next is stopped", async () => {
  await using reference = await startDaemon(programs, { binaries: { ...binaries, daemon: ["supervisord"] } });
  for (const name of ["w:w_0", "w:w_1"]) await reference.reaches(name, "RUNNING");
  expect(await reference.ctl("roll", "w:w_0", "w:w_1")).toEqual({
    code: 0,
    stdout: "w:w_0: restarted\nw:w_1: restarted\n",
    stderr: "",
  });
});

describe("spacectl roll", () => {
  let daemon: TestDaemon;
  beforeAll(async () => {
    daemon = await startDaemon(programs);
    await daemon.ctl("health", "--wait");
  });
  afterAll(() => daemon?.end());

  const pids = async (): Promise<number[]> =>
    Promise.all(["w:w_0", "w:w_1", "w:w_2"].map(async (name) => (await daemon.info(name)).pid));
  /** Moments of what the main log says of a process, in the order of its lines. */
  const order = (from: number): string[] =>
    [...daemon.log.slice(from).matchAll(/ (stopped|ready): (w_\d)/g)].map(([, what, name]) => `${name} ${what}`);

  test("restarts each when the one before is ready, and leaves alone what does not run", async () => {
    const [before, from] = [await pids(), daemon.log.length];
    expect(await daemon.ctl("roll", "all")).toEqual({
      code: 0,
      stdout: "w:w_0: restarted\nw:w_1: restarted\nw:w_2: restarted\n",
      stderr: "",
    });
    await until("the log has all", () => order(from).length === 6);
    expect(order(from)).toEqual(["w_0 stopped", "w_0 ready", "w_1 stopped", "w_1 ready", "w_2 stopped", "w_2 ready"]);
    for (const [index, pid] of (await pids()).entries()) expect(pid).not.toBe(before[index]);
    expect((await daemon.info("off")).statename).toBe("STOPPED");
  });

  test("goes no further when one does not become ready", async () => {
    const before = await pids();
    writeFileSync(daemon.path("broken"), "");
    expect(await daemon.ctl("roll", "w:*", "--timeout", "500ms")).toMatchObject({
      code: 1,
      stdout:
        "w:w_0: ERROR (not ready within 500ms: has not said that it is ready (ready_log))\nnot restarted: w:w_1, w:w_2\n",
    });
    expect((await pids()).slice(1)).toEqual(before.slice(1));
  });

  test("touches nothing when a name is wrong or none is given", async () => {
    const before = await pids();
    expect(await daemon.ctl("roll", "w:w_1", "nobody")).toMatchObject({
      code: 4,
      stdout: "nobody: ERROR (no such process)\n",
    });
    expect((await daemon.ctl("roll")).code).toBe(2);
    expect(await pids()).toEqual(before);
  });
});
