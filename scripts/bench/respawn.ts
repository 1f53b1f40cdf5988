/**
 * Kill -9 of a steady child until its successor runs. The successor itself tells: each one writes
 * its process id into a named pipe as its first act, and the time is taken when that arrives.
 */
import { execFileSync } from "node:child_process";
import { constants, openSync } from "node:fs";
import { Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { newDirectory, startDaemon } from "../../test/helpers/daemon.ts";
import { type Bench, median, type System } from "./system.ts";

const killsPerRound = 5;

export const respawn: Bench = {
  name: "respawn",
  rounds: 3,
  metrics: [0, 1].map((startsecs) => ({
    key: `startsecs${startsecs}`,
    title: `respawn after kill -9, startsecs=${startsecs}`,
    unit: "ms" as const,
    target: { ratio: "at most" as const, bound: 0.03 },
  })),
  async round(system) {
    return { startsecs0: await respawnMs(system, 0), startsecs1: await respawnMs(system, 1) };
  },
};

async function respawnMs(system: System, startsecs: number): Promise<number> {
  const directory = newDirectory();
  const births = join(directory, "births");
  execFileSync("mkfifo", [births]);
  // Opened for reading and writing, so that neither side ever sees an end of file.
  const stream = new Socket({ fd: openSync(births, constants.O_RDWR | constants.O_NONBLOCK) });
  let arrived: (birth: { pid: number; atMs: number }) => void = () => {};
  stream.on("data", (line) => arrived({ pid: Number(line), atMs: performance.now() }));
  const next = () =>
    new Promise<{ pid: number; atMs: number }>((resolve) => {
      arrived = resolve;
    });

  const first = next();
  const daemon = await startDaemon(
    `[program:child]\ncommand=/bin/sh -c 'echo $$ > ${births}; exec /bin/sleep 100000'\nautorestart=true\nstartsecs=${startsecs}\n`,
    { binaries: system.binaries, ready: false, directory },
  );
  try {
    let { pid } = await first;
    const times: number[] = [];
    for (let kill = 0; kill < killsPerRound; kill++) {
      // Steady: well past startsecs and past a reaction to the last start. The odd part of the wait
      // keeps the kills out of step with a daemon that looks once per second.
      await delay(2_200 + kill * 170);
      const birth = next();
      const killedMs = performance.now();
      process.kill(pid, "SIGKILL");
      const reborn = await birth;
      times.push(reborn.atMs - killedMs);
      pid = reborn.pid;
    }
    return median(times);
  } finally {
    await daemon.end();
    stream.destroy();
    execFileSync("rm", ["-r", directory]);
  }
}
