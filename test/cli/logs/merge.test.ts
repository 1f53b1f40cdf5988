import { expect, test } from "vitest";
import type { Line } from "../../../src/cli/logs/line.ts";
import { inTurn, merged } from "../../../src/cli/logs/merge.ts";

const line = (order: number, name: string, bytes = new Uint8Array(1)) => ({ order, process: name, bytes }) as Line;

async function* log(name: string, batches: readonly (readonly number[])[], taken: string[] = []) {
  for (const batch of batches) {
    taken.push(name);
    yield batch.map((order) => line(order, name));
  }
}

async function all(logs: readonly AsyncIterable<Line[]>[]): Promise<string[]> {
  const shown: string[] = [];
  for await (const lines of merged(logs, 2)) for (const { process, order } of lines) shown.push(`${process}${order}`);
  return shown;
}

test("lines of several logs come in order, those of the same moment in the order of their logs", async () => {
  const logs = [
    log("a", [
      [1, 4],
      [4, 9],
    ]),
    log("b", [[2], [4], [5, 10]]),
    log("c", []),
    log("d", [[0, 11]]),
  ];
  expect(await all(logs)).toEqual("d0 a1 b2 a4 a4 b4 b5 a9 b10 d11".split(" "));
});

test("of many logs each is taken from only as far as its lines are wanted", async () => {
  const taken: string[] = [];
  const logs = Array.from({ length: 40 }, (_, n) => log(`${n} `, [[n], [1000 + n], [2000 + n]], taken));
  const first = merged(logs, 4)[Symbol.asyncIterator]();
  const { value } = await first.next();
  expect(value.length).toBe(120);
  expect(value.map(({ order }: Line) => order)).toEqual(
    value.map(({ order }: Line) => order).sort((a: number, b: number) => a - b),
  );
  const slow = merged(
    [
      log(
        "x",
        Array.from({ length: 9000 }, (_, n) => [n]),
        taken,
      ),
    ],
    1,
  )[Symbol.asyncIterator]();
  taken.length = 0;
  await slow.next();
  await slow.return?.(undefined);
  expect(taken.length).toBeLessThanOrEqual(4097);
});

test("long lines are passed on before there are many of them, as of a small file that unpacks to gigabytes", async () => {
  async function* endless(): AsyncGenerator<Line[]> {
    for (let order = 0; ; order++) yield [line(order, "z", new Uint8Array(256 * 1024))];
  }
  const lines = merged([endless()], 1);
  for (let times = 0; times < 3; times++) expect((await lines.next()).value).toHaveLength(4);
  await lines.return(undefined);
});

test("work is done for so many at once, and its results stay in order", async () => {
  let running = 0;
  let most = 0;
  const results = await inTurn([5, 1, 3, 2, 4], 2, async (ms) => {
    most = Math.max(most, ++running);
    await new Promise((resolve) => setTimeout(resolve, ms));
    running--;
    return ms * 2;
  });
  expect([results, most]).toEqual([[10, 2, 6, 4, 8], 2]);
});
