import { describe, expect, test } from "vitest";
import { CALL_LIMIT, decodeCall, decodeResponse, MalformedXml } from "../../src/protocol/decode.ts";

const call = (params: string) => `<methodCall><methodName>a.b</methodName>${params}</methodCall>`;
const param = (value: string) => decodeCall(call(`<params><param>${value}</param></params>`)).params[0];

describe("reading calls", () => {
  test.each([
    ["<value><int>5</int></value>", 5],
    ["<value><i4> -7 </i4></value>", -7],
    ["<value><int>9007199254740993000</int></value>", Number.MAX_SAFE_INTEGER],
    ["<value><int>+1_000</int></value>", 1000],
    ["<value><i8>5</i8></value>", "5"],
    ["<value><nil/></value>", null],
    ["<value><boolean>1</boolean></value>", true],
    ["<value><boolean>true</boolean></value>", false],
    ["<value><string>x &lt; y</string></value>", "x < y"],
    ["<value><string/></value>", ""],
    ["<value> untyped </value>", " untyped "],
    ["<value/>", ""],
    ["<value><double>2.5</double></value>", 2.5],
    ["<value><double> -1_0.5e1 </double></value>", -105],
    ["<value><double>-Infinity</double></value>", Number.NEGATIVE_INFINITY],
    ["<value><double>nan</double></value>", Number.NaN],
    ["<value><dateTime.iso8601>20260101T00:00:00</dateTime.iso8601></value>", "20260101T00:00:00"],
    ["<value><base64>aMOpbGxv\nIQ==</base64></value>", "héllo!"],
    ["<value><base64/></value>", ""],
    ["<value>\n <array><data>\n <value><int>1</int></value> <value>b</value></data></array>\n</value>", [1, "b"]],
    ["<value><array><data/></array></value>", []],
    ["<value><struct><member><name>k</name><value>v</value></member></struct></value>", { k: "v" }],
    ["<value><struct/></value>", {}],
    ["<value><strange>x</strange></value>", "x"],
    ["<value><![CDATA[a<b]]></value>", "a<b"],
    ["<value>a&#13;\r\nb</value>", "a\r\nb"],
  ])("%s", (xml, value) => {
    expect(param(xml)).toEqual(value);
  });

  test("a value without its param, and a typed one without its value, is taken all the same", () => {
    const params = "<value>a</value><param><int>5</int></param><array><data><int>6</int></data></array>";
    expect(decodeCall(call(`<params>${params}</params>`)).params).toEqual(["a", 5, [6]]);
  });

  test("parameters may be left out altogether", () => {
    expect(decodeCall(call(""))).toEqual({ method: "a.b", params: [] });
    expect(decodeCall(call("<params/>"))).toEqual({ method: "a.b", params: [] });
  });

  test("a member named __proto__ is data like any other", () => {
    const value = param("<value><struct><member><name>__proto__</name><value>x</value></member></struct></value>");
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(Object.entries(value ?? {})).toEqual([["__proto__", "x"]]);
  });

  test.each([
    ["nothing", ""],
    ["no XML", "garbage"],
    ["another document", "<methodResponse/>"],
    ["no method name", "<methodCall></methodCall>"],
    ["an empty method name", "<methodCall><methodName> </methodName></methodCall>"],
    ["a text for an integer", call("<params><param><value><int>x</int></value></param></params>")],
    ["a double in another base", call("<params><param><value><double>0x10</double></value></param></params>")],
    ["base64 without its padding", call("<params><param><value><base64>Y2F</base64></value></param></params>")],
    ["base64 of no UTF-8", call("<params><param><value><base64>/w==</base64></value></param></params>")],
    ["no moment", call("<params><param><value><dateTime.iso8601>x</dateTime.iso8601></value></param></params>")],
    ["an empty double", call("<params><param><value><double/></value></param></params>")],
    ["a parameter without a value", call("<params><param/></params>")],
    ["an array without data", call("<params><param><value><array/></value></param></params>")],
    [
      "half a member",
      call("<params><param><value><struct><member><name>x</name></member></struct></value></param></params>"),
    ],
    ["a DOCTYPE", `<!DOCTYPE methodCall>${call("")}`],
    [
      "an entity of its own",
      `<!DOCTYPE a [<!ENTITY x "y">]>${call("<params><param><value>&x;</value></param></params>")}`,
    ],
    ["an unknown entity", call("<params><param><value>&nbsp;</value></param></params>")],
    ["an illegal character", call("<params><param><value>\u0001</value></param></params>")],
    ["more text than a request may have", call(`<!--${"x".repeat(CALL_LIMIT)}-->`)],
    [
      "arrays too deep",
      call(
        `<params><param>${"<value><array><data>".repeat(66)}${"</data></array></value>".repeat(66)}</param></params>`,
      ),
    ],
    ["elements too deep for the stack", call("<params>".repeat(100_000))],
  ])("%s is refused as malformed", (_, xml) => {
    expect(() => decodeCall(xml)).toThrow(MalformedXml);
  });

  test("a damaged call is read or refused, quickly, and never does anything else", () => {
    const whole = call(
      "<params><param><value><struct><member><name>k</name><value><array><data><value><int>1</int></value>" +
        "<value>é😀&amp;</value></data></array></value></member></struct></value></param></params>",
    );
    const pieces = [
      "<",
      ">",
      "</value>",
      "<value>",
      "&",
      "&#x0;",
      "]]>",
      "<![CDATA[",
      "<!--",
      "<?",
      "\ud800",
      "\0",
      "<!DOCTYPE a>",
    ];
    let seed = 7;
    const next = (below: number) => {
      seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
      return seed % below;
    };
    const started = performance.now();
    let refused = 0;
    for (let round = 0; round < 4000; round++) {
      let xml = whole;
      for (let cut = next(3); cut >= 0; cut--) {
        const at = next(xml.length);
        xml = xml.slice(0, at) + (pieces[next(pieces.length)] ?? "") + xml.slice(at + next(9));
      }
      try {
        expect(typeof decodeCall(xml).method).toBe("string");
      } catch (error) {
        expect(error).toBeInstanceOf(MalformedXml);
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(1000);
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  test.each([
    ["carriage returns", "\r"],
    ["references", "&amp;"],
    ["comments", "<!--x-->"],
    ["pairs of surrogates and references", "😀&amp;"],
    ["open elements", "<value>"],
    ["unclosed sections", "<![CDATA["],
    ["brackets", "]"],
  ])("a megabyte of %s takes less than two seconds", (_, piece) => {
    const xml = call(`<params><param><value>${piece.repeat(1_000_000 / piece.length)}</value></param></params>`);
    const started = performance.now();
    try {
      decodeCall(xml);
    } catch (error) {
      expect(error).toBeInstanceOf(MalformedXml);
    }
    expect(performance.now() - started).toBeLessThan(2000);
  });
});

describe("reading answers", () => {
  test("a document that is no answer is malformed", () => {
    expect(() => decodeResponse(call(""))).toThrow(MalformedXml);
    expect(() => decodeResponse("<methodResponse/>")).toThrow(MalformedXml);
    expect(() => decodeResponse("<methodResponse><fault><value>x</value></fault></methodResponse>")).toThrow(
      MalformedXml,
    );
  });
});
