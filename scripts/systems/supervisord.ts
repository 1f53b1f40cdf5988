/**
 * What Debian's supervisord makes of a kill: on the same list, which it reads but for the keys of ours, as PID 1 of a
 * namespace of its own, while the system of the demo is still up. What is shown is what was seen.
 */
import { spawn } from "node:child_process";
import { descendantsOf, innermostPid } from "../../test/helpers/processes.ts";
import { call } from "../../test/helpers/rpc.ts";
import { until } from "../../test/helpers/until.ts";
import { Workplace } from "./frame.ts";

interface Info {
  readonly statename: string;
  readonly pid: number;
  readonly spawnerr: string;
}

/** How long it is waited for what becomes of the program. */
const limitMs = 15_000;

/** Starts a second place of the system under supervisord, kills the program there, and says what became of it. */
export async function killedUnderSupervisord({ system }: Workplace, name: string): Promise<string> {
  const place = new Workplace(system);
  await system.prepare(place);
  // Ends with the demo, however that ends.
  const wrap = ["--pdeathsig", "KILL", "unshare", "--pid", "--fork", "--mount-proc", "--kill-child"];
  const daemon = spawn("setpriv", [...wrap, "/usr/bin/supervisord", "-n", "-c", place.file], {
    env: { ...process.env, ...place.env },
    stdio: "ignore",
  });
  const info = async (): Promise<Info> => (await call(place.socket, "supervisor.getProcessInfo", [name])) as never;
  const over = new Promise((resolve) => daemon.once("close", resolve));
  try {
    const { pid } = await until(`supervisord runs ${name}`, async () => {
      const now = await info();
      return now.statename === "RUNNING" ? now : null;
    });
    process.kill(descendantsOf([daemon.pid ?? 0]).find((each) => innermostPid(each) === pid) ?? 0, "SIGKILL");
    const begin = performance.now();
    const after = await until(
      `${name} is RUNNING or FATAL`,
      async () => {
        const now = await info();
        return ["RUNNING", "FATAL"].includes(now.statename) && now.pid !== pid ? now : null;
      },
      limitMs,
    );
    return `${after.statename} after ${((performance.now() - begin) / 1000).toFixed(1)} s`;
  } finally {
    daemon.kill("SIGKILL");
    await over;
    await place.end();
  }
}
