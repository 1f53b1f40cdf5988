/** What every system promises, as tests; what one promises besides stands between its start and its end. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { install, type System, Workplace } from "../../scripts/systems/frame.ts";
import { until } from "../helpers/until.ts";

export interface Expectations {
  /** How long a killed process may be away. */
  readonly backWithinMs: number;
  /** More tests, run after the thousand messages; the place is there when they run. */
  readonly besides?: (work: () => Workplace) => void;
}

const messages = 1000;

export function stage(system: System, { backWithinMs, besides }: Expectations): void {
  describe(`${system.name}, ${system.title},`, () => {
    let place: Workplace | null = null;
    const work = (): Workplace => {
      if (place === null) throw new Error(`${system.name} has not been prepared`);
      return place;
    };

    beforeAll(async () => {
      await install(system);
      place = new Workplace(system);
      await system.prepare(place);
    });
    afterAll(() => place?.end());

    test("starts, and is well", () => work().start());

    test(`works on each of ${messages} ${system.unit}, although one process is killed among them`, async () => {
      const { after, backMs } = await work().deliver(messages);
      expect(after).toBeLessThan(messages);
      expect(backMs).toBeLessThan(backWithinMs);
      expect(await system.consumed(work())).toBe(messages);
    });

    describe("besides,", () => {
      beforeAll(() => work().beginChecks());
      for (const { what, run } of system.checks ?? []) test(what, async () => void (await run(work())));
    });
    besides?.(work);

    const ending = system.ending ? `; ${system.ending.what}` : "";
    test(`ends with code 0 on SIGTERM, and leaves no process${ending}`, async () => {
      expect(await work().stop()).toBe(0);
      await until("no process is left", () => work().leftovers().length === 0, 3_000);
    });
  });
}
