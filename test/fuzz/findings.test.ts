/** What the fuzzer has found, each in its smallest form. */
import { connect } from "node:net";
import { afterAll, describe, expect, test } from "vitest";
import { ResponseReader } from "../../src/client/response.ts";
import { type Captured, capture, endCapture, noCapture } from "../../src/core/capture.ts";
import { complaints, folder, load, refusal, write } from "../config/files.ts";
import { serve } from "../helpers/api-server.ts";
import { FakeDaemon } from "../helpers/fake-daemon.ts";
import { until } from "../helpers/until.ts";

const closers: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const close of closers) await close();
});

/** `LINE:COLUMN+LENGTH message` of each complaint. */
async function places(file: string, text: string): Promise<string[]> {
  write(file, text);
  const loaded = await load(file);
  return loaded.complaints.map(({ line, column, length, message }) => `${line}:${column}+${length} ${message}`);
}

describe("a complaint stands within its line", () => {
  test("of a key that is longer in small letters", async () => {
    expect(await places("dotted.ini", "[supervisord]\nİİ=x\n")).toEqual(["2:1+2 unknown key i̇i̇ is ignored"]);
  });

  test("of a line that is nothing but a byte order mark", async () => {
    expect(await places("mark.ini", "\ufeff")).toEqual(["1:1+1 this line stands before any [section]"]);
  });

  test("of YAML whose lines end in carriage returns", async () => {
    expect(await complaints("returns.yaml", "programs:\r  a:\r    comand: x\r    command: y\r")).toEqual([
      "3:5 warning unknown key comand is ignored (did you mean command)",
    ]);
  });

  test("of YAML behind a scalar of several lines", async () => {
    expect((await places("scalar.yaml", " :\nt\n  b:")).at(-1)).toMatch(/^3:4\+1 /);
  });

  test("of a YAML value that is written on several lines", async () => {
    const [place] = await places("folded.yaml", 'include: ["no\n  such\n  file"]\n');
    expect(place).toBe(`1:10+4 No file matches via include "${folder}/no such file"`);
  });
});

describe("a short list that stands for gigabytes is refused", () => {
  const list = (key: string) => `[supervisord]\n[program:a]\nnumprocs=60000\ncommand=/bin/cat\n${key}\n`;

  test("long names", async () => {
    expect(await refusal("wide.ini", list("process_name=%(process_num)65536d"))).toMatch(
      /^the name of a process has 65536 characters; 1000 are allowed in section/,
    );
  });

  test("long values", async () => {
    const keys = "process_name=%(process_num)d\ndirectory=/%(process_num)65536d";
    expect(await refusal("long.ini", list(keys))).toMatch(
      /^the values of its processes are too long in all in section/,
    );
  });
});

test("an include of ten thousand patterns is looked up in a moment", async () => {
  write("patterns.ini", `[supervisord]\n[include]\nfiles=${"\n none".repeat(10_000)}\n`);
  const began = performance.now();
  expect(await load("patterns.ini")).toMatchObject({ ok: true });
  expect(performance.now() - began).toBeLessThan(3000);
});

test("of an unfinished message as much is output as is kept: what is allowed, or one read", () => {
  const [begin, as, bs] = ["<!--XSUPERVISOR:BEGIN-->", "a".repeat(50), "b".repeat(30)];
  const outcome = (...portions: readonly string[]): readonly Captured[] => {
    let state = noCapture;
    for (const portion of portions) state = capture(state, Buffer.from(portion), 40).state;
    return endCapture(state).map((piece) => ({ ...piece, bytes: new Uint8Array(piece.bytes) }));
  };
  const output = (kept: string) => [{ type: "output", bytes: new Uint8Array(Buffer.from(kept)) }];
  expect(outcome(begin + as + bs)).toEqual(output(as + bs));
  expect(outcome(begin, as, bs)).toEqual(output(as.slice(30) + bs));
});

describe("an answer is read the same however it is cut", () => {
  const read = (portions: readonly string[]): string => {
    const reader = new ResponseReader();
    let said = "";
    try {
      for (const portion of portions)
        for (const part of reader.push(Buffer.from(portion, "latin1")))
          said += part.type === "data" ? part.data.toString("latin1") : `<${part.type}>`;
      return said;
    } catch (error) {
      return `${said} ${(error as Error).message}`;
    }
  };

  test.each([
    ["a head with plain line feeds before a body with others", "HTTP/1.1 200 OK\nContent-Length: 6\n\na\r\n\r\nb"],
    ["a head without end", `HTTP/1.1 200 OK\r\nX: ${"y".repeat(20_000)}\r\n\r\n`],
    ["a chunk size without end", `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;${"y".repeat(5000)}\r\nhello`],
  ])("%s", (_what, text) => {
    expect(read([...text])).toBe(read([text]));
  });
});

test("a connection is closed after a request to upgrade it, as Node loses what follows in the same packet", async () => {
  const { socket: path, close } = await serve(new FakeDaemon());
  closers.push(close);
  const ok = "GET /ok.html HTTP/1.1\r\n";
  const socket = connect(path);
  let received = "";
  socket.setEncoding("latin1").on("data", (data: string) => {
    received += data;
  });
  socket.write(`${ok}Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n${ok}\r\n`);
  await until("the connection is closed", () => socket.closed, 5000);
  expect(received.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 200"]);
  expect(received).toMatch(/^Connection: close/im);
});
