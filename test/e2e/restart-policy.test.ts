/** How programs come back that end by themselves, what is seen of that, and what a stop makes of it. */
import { describe, expect, test } from "vitest";
import { startDaemon } from "../helpers/daemon.ts";
import { until } from "../helpers/until.ts";

const crasher = (keys: string): string =>
  `[program:a]\ncommand=/bin/sh -c 'exit 3'\nstartsecs=0\nautorestart=true\n${keys}\n`;

test("workers that fail together come back apart with restart_backoff=exponential", async () => {
  await using daemon = await startDaemon(
    "[program:w]\ncommand=/bin/false\nprocess_name=%(process_num)02d\nnumprocs=30\n" +
      "restart_delay=400ms\nrestart_backoff=exponential\n",
  );
  /** Milliseconds of the day at which each was spawned, the first and the second time. */
  const spawns = () => {
    const times = new Map<string, number[]>();
    for (const [, h, m, s, ms, name] of daemon.log.matchAll(/ (\d\d):(\d\d):(\d\d),(\d{3}) INFO spawned: '(\d\d)'/g)) {
      const at = ((Number(h) * 60 + Number(m)) * 60 + Number(s)) * 1000 + Number(ms);
      times.set(name ?? "", [...(times.get(name ?? "") ?? []), at]);
    }
    return [...times.values()];
  };
  await until("each was spawned twice", () => spawns().filter(({ length }) => length >= 2).length === 30);
  const second = spawns().map(([first = 0, again = 0]) => again - first);
  expect(Math.min(...second)).toBeGreaterThan(290);
  expect(Math.max(...second) - Math.min(...second)).toBeGreaterThan(30);
  expect(new Set(second).size).toBeGreaterThan(10);
});

describe("a restart that is put off", () => {
  test("is seen in the log and the status, and a stop cancels it", async () => {
    await using daemon = await startDaemon(crasher("restart_delay=1h\nrestart_delay_max=2h"));
    await daemon.logged(/exited: a \(exit status 3; not expected\)\n.* INFO restarting: a in 1h\n/);
    expect((await daemon.ctl("status", "a")).stdout).toMatch(
      /^a +EXITED +\w{3} \d\d \d\d:\d\d [AP]M; is started again in (1h|59m59s)\n$/,
    );
    expect(await daemon.ctl("stop", "a")).toEqual({ code: 0, stdout: "a: stopped\n", stderr: "" });
    expect((await daemon.ctl("status", "a")).stdout).not.toContain("again");
    expect((await daemon.ctl("stop", "a")).stdout).toBe("a: ERROR (not running)\n");
  });

  test("is cancelled by a stop of everything, too, and comes early when somebody asks", async () => {
    await using daemon = await startDaemon(crasher("restart_delay=1h\nrestart_delay_max=2h"));
    await daemon.logged(/restarting: a in 1h/);
    await daemon.ctl("start", "a");
    await until("it has run twice", () => daemon.log.match(/restarting: a in 1h/g)?.length === 2);
    expect((await daemon.ctl("stop", "all")).stdout).toBe("a: stopped\n");
    expect((await daemon.ctl("status", "a")).stdout).not.toContain("again");
  });
});

describe("a crash loop", () => {
  test("is given up with its name, tried again later, and a stop cancels that", async () => {
    await using daemon = await startDaemon(crasher("crashloop=3/60s\nretry_after=1s"));
    await daemon.reaches("a", "FATAL");
    expect((await daemon.ctl("status", "a")).stdout).toMatch(
      /^a +FATAL +crash loop: 3 unexpected exits within 1m; is tried again in \S+ \(retry_after\)\n$/,
    );
    await daemon.logged(
      /gave up: a entered FATAL state, crash loop: 3 unexpected exits within 1m; it is tried again in 1(\.\d)?s\n/,
    );
    const spawns = () => daemon.log.match(/spawned: 'a'/g)?.length ?? 0;
    expect(spawns()).toBe(3);
    await until("it has been given up a second time", () => daemon.log.match(/gave up: a/g)?.length === 2);
    expect(spawns()).toBe(6);
    expect((await daemon.ctl("stop", "a")).stdout).toBe("a: stopped\n");
    expect((await daemon.info("a")).description).toBe("crash loop: 3 unexpected exits within 1m");
  });
});
