import { describe, expect, test } from "vitest";
import { BadReply } from "../../src/client/failures.ts";
import { type Head, ResponseReader } from "../../src/client/response.ts";

interface Seen {
  heads: Head[];
  body: string;
  ended: boolean;
  complete: boolean;
}

/** Reads a response given in portions of `size` bytes, then the end of the connection. */
function read(text: string, size = text.length): Seen {
  const reader = new ResponseReader();
  const seen: Seen = { heads: [], body: "", ended: false, complete: false };
  const bytes = Buffer.from(text, "latin1");
  for (let at = 0; at < bytes.length; at += size) {
    for (const part of reader.push(bytes.subarray(at, at + size))) {
      if (part.type === "head") seen.heads.push(part.head);
      else if (part.type === "data") seen.body += part.data.toString("latin1");
      else seen.ended = true;
    }
  }
  seen.complete = reader.finish();
  return seen;
}

const sized = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Type: text/xml\r\n\r\nhello";
const chunked =
  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n00a;x=y\r\n\r\n0123456\n\r\n0\r\nTrailer: x\r\n\r\n";
const untilClose = "HTTP/1.0 200 OK\r\nServer: x\r\n\r\nhello\r\n\r\nworld";

describe("a response in any portions", () => {
  const sizes = [1, 2, 3, 5, 7, 64, 4096];

  test.each(sizes)("with a length, %d bytes at a time", (size) => {
    const { heads, body, ended } = read(sized, size);
    expect(heads.map(({ status, reason, reusable }) => ({ status, reason, reusable }))).toEqual([
      { status: 200, reason: "OK", reusable: true },
    ]);
    expect(heads[0]?.headers.get("content-type")).toBe("text/xml");
    expect([body, ended]).toEqual(["hello", true]);
  });

  test.each(sizes)("in chunks, %d bytes at a time", (size) => {
    expect(read(chunked, size)).toMatchObject({ body: "hello\r\n0123456\n", ended: true, complete: true });
  });

  test.each(sizes)("up to the end of the connection, %d bytes at a time", (size) => {
    const { heads, body, ended, complete } = read(untilClose, size);
    expect(heads[0]?.reusable).toBe(false);
    expect([body, ended, complete]).toEqual(["hello\r\n\r\nworld", false, true]);
  });
});

describe("a response", () => {
  test("may be announced by an interim one", () => {
    expect(read(`HTTP/1.1 100 Continue\r\n\r\n${sized}`)).toMatchObject({ body: "hello", ended: true });
  });

  test("may be empty", () => {
    expect(read("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")).toMatchObject({ body: "", ended: true });
    expect(read("HTTP/1.1 204 No Content\r\n\r\n")).toMatchObject({ body: "", ended: true });
  });

  test("is not complete when the connection ends early", () => {
    expect(read(sized.slice(0, -1)).complete).toBe(false);
    expect(read(chunked.slice(0, -2)).complete).toBe(false);
    expect(read("HTTP/1.1 200 OK\r\nContent-Le").complete).toBe(false);
  });

  test("ends the connection when it says so", () => {
    const head = (line: string) => read(`${line}\r\nContent-Length: 0\r\n\r\n`).heads[0];
    expect(head("HTTP/1.1 200 OK\r\nConnection: close")?.reusable).toBe(false);
    expect(head("HTTP/1.0 200 OK")?.reusable).toBe(false);
    expect(head("HTTP/1.0 200 OK\r\nConnection: Keep-Alive")?.reusable).toBe(true);
  });

  test.each([
    ["no HTTP at all", "SSH-2.0-OpenSSH_9\r\n\r\n"],
    ["a length that is no number", "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n"],
    ["a chunk size that is no number", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"],
    ["a chunk that is too long", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n"],
    ["bytes after its end", `${sized}more`],
    ["headers without end", `HTTP/1.1 200 OK\r\nX: ${"x".repeat(70_000)}`],
    ["a chunk size without end", `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${"0".repeat(5000)}`],
  ])("with %s is refused", (_what, text) => {
    expect(() => read(text, 1000)).toThrow(BadReply);
  });
});
