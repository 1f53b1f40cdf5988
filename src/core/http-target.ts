/**
 * Where a health check of the http kind goes. Beside ordinary URLs there is that of a server on a unix
 * socket, in nginx's spelling: `http://unix:/run/app.sock:/healthz`.
 */
export interface HttpTarget {
  readonly secure: boolean;
  readonly at: { readonly socketPath: string } | { readonly host: string; readonly port: number };
  /** With the query; begins with a slash. */
  readonly path: string;
  /** `user:password`, or null. */
  readonly auth: string | null;
}

/** null for what is no such URL. */
export function httpTarget(text: string): HttpTarget | null {
  const unix = /^http:\/\/unix:(\/[^:]*)(?::(\/[^#]*))?$/.exec(text);
  if (unix !== null) {
    // What no request can hold as it is, such as a blank, is escaped as in other URLs.
    const { pathname, search } = new URL(`http://localhost${unix[2] ?? "/"}`);
    return { secure: false, at: { socketPath: unix[1] as string }, path: pathname + search, auth: null };
  }
  // A host of that name without its port is what nobody means.
  if (text.startsWith("http://unix:/") || !URL.canParse(text)) return null;
  const { protocol, hostname, port, pathname, search, username, password } = new URL(text);
  if ((protocol !== "http:" && protocol !== "https:") || hostname === "" || port === "0") return null;
  const secure = protocol === "https:";
  return {
    secure,
    at: { host: hostname.replace(/^\[|\]$/g, ""), port: port === "" ? (secure ? 443 : 80) : Number(port) },
    path: pathname + search,
    auth: username === "" ? null : `${decodeURIComponent(username)}:${decodeURIComponent(password)}`,
  };
}
