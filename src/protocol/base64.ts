/**
 * Texts in base64, as clients send them in values and passwords. As supervisor 4.2.5 (Python's `binascii`) takes them:
 * what is no character of base64 is skipped, but the padding has to be there, and what comes out has to be UTF-8.
 */

/** @throws Error for padding that is missing, a lone character, and what is no UTF-8 */
export function textOfBase64(text: string): string {
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Buffer.from(significant(text), "base64"));
}

/** Characters up to the padding that ends a text; padding within a group of four that goes on is skipped, too. */
function significant(text: string): string {
  let found = "";
  let pads = 0;
  for (const character of text.replace(/[^A-Za-z0-9+/=]+/g, "")) {
    const place = found.length % 4;
    if (character !== "=") {
      found += character;
      pads = 0;
    } else if (place >= 2 && place + ++pads >= 4) return found;
  }
  if (found.length % 4 !== 0) throw new Error("incorrect padding");
  return found;
}
