/** Bytes, where the core has no Buffer. */

/** One array of both; may be one of the two itself. */
export function join(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.length === 0) return b;
  if (b.length === 0) return a;
  const joined = new Uint8Array(a.length + b.length);
  joined.set(a);
  joined.set(b, a.length);
  return joined;
}

export const startsWith = (bytes: Uint8Array, prefix: Uint8Array): boolean =>
  bytes.length >= prefix.length && prefix.every((byte, n) => bytes[n] === byte);

/** A copy, whatever kind of array it is given: a Buffer's own `slice` would be a view. */
export const copy = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes);

/** How many bytes at the end are the beginning of a UTF-8 character whose rest is missing. */
export function unfinished(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] as number;
    if (byte >= 0x80 && byte < 0xc0) continue;
    const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return length > back ? back : 0;
  }
  return 0;
}
