import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { decodeCall, decodeResponse, XmlRpcFault } from "../../src/protocol/decode.ts";
import { encodeCall, encodeFault, encodeResponse } from "../../src/protocol/encode.ts";
import type { XmlRpcValue } from "../../src/protocol/xmlrpc.ts";

/** What Python's xmlrpc.client makes of documents: values as JSON, a fault as an object. */
function readByPython(documents: readonly string[]): unknown[] {
  const script = `
import json, sys, xmlrpc.client
def read(text):
    try:
        return xmlrpc.client.loads(text.encode())[0][0]
    except xmlrpc.client.Fault as f:
        return {"code": f.faultCode, "text": f.faultString}
print(json.dumps([read(text) for text in json.load(sys.stdin)]))`;
  const input = JSON.stringify(documents);
  return JSON.parse(
    execFileSync("/usr/bin/python3", ["-c", script], { input, encoding: "utf8", maxBuffer: 1 << 26 }),
  ) as unknown[];
}

/** Numbers from 0 to 1, the same ones for the same seed (mulberry32). */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function anyText(random: () => number): string {
  const length = Math.floor(random() * 12);
  return Array.from({ length }, () => String.fromCharCode(Math.floor(random() ** 3 * 0x10000))).join("");
}

function anyValue(random: () => number, depth = 0): XmlRpcValue {
  const kind = Math.floor(random() * (depth > 3 ? 4 : 6));
  if (kind === 0) return anyText(random);
  if (kind === 1) return Math.floor((random() - 0.5) * 2 ** 32);
  if (kind === 2) return random() < 0.5;
  if (kind === 3) return random() * 1000;
  const count = Math.floor(random() * 4);
  if (kind === 4) return Array.from({ length: count }, () => anyValue(random, depth + 1));
  return Object.fromEntries(Array.from({ length: count }, () => [anyText(random), anyValue(random, depth + 1)]));
}

/** What a client is to see: characters that XML does not know replaced. */
function legal(value: XmlRpcValue): unknown {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  const clean = (text: string) => text.toWellFormed().replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, "\ufffd");
  if (typeof value === "string") return clean(value);
  if (Array.isArray(value)) return value.map(legal);
  if (typeof value !== "object" || value === null) return value ?? "";
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [clean(name), legal(member)]));
}

describe("writing answers", () => {
  test("any value arrives unchanged at our own reader and at Python's, but for characters that XML does not know", () => {
    const random = numbers(1);
    const values = Array.from({ length: 3000 }, () => anyValue(random));
    const documents = values.map((value) => encodeResponse(value));
    const expected = values.map(legal);
    expect(documents.map((document) => decodeResponse(document))).toEqual(expected);
    expect(readByPython(documents)).toEqual(expected);
  });

  test("every byte of a log, carriage returns too, comes through or becomes U+FFFD", () => {
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)).toString();
    const [seen] = readByPython([encodeResponse(bytes)]) as [string];
    expect(seen).toHaveLength(256);
    expect(seen.slice(9, 14)).toBe("\t\n\ufffd\ufffd\r");
    expect(seen.slice(32, 127)).toBe(bytes.slice(32, 127));
    expect(seen.slice(128)).toBe("\ufffd".repeat(128));
  });

  test("an integer beyond 32 bits is capped, and an infinite or missing number does no harm", () => {
    const values = [2 ** 31, -(2 ** 40), Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN];
    expect(readByPython([encodeResponse(values)])).toEqual([[2147483647, -2147483648, 2147483647, -2147483648, 0]]);
  });

  test("a fault is a fault for both readers", () => {
    const document = encodeFault(10, "BAD_NAME: <web>");
    expect(readByPython([document])).toEqual([{ code: 10, text: "BAD_NAME: <web>" }]);
    expect(() => decodeResponse(document)).toThrow(XmlRpcFault);
    expect(() => decodeResponse(document)).toThrow(expect.objectContaining({ code: 10, text: "BAD_NAME: <web>" }));
  });

  test("a thousand processes are written in tens of milliseconds at most", () => {
    const info = { name: "web_00", group: "web", start: 1795311106, stop: 0, now: 1795311113, state: 20, pid: 9918 };
    const all = Array.from({ length: 1000 }, () => ({ ...info, description: "pid 9918, uptime 0:00:07", logfile: "" }));
    const started = performance.now();
    expect(encodeResponse(all).length).toBeGreaterThan(500_000);
    expect(performance.now() - started).toBeLessThan(250);
  });
});

describe("writing calls", () => {
  test("method and parameters arrive, none as none", () => {
    expect(decodeCall(encodeCall("supervisor.getState"))).toEqual({ method: "supervisor.getState", params: [] });
    const params = ["a:b", true, -5, 1.5, ["x"], { y: "z" }];
    expect(decodeCall(encodeCall("supervisor.startProcess", params))).toEqual({
      method: "supervisor.startProcess",
      params,
    });
  });
});
