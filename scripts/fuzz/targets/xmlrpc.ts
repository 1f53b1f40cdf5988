/**
 * The XML-RPC codec: a document is read or refused with the one error there is for that; what was read
 * can be written and read again and is the same; so is every value that our side makes.
 */
import { decodeCall, decodeResponse, MalformedXml, XmlRpcFault } from "../../../src/protocol/decode.ts";
import { encodeCall, encodeFault, encodeResponse } from "../../../src/protocol/encode.ts";
import type { XmlRpcValue } from "../../../src/protocol/xmlrpc.ts";
import { mutate } from "../mutate.ts";
import { Random } from "../random.ts";
import { demand, demandEqual, Finding, type Target } from "../target.ts";

const words = [
  ..."methodCall methodName methodResponse params param value int i4 i8 double boolean string base64 array data struct member name fault dateTime.iso8601 nil"
    .split(" ")
    .flatMap((name) => [`<${name}>`, `</${name}>`, `<${name}/>`]),
  "<value><string>x</string></value>",
  "<value><int>1</int></value>",
  "<value><array><data>",
  "</data></array></value>",
  "<param><value>a</value></param>",
  "<member><name>__proto__</name><value><int>1</int></value></member>",
  "<?xml version='1.0'?>",
  "<?xml version='1.0' encoding='utf-16'?>",
  '<!DOCTYPE m [<!ENTITY a "b">]>',
  '<!DOCTYPE methodCall SYSTEM "file:///etc/passwd">',
  "<!ENTITY x '&x;&x;'>",
  "&x;",
  "&amp;",
  "&lt;",
  "&#0;",
  "&#x41;",
  "&#xd800;",
  "&#1114112;",
  "<![CDATA[",
  "]]>",
  "<!--",
  "-->",
  " a='b'",
  " xmlns:a='b'",
  "system.multicall",
  "supervisor.getAllProcessInfo",
];

const seeds = [
  encodeCall("supervisor.startProcess", ["web:a", true]),
  encodeCall("system.multicall", [[{ methodName: "supervisor.getState", params: [] }, { methodName: "x.y" }]]),
  encodeResponse([{ name: "a", pid: 1, spawnerr: "", ok: false, load: 1.5 }]),
  encodeFault(10, "BAD_NAME: x"),
  "<methodCall><methodName>a.b</methodName></methodCall>",
  "<methodCall><methodName>a.b</methodName><params><param><value>plain</value></param><param><value><base64>YQ==</base64></value></param></params></methodCall>",
];

export const xmlrpc: Target = {
  deadlineMs: 3000,
  parallel: 1,
  generate(random) {
    const turn = random.next();
    if (random.chance(0.002)) return { text: deep(random), turn };
    const whole = random.chance(0.3) ? random.many(random.size(40), () => random.pick(words)) : random.pick(seeds);
    return { text: random.chance(0.9) ? mutate(random, whole, words, seeds) : whole, turn };
  },
  check({ text, turn }) {
    checkValue(new Random(turn, "value", 0));
    const call = attempt(() => decodeCall(text));
    if (call !== null) {
      const again = decodeCall(encodeCall(call.method, call.params));
      demandEqual(again.params, call.params.map(written), "a call is another one when it has been written and read");
    }
    const answer = attempt(() => decodeResponse(text));
    if (answer !== null)
      demandEqual(decodeResponse(encodeResponse(answer)), written(answer), "an answer is another one");
  },
};

function attempt<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof XmlRpcFault) {
      demand(Number.isFinite(error.code) && typeof error.text === "string", "a fault without its number");
      return null;
    }
    if (!(error instanceof MalformedXml)) throw error;
    demand(error.message !== "" && error.message.length <= 300, `the error says ${error.message.length} characters`);
    return null;
  }
}

/** What our side makes comes back as it was. */
function checkValue(random: Random): void {
  const value = someValue(random, 0);
  demandEqual(decodeResponse(encodeResponse(value)), written(value), "an answer of ours is read otherwise");
  const name = someText(random).trim();
  if (name !== "")
    demandEqual(decodeCall(encodeCall(name, [value])).params, [written(value)], "a call of ours is read otherwise");
  try {
    decodeResponse(encodeFault(random.next() | 0, name));
    throw new Finding("a fault is read as an answer");
  } catch (error) {
    if (!(error instanceof XmlRpcFault)) throw error;
    demandEqual(error.text, written(name), "a fault of ours is read otherwise");
  }
}

function someValue(random: Random, depth: number): XmlRpcValue {
  switch (random.below(depth > 6 ? 5 : 7)) {
    case 0:
      return random.next() | 0;
    case 1:
      return random.pick([
        0,
        -0,
        2 ** 31,
        -(2 ** 31),
        2 ** 53,
        1e300,
        Number.NaN,
        Number.POSITIVE_INFINITY,
        0.1,
        -1e-7,
        5e-324,
      ]);
    case 2:
      return random.chance(0.5);
    case 3:
    case 4:
      return someText(random);
    case 5:
      return Array.from({ length: random.size(6) }, () => someValue(random, depth + 1));
    default:
      return Object.fromEntries(
        Array.from({ length: random.size(6) }, () => [someText(random), someValue(random, depth + 1)]),
      );
  }
}

function someText(random: Random): string {
  return random.many(random.size(12), () =>
    random.chance(0.3) ? random.pick(words) : String.fromCharCode(random.below(random.chance(0.8) ? 128 : 65_536)),
  );
}

/** What is left of a value when it has been written. */
function written(value: XmlRpcValue): XmlRpcValue {
  if (typeof value === "string") {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is replaced
    return value.toWellFormed().replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, "\ufffd");
  }
  if (typeof value === "number") {
    if (Number.isNaN(value) || value === 0) return 0;
    return Number.isInteger(value) || !Number.isFinite(value)
      ? Math.min(2 ** 31 - 1, Math.max(-(2 ** 31), value))
      : value;
  }
  if (typeof value === "boolean") return value;
  if (value === null) return "";
  if (Array.isArray(value)) return value.map(written);
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [written(name), written(member)]));
}

/** Many within each other, or one very long. */
function deep(random: Random): string {
  const count = random.below(20_000);
  const inner = random.pick([
    `${"<value><array><data>".repeat(count)}${"</data></array></value>".repeat(count)}`,
    `${"<a>".repeat(count)}${"</a>".repeat(count)}`,
    `<value>${random.pick(["&amp;", "\r", "a", "<![CDATA[x]]>", "<!--x-->", "&#65;", "é"]).repeat(count)}</value>`,
    `<value a='${"b".repeat(count)}'>x</value>`,
    "<value>".repeat(count),
    `<value ${"a='b' ".repeat(count)}/>`,
  ]);
  return `<methodCall><methodName>a.b</methodName><params><param>${inner}</param></params></methodCall>`;
}
