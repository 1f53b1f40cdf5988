/**
 * Reading XML-RPC documents. Brings the XML parser along: import this file on use.
 *
 * What comes in is a stranger's: size and depth are bounded, a DOCTYPE is refused (no entity is ever
 * defined, so none can explode), and anything else that is no XML-RPC is one kind of error, `MalformedXml`.
 * Lenient where supervisor 4.2.5 is: `<params>`, `<param>` and `<value>` may be missing, a value without a type is a string, and so
 * is one of an unknown type, unless it is empty; numbers are written as Python writes them.
 */
import { parseXml, XmlDocumentType, XmlElement } from "@rgrove/parse-xml";
import { wholeNumber } from "../core/python.ts";
import { textOfBase64 } from "./base64.ts";
import { isStruct, type XmlRpcCall, type XmlRpcStruct, type XmlRpcValue } from "./xmlrpc.ts";

/** Longest call that is looked at, in UTF-16 units: as many as the bytes of the longest request. */
export const CALL_LIMIT = 1024 * 1024;
/** Longest answer; the longest log text in one answer is 16 MB, more when escaped. */
const RESPONSE_LIMIT = 128 * 1024 * 1024;
/** Arrays and structs within each other. */
const DEPTH_LIMIT = 64;

/** A reply that is a refusal: the number and text that came over the wire. */
export class XmlRpcFault extends Error {
  override readonly name = "XmlRpcFault";
  readonly code: number;
  readonly text: string;

  constructor(code: number, text: string) {
    super(text);
    this.code = code;
    this.text = text;
  }
}

/** The text is not the document it should be. */
export class MalformedXml extends Error {
  override readonly name = "MalformedXml";
}

/** The message for a call without one. */
export const noMethodName = "no method name";

/** Throws `MalformedXml` for anything but a `methodCall` with a name; the name is trimmed, not checked. */
export function decodeCall(xml: string): XmlRpcCall {
  const root = parse(xml, CALL_LIMIT, "methodCall");
  const method =
    elements(root)
      .find((child) => child.name === "methodName")
      ?.text.trim() ?? "";
  if (method === "") throw new MalformedXml(noMethodName);
  return { method, params: decodeParams(root) };
}

/** The value of an answer; throws `XmlRpcFault` for a refusal and `MalformedXml` for anything else. */
export function decodeResponse(xml: string): XmlRpcValue {
  const root = parse(xml, RESPONSE_LIMIT, "methodResponse");
  const fault = elements(root).find((child) => child.name === "fault");
  if (fault !== undefined) {
    const value = decodeValue(only(fault, "value"), 0);
    const { faultCode, faultString } = isStruct(value) ? value : {};
    if (typeof faultCode !== "number" || typeof faultString !== "string") throw new MalformedXml("bad fault");
    throw new XmlRpcFault(faultCode, faultString);
  }
  const [value] = decodeParams(root);
  if (value === undefined) throw new MalformedXml("no value");
  return value;
}

function parse(xml: string, limit: number, rootName: string): XmlElement {
  if (xml.length > limit) throw new MalformedXml(`longer than ${limit} characters`);
  let document: ReturnType<typeof parseXml>;
  try {
    // Line ends are made one here: the parser takes quadratic time for a text of many carriage returns.
    document = parseXml(xml.includes("\r") ? xml.replace(/\r\n?/g, "\n") : xml, { preserveDocumentType: true });
  } catch (error) {
    // Also a RangeError, for nesting that is too deep for the stack.
    throw new MalformedXml(error instanceof Error ? firstLine(error.message) : "not XML", { cause: error });
  }
  if (document.children.some((child) => child instanceof XmlDocumentType)) throw new MalformedXml("DOCTYPE refused");
  const { root } = document;
  if (root === null || root.name !== rootName) throw new MalformedXml(`no ${rootName}`);
  return root;
}

function decodeParams(root: XmlElement): XmlRpcValue[] {
  const params = elements(root).find((child) => child.name === "params");
  return params === undefined ? [] : elements(params).map((param) => decodeValue(wrapped(param) ?? param, 0));
}

/** What is in a `<param>`; null for another element, which is taken as if it were in one. */
function wrapped(element: XmlElement): XmlElement | null {
  if (element.name !== "param") return null;
  const inner = element.children.find(isElement);
  if (inner === undefined) throw new MalformedXml("no value in a param");
  return inner;
}

/** Of a `<value>`, or of what should be in one. */
function decodeValue(value: XmlElement, depth: number): XmlRpcValue {
  if (depth > DEPTH_LIMIT) throw new MalformedXml("nested too deeply");
  if (value.name !== "value") return decodeTyped(value, depth);
  const inner = value.children.find(isElement);
  return inner === undefined ? value.text : decodeTyped(inner, depth);
}

function decodeTyped(typed: XmlElement, depth: number): XmlRpcValue {
  switch (typed.name) {
    case "int":
    case "i4":
      return decodeInteger(typed.text);
    case "double":
      return decodeDouble(typed.text);
    case "boolean":
      return typed.text === "1";
    case "base64":
      return decodeText(typed.text);
    case "dateTime.iso8601":
      return decodeMoment(typed.text);
    case "string":
      return typed.text;
    case "array":
      return elements(only(typed, "data")).map((item) => decodeValue(item, depth + 1));
    case "struct":
      return decodeStruct(typed, depth);
    default:
      return typed.text === "" ? null : typed.text;
  }
}

function decodeStruct(struct: XmlElement, depth: number): XmlRpcStruct {
  const members = elements(struct).map((member): [string, XmlRpcValue] => {
    const [name, value, ...more] = elements(member);
    if (name === undefined || value === undefined || more.length > 0) throw new MalformedXml("bad struct member");
    return [name.text, decodeValue(value, depth + 1)];
  });
  // Makes own properties of all of them, "__proto__" too.
  return Object.fromEntries(members);
}

/** Beyond what JavaScript counts exactly, the nearest number that it does. */
function decodeInteger(text: string): number {
  const value = wholeNumber(text.trim());
  if (value === null) throw new MalformedXml(`not an integer: ${excerpt(text)}`);
  return value;
}

const decimal = /^[+-]?(?:\d+(?:_\d+)*\.?(?:\d+(?:_\d+)*)?|\.\d+(?:_\d+)*)(?:e[+-]?\d+(?:_\d+)*)?$/;
const noNumber = new Map([
  ["nan", Number.NaN],
  ["inf", Number.POSITIVE_INFINITY],
  ["infinity", Number.POSITIVE_INFINITY],
]);

function decodeDouble(text: string): number {
  const word = text.trim().toLowerCase();
  if (decimal.test(word)) return Number(word.replaceAll("_", ""));
  const value = noNumber.get(word.replace(/^[+-]/, ""));
  if (value === undefined) throw new MalformedXml(`not a number: ${excerpt(text)}`);
  return word.startsWith("-") ? -value : value;
}

function decodeText(text: string): string {
  try {
    return textOfBase64(text);
  } catch (error) {
    throw new MalformedXml(`not a text in base64: ${excerpt(text)}`, { cause: error });
  }
}

/** As it is, if it is one. */
function decodeMoment(text: string): string {
  if (/^\d{8}T\d{1,2}:\d{1,2}:\d{1,2}$/.test(text)) return text;
  throw new MalformedXml(`not a moment: ${excerpt(text)}`);
}

const isElement = (node: unknown): node is XmlElement => node instanceof XmlElement;

const elements = (parent: XmlElement): XmlElement[] => parent.children.filter(isElement);

/** The first element inside, which must have this name. */
function only(parent: XmlElement, name: string): XmlElement {
  const child = parent.children.find(isElement);
  if (child === undefined || child.name !== name) throw new MalformedXml(`no ${name} in ${excerpt(parent.name)}`);
  return child;
}

const excerpt = (text: string): string => JSON.stringify(text.slice(0, 40));

const firstLine = (text: string): string => text.slice(0, 200).split("\n", 1)[0] ?? "";
