/**
 * What XML-RPC can say. `encode.ts` writes it, `decode.ts` reads it; they are apart so that only who has
 * something to read pays for an XML parser. Format: http://xmlrpc.com/spec.md
 */

export interface XmlRpcStruct {
  readonly [member: string]: XmlRpcValue;
}

/**
 * A `dateTime.iso8601` is kept as its text; `base64` is decoded to text as UTF-8. null is what an empty element of an
 * unknown type says, as `<nil/>`: it comes in, and is never told.
 */
export type XmlRpcValue = null | string | number | boolean | readonly XmlRpcValue[] | XmlRpcStruct;

export const isStruct = (value: XmlRpcValue): value is XmlRpcStruct =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export interface XmlRpcCall {
  /** `namespace.method`, unchecked. */
  readonly method: string;
  readonly params: readonly XmlRpcValue[];
}
