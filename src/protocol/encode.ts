/**
 * Writing XML-RPC documents. By hand, because a status of a thousand processes is a hot path, and because
 * nothing that a child writes to its log may make a document that a client's parser refuses: characters
 * that XML 1.0 does not know and lone surrogates become U+FFFD.
 */
import type { XmlRpcValue } from "./xmlrpc.ts";

/** Range of `<int>`; what does not fit is written as the nearest number that does, as the reference does with times after 2038. */
const INT_MAX = 2 ** 31 - 1;
const INT_MIN = -(2 ** 31);

/** The document of a method call. */
export function encodeCall(method: string, params: readonly XmlRpcValue[] = []): string {
  let xml = `<?xml version='1.0'?>\n<methodCall>\n<methodName>${escapeText(method)}</methodName>\n<params>\n`;
  for (const param of params) xml += `<param>\n${encodeValue(param)}</param>\n`;
  return `${xml}</params>\n</methodCall>\n`;
}

/** The document of an answer. */
export function encodeResponse(value: XmlRpcValue): string {
  const xml = `<param>\n${encodeValue(value)}</param>\n`;
  return `<?xml version='1.0'?>\n<methodResponse>\n<params>\n${xml}</params>\n</methodResponse>\n`;
}

/** The document of a refusal. */
export function encodeFault(code: number, text: string): string {
  const xml = encodeValue({ faultCode: code, faultString: text });
  return `<?xml version='1.0'?>\n<methodResponse>\n<fault>\n${xml}</fault>\n</methodResponse>\n`;
}

function encodeValue(value: XmlRpcValue): string {
  if (value === null) return "<value></value>\n";
  if (typeof value === "string") return `<value><string>${escapeText(value)}</string></value>\n`;
  if (typeof value === "number") return encodeNumber(value);
  if (typeof value === "boolean") return `<value><boolean>${value ? 1 : 0}</boolean></value>\n`;
  if (isArray(value)) {
    let items = "";
    for (const item of value) items += encodeValue(item);
    return `<value><array><data>\n${items}</data></array></value>\n`;
  }
  let members = "";
  for (const name of Object.keys(value)) {
    const member = value[name];
    if (member !== undefined)
      members += `<member>\n<name>${escapeText(name)}</name>\n${encodeValue(member)}</member>\n`;
  }
  return `<value><struct>\n${members}</struct></value>\n`;
}

/** Infinities are capped like other integers; what is not a number at all is written as 0. */
function encodeNumber(value: number): string {
  if (Number.isNaN(value)) return "<value><int>0</int></value>\n";
  if (Number.isInteger(value) || !Number.isFinite(value)) {
    return `<value><int>${Math.max(INT_MIN, Math.min(INT_MAX, value))}</int></value>\n`;
  }
  return `<value><double>${value}</double></value>\n`;
}

const isArray = (value: XmlRpcValue): value is readonly XmlRpcValue[] => Array.isArray(value);

/** Markup, and what XML 1.0 does not know: control characters but tab, CR and LF, and the two non-characters. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const special = /[\x00-\x08\x0B-\x1F&<>\uFFFE\uFFFF]/g;

/** A carriage return is written as a reference: a parser turns a bare one into a line feed. */
const replacements = new Map([
  ["&", "&amp;"],
  ["<", "&lt;"],
  [">", "&gt;"],
  ["\r", "&#13;"],
]);

const replacement = (character: string): string => replacements.get(character) ?? "\uFFFD";

/** Lone surrogates become U+FFFD too. One pass, because a log of 8 MB may be nothing but such characters. */
function escapeText(text: string): string {
  return text.toWellFormed().replace(special, replacement);
}
