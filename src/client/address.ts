/**
 * Where a daemon listens, as users write it: `unix:///path/to.sock` or `http://host:port`.
 * The rules are those of supervisorctl: a path, user or query in an http address is ignored,
 * the port defaults to 80, and anything but the two schemes is refused when a call is made.
 */

export type Address =
  | { readonly type: "unix"; readonly path: string }
  | { readonly type: "tcp"; readonly host: string; readonly port: number };

/** A server address nothing can be asked of. */
export class BadAddress extends Error {
  override readonly name = "BadAddress";
}

const http = /^http:\/\/(?:[^@/?#]*@)?(?:\[([^\]]*)\]|([^:/?#]*))(?::([^/?#]*))?(?:[/?#].*)?$/s;

/** Throws `BadAddress`. */
export function parseAddress(serverUrl: string): Address {
  if (serverUrl.startsWith("unix://")) return { type: "unix", path: serverUrl.slice("unix://".length) };
  const parts = http.exec(serverUrl);
  if (parts === null) throw new BadAddress(`Unknown protocol for serverurl ${serverUrl}`);
  const [, authority = ""] = /^http:\/\/([^/?#]*)/.exec(serverUrl) ?? [];
  if (authority.includes("[") !== authority.includes("]")) throw new BadAddress("Invalid IPv6 URL");
  const [, ipv6, name, portText] = parts;
  const port = portText === undefined || portText === "" ? 80 : Number(portText);
  if (!/^\d*$/.test(portText ?? "")) {
    throw new BadAddress(`Port could not be cast to integer value as '${portText}'`);
  }
  if (port > 65_535) throw new BadAddress("Port out of range 0-65535");
  return { type: "tcp", host: (ipv6 ?? name) || "localhost", port };
}
