import { writeFileSync } from "node:fs";
import { afterEach, expect, test } from "vitest";
import { type RunningSupervisor, startSupervisor } from "../helpers/supervisor.ts";
import { until } from "../helpers/until.ts";

let running: RunningSupervisor | null = null;
afterEach(async () => {
  await running?.end();
  running = null;
});

const name = (text: string) => ({ group: text, name: text });
const untilMarked = (mark: string) =>
  `command=sh -c 'while ! test -e %(here)s/${mark}; do sleep 0.02; done; echo up; exec sleep 1000'\nstartsecs=0\nready_log=up\n`;

test("waiting ends in the moment in which all that count are well, and not before", async () => {
  running = await startSupervisor(
    `[program:a]\n${untilMarked("a")}[program:b]\n${untilMarked("b")}[program:off]\ncommand=sleep 1\nautostart=false\n`,
  );
  const { supervisor, directory } = running;
  let ended = "";
  const waiting = supervisor.well(null, 20_000).then(() => {
    ended = "all";
  });
  const ofA = supervisor.well([name("a")], 20_000);
  writeFileSync(`${directory}/a`, "");
  await ofA;
  expect(ended).toBe("");
  writeFileSync(`${directory}/b`, "");
  await until("b is ready", () => supervisor.process(name("b"))?.wellness.well);
  await waiting;
  expect(supervisor.processes().map(({ wellness }) => wellness.well)).toEqual([true, true, false]);
});

test("waiting ends in time, and nobody is observed any more", async () => {
  running = await startSupervisor(`[program:a]\n${untilMarked("never")}`);
  const { supervisor } = running;
  const before = performance.now();
  await supervisor.well(null, 200);
  expect(performance.now() - before).toBeGreaterThan(195);
  expect(performance.now() - before).toBeLessThan(1000);
  expect(supervisor.process(name("a"))?.wellness).toMatchObject({ wanted: true, well: false });
});

test("one that nobody knows is refused", async () => {
  running = await startSupervisor("[program:a]\ncommand=sleep 1000\n");
  await expect(running.supervisor.well([name("x")], 0)).rejects.toThrow("BAD_NAME");
});
