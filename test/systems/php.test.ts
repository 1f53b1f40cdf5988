/** php-fpm and a Messenger worker in one container, as its first process. */
import { expect, test } from "vitest";
import { php } from "../../scripts/systems/php.ts";
import { redis, translate } from "../../scripts/systems/php-work.ts";
import { zombiesOf } from "../helpers/processes.ts";
import { until } from "../helpers/until.ts";
import { stage } from "./stage.ts";

stage(php, {
  backWithinMs: 500,
  besides: (work) => {
    test("spaced is PID 1, and what its programs have left to it is reaped", async () => {
      expect(await work().daemon.rpc("supervisor.getPID")).toBe(1);
      expect(work().daemon.log).toMatch(/ending what php-fpm left behind: (\d+ \(php-fpm: pool www\)(, )?){4}/);
      await until("no zombie is left", () => zombiesOf(work().daemon.pid).length === 0, 1_000);
    });

    test("what was queued when the container was stopped is worked on after its next start", async () => {
      await work().ctl("stop", "messenger-worker:*");
      await translate(work(), "patient", "stressed");
      expect(await work().stop()).toBe(0);
      await work().start();
      const translation = async (): Promise<string | undefined> =>
        (await redis(work(), "hget", "translations", "patient"))[0];
      await until("it is translated", async () => (await translation()) === "desserts");
    });
  },
});
