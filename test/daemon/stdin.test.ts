import { readSync } from "node:fs";
import { expect, test } from "vitest";
import { ChildStdin } from "../../src/daemon/stdin.ts";
import { closeFd, nonBlocking, pipe } from "../../src/system/libc.ts";

function childEnd() {
  const { read, write } = pipe();
  nonBlocking(read);
  nonBlocking(write);
  const chunk = Buffer.alloc(1024 * 1024);
  return {
    stdin: new ChildStdin(write),
    /** All that can be read until nothing more comes for a while. */
    async read(): Promise<Buffer> {
      const parts: Buffer[] = [];
      for (let idle = 0; idle < 20; ) {
        try {
          const n = readSync(read, chunk);
          if (n === 0) break;
          parts.push(Buffer.from(chunk.subarray(0, n)));
          idle = 0;
        } catch {
          idle++;
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
      }
      return Buffer.concat(parts);
    },
    close: () => closeFd(read),
  };
}

test("more than the pipe holds arrives whole and in order, as the child reads", async () => {
  const { stdin, read, close } = childEnd();
  const data = Buffer.from(Array.from({ length: 300_000 }, (_, n) => `${n}\n`).join(""));
  for (let at = 0; at < data.length; at += 100_000)
    expect(stdin.write(data.subarray(at, at + 100_000))).toBe("written");
  expect((await read()).equals(data)).toBe(true);
  expect(stdin.write(Buffer.from("last\n"))).toBe("written");
  expect((await read()).toString()).toBe("last\n");
  stdin.close();
  close();
});

test("a child that does not read is refused more than a bound, at once", () => {
  const { stdin, close } = childEnd();
  const mega = Buffer.alloc(1024 * 1024);
  const outcomes = Array.from({ length: 8 }, () => stdin.write(mega));
  expect(outcomes[0]).toBe("written");
  expect(outcomes.at(-1)).toBe("full");
  stdin.close();
  close();
});

test("a child that has closed its stdin is told from one that has not", () => {
  const { stdin, close } = childEnd();
  close();
  expect(stdin.write(Buffer.from("x"))).toBe("closed");
  expect(stdin.write(Buffer.from("y"))).toBe("closed");
});
