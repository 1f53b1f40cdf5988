/** Programs that run or are restarted by the clock; with seconds, so that it does not take a day. */
import { writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { startDaemon, type TestDaemon } from "../helpers/daemon.ts";
import { until } from "../helpers/until.ts";

const everySecond = "schedule=* * * * * *\n";
const count = (daemon: TestDaemon, pattern: RegExp): number => daemon.log.match(pattern)?.length ?? 0;
const lines = (daemon: TestDaemon): string[] => daemon.read("a.out").split("\n").slice(0, -1);
const oneshot = (script: string): string =>
  `[program:a]\ntype=oneshot\nautostart=false\nautorestart=false\ncommand=/bin/sh -c '${script}'\nstdout_logfile=%(here)s/a.out\n`;

describe.concurrent("a oneshot with schedule=", () => {
  test("runs each time, and with autostart=false only then", async () => {
    await using daemon = await startDaemon(`${oneshot("date +%%S.%%N")}${everySecond}`);
    expect((await daemon.info("a")).description).toBe("Not started");
    await until("it has run twice", () => lines(daemon).length === 2);
    for (const line of lines(daemon)) expect(Number(`0.${line.split(".")[1]}`)).toBeLessThan(0.5);
    expect(count(daemon, /INFO starting a: schedule=\* \* \* \* \* \*\n/g)).toBeGreaterThanOrEqual(2);
    expect((await daemon.ctl("describe", "a")).stdout).toMatch(/schedule +next at 20\d\d-/);
  });

  test("runs again after a run that failed", async () => {
    await using daemon = await startDaemon(`${oneshot("echo run; exit 3")}${everySecond}`);
    await until("it has run twice", () => lines(daemon).length === 2);
  });

  test("skips a moment that comes while it runs", async () => {
    await using daemon = await startDaemon(`${oneshot("echo run; sleep 1000")}${everySecond}`);
    await daemon.logged(/INFO schedule of a is skipped: its last run is not over\n/);
    expect(lines(daemon)).toEqual(["run"]);
  });

  test("with schedule_overlap=queue runs once more, as soon as the run before is over", async () => {
    await using daemon = await startDaemon(
      `${oneshot("echo run; until test -e go; do sleep 0.05; done; rm go")}directory=%(here)s\n${everySecond}schedule_overlap=queue\n`,
    );
    await daemon.logged(/INFO schedule of a waits until its last run is over\n/);
    expect(lines(daemon)).toEqual(["run"]);
    writeFileSync(daemon.path("go"), "");
    await until("the next runs", () => lines(daemon).length === 2);
  });

  test("that somebody has stopped is not run", async () => {
    await using daemon = await startDaemon(`${oneshot("echo run; sleep 1000")}${everySecond}`);
    await until("it runs", () => lines(daemon).length === 1);
    await daemon.ctl("stop", "a");
    await daemon.logged(/INFO schedule of a is skipped: it has been stopped\n/);
    expect(lines(daemon)).toEqual(["run"]);
    await daemon.ctl("start", "a");
    expect(lines(daemon)).toEqual(["run", "run"]);
  });
});

describe.concurrent("a program that stays, with schedule=", () => {
  const sleeper = "[program:a]\ncommand=sleep 1000\nstartsecs=0\n";

  test("is restarted each time, and says why", async () => {
    await using daemon = await startDaemon(`${sleeper}schedule=*/2 * * * * *\n`);
    const pid = await daemon.reaches("a", "RUNNING");
    await daemon.logged(/INFO restarting a: schedule=\*\/2 \* \* \* \* \*\n/);
    await until("it is another one", async () => (await daemon.reaches("a", "RUNNING")) !== pid);
    expect((await daemon.ctl("why", "a")).stdout).toContain("schedule=*/2 * * * * *");
  });

  test("is not woken when somebody has stopped it", async () => {
    await using daemon = await startDaemon(`${sleeper}${everySecond}`);
    await daemon.reaches("a", "RUNNING");
    await daemon.ctl("stop", "a");
    await daemon.logged(/INFO schedule of a is skipped: it has been stopped\n/);
    expect((await daemon.info("a")).statename).toBe("STOPPED");
  });

  test("is started by its first moment with autostart=false", async () => {
    await using daemon = await startDaemon(`${sleeper}autostart=false\nschedule=*/2 * * * * *\n`);
    await daemon.logged(/INFO starting a: schedule=/);
    await daemon.reaches("a", "RUNNING");
  });
});

test("the next moment is told in its time zone's time, and a changed schedule is kept at once", async () => {
  await using daemon = await startDaemon(
    `${oneshot("true")}schedule=0 3 * * *\nschedule_timezone=Asia/Tokyo\n[program:b]\ncommand=sleep 1000\n`,
  );
  const next = async (name: string) => {
    const [report] = JSON.parse((await daemon.ctl("describe", "--json", name)).stdout);
    return report.nextRun as string | undefined;
  };
  await until("it is known", () => next("a"));
  expect(await next("a")).toMatch(/T18:00:00\.000Z$/);
  expect(await next("b")).toBeUndefined();
  writeFileSync(daemon.file, daemon.read("s.conf").replace("0 3 * * *", "30 4 * * *"));
  await daemon.ctl("update");
  await until("it is another", async () => (await next("a"))?.endsWith("T19:30:00.000Z"));
});
