/**
 * A small XML-RPC client over a unix socket, written apart from src/protocol on purpose: a codec
 * that tests itself would not notice a mistake made on both sides.
 */
import { request } from "node:http";
import { parseXml, XmlElement } from "@rgrove/parse-xml";

export type Value = string | number | boolean | Value[] | { [name: string]: Value };

/** A fault the daemon answered with; `code` is one of the protocol's numbers. */
export class RpcFault extends Error {
  readonly code: number;

  constructor(code: number, text: string) {
    super(`fault ${code}: ${text}`);
    this.code = code;
  }
}

/**
 * Calls a method, e.g. `call("/run/s.sock", "supervisor.getProcessInfo", ["a"])`.
 * @throws RpcFault for a fault, Error for no connection, a status other than 200, or no answer within `limitMs`
 */
export async function call(socketPath: string, method: string, params: Value[] = [], limitMs = 60_000): Promise<Value> {
  const body = `<?xml version="1.0"?><methodCall><methodName>${method}</methodName><params>${params
    .map((value) => `<param>${written(value)}</param>`)
    .join("")}</params></methodCall>`;
  const text = await post(socketPath, body, limitMs);
  const root = parseXml(text).root;
  const fault = root && child(root, "fault");
  if (fault) {
    const value = read(child(fault, "value")) as { faultCode: number; faultString: string };
    throw new RpcFault(value.faultCode, value.faultString);
  }
  return read(root && descend(root, "params", "param", "value"));
}

function post(socketPath: string, body: string, limitMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { "Content-Type": "text/xml", "Content-Length": Buffer.byteLength(body) };
    const signal = AbortSignal.timeout(limitMs);
    const sent = request({ socketPath, path: "/RPC2", method: "POST", headers, signal, agent: false }, (reply) => {
      const chunks: Buffer[] = [];
      reply.on("data", (chunk: Buffer) => chunks.push(chunk));
      reply.on("error", reject);
      reply.on("end", () => {
        if (reply.statusCode === 200) resolve(Buffer.concat(chunks).toString());
        else reject(new Error(`the daemon answered with status ${reply.statusCode}`));
      });
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

function written(value: Value): string {
  if (typeof value === "string")
    return `<value><string>${value.replace(/[&<>\r]/g, (c) => `&#${c.charCodeAt(0)};`)}</string></value>`;
  if (typeof value === "number") return `<value><int>${value}</int></value>`;
  if (typeof value === "boolean") return `<value><boolean>${value ? 1 : 0}</boolean></value>`;
  if (Array.isArray(value)) return `<value><array><data>${value.map(written).join("")}</data></array></value>`;
  const members = Object.entries(value).map(([name, v]) => `<member><name>${name}</name>${written(v)}</member>`);
  return `<value><struct>${members.join("")}</struct></value>`;
}

function elements(parent: XmlElement): XmlElement[] {
  return parent.children.filter((node) => node instanceof XmlElement) as XmlElement[];
}

function child(parent: XmlElement, name: string): XmlElement | null {
  return elements(parent).find((element) => element.name === name) ?? null;
}

function descend(from: XmlElement, ...names: string[]): XmlElement | null {
  let at: XmlElement | null = from;
  for (const name of names) at = at && child(at, name);
  return at;
}

function read(value: XmlElement | null): Value {
  if (value === null) throw new Error("the reply holds no value");
  const typed = elements(value)[0];
  if (typed === undefined) return value.text;
  switch (typed.name) {
    case "int":
    case "i4":
    case "double":
      return Number(typed.text);
    case "boolean":
      return typed.text === "1";
    case "array": {
      const data = child(typed, "data");
      return data ? elements(data).map(read) : [];
    }
    case "struct":
      return Object.fromEntries(
        elements(typed).map((member) => [child(member, "name")?.text ?? "", read(child(member, "value"))]),
      );
    default:
      return typed.text;
  }
}
