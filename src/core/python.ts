/** Python's spelling of values, where a message of the reference shows one. */

const short: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t", "\\": "\\\\" };
const unprintable = /[\\\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu;

/** `repr(text)`: single quotes unless the text holds those and no double ones. */
export function repr(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escaped = text.replace(unprintable, (char) => {
    const code = char.codePointAt(0) ?? 0;
    if (short[char] !== undefined) return short[char];
    if (code <= 0xff) return `\\x${code.toString(16).padStart(2, "0")}`;
    return code <= 0xffff ? `\\u${code.toString(16).padStart(4, "0")}` : `\\U${code.toString(16).padStart(8, "0")}`;
  });
  return quote + (quote === "'" ? escaped.replaceAll("'", "\\'") : escaped) + quote;
}

const decimal = /^[+-]?\d+(?:_\d+)*$/;

/** `int(text)` of a text without blanks around it, or null. Numbers beyond 2^53 become the largest exact one. */
export function wholeNumber(text: string): number | null {
  return text.length < 5000 && decimal.test(text) ? clamp(Number(text.replaceAll("_", ""))) : null;
}

/** The nearest number that is exact, and no negative zero. */
export const clamp = (value: number): number =>
  Math.max(-Number.MAX_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, value)) + 0;

/** `repr` of something that may be huge, for messages: the beginning of what is longer than 4096 characters. */
export function shortRepr(text: string): string {
  return text.length <= 4096 ? repr(text) : repr(`${text.slice(0, 200)}…`);
}

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** `repr(bytes)`. */
export function bytesRepr(bytes: Uint8Array): string {
  const quote = bytes.includes(0x27) && !bytes.includes(0x22) ? '"' : "'";
  let text = "";
  for (const byte of bytes) {
    const char = String.fromCharCode(byte);
    if (short[char] !== undefined) text += short[char];
    else if (char === quote) text += `\\${char}`;
    else if (byte < 0x20 || byte > 0x7e) text += `\\x${byte.toString(16).padStart(2, "0")}`;
    else text += char;
  }
  return `b${quote}${text}${quote}`;
}

/** Bytes as text: UTF-8, or what the reference says instead where they are none. */
export function decoded(bytes: Uint8Array): string {
  try {
    return strict.decode(bytes);
  } catch {
    return `Undecodable: ${bytesRepr(bytes)}`;
  }
}

/** The same as bytes: those that are given, where they are text. */
export function readable(bytes: Uint8Array): Uint8Array {
  try {
    strict.decode(bytes);
    return bytes;
  } catch {
    return new TextEncoder().encode(decoded(bytes));
  }
}
