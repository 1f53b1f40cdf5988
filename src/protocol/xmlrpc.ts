/**
 * What XML-RPC can say. `encode.ts` writes it, `decode.ts` reads it; they are apart so that only who has
 * something to read pays for an XML parser. Format: http://xmlrpc.com/spec.md
 */

export interface XmlRpcStruct {
  readonly [member: string]: XmlRpcValue;
}

/** A `dateTime.iso8601` is kept as its text; `base64` is decoded to text as UTF-8; there is no nil. */
export type XmlRpcValue = string | number | boolean | readonly XmlRpcValue[] | XmlRpcStruct;

export interface XmlRpcCall {
  /** `namespace.method`, unchecked. */
  readonly method: string;
  readonly params: readonly XmlRpcValue[];
}
