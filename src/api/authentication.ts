/**
 * Who may ask: HTTP Basic authentication (RFC 7617) with the one user of a server's section. Comparison
 * takes the same time however much of a guess is right.
 */
import type { Credentials } from "../core/program.ts";

export const challenge = 'Basic realm="default"';

/** 200: come in; 401: say who you are; 400: no way to say it. */
export type Verdict = 200 | 400 | 401;

/** `header` is the value of Authorization. A server without credentials lets everyone in. */
export function authenticate(credentials: Credentials | null, header: string | undefined): Verdict {
  if (credentials === null) return 200;
  const [, scheme = "", encoded = ""] = /^(\S+) +(.*)$/.exec(header ?? "") ?? [];
  if (scheme.toLowerCase() !== "basic") return 401;
  const decoded = Buffer.from(encoded, "base64").toString();
  const colon = decoded.indexOf(":");
  if (colon < 0) return 400;
  const sameUser = isSame(decoded.slice(0, colon), credentials.username);
  const samePassword = isPassword(decoded.slice(colon + 1), credentials.password);
  return sameUser && samePassword ? 200 : 401;
}

/** The file has the password, or `{SHA}` and its SHA-1 in hexadecimal. */
function isPassword(given: string, wanted: string): boolean {
  if (!wanted.startsWith("{SHA}")) return isSame(given, wanted);
  const { createHash } = crypto();
  return isSame(createHash("sha1").update(given).digest("hex"), wanted.slice("{SHA}".length).toLowerCase());
}

/** Of digests, because the comparison wants equal lengths and should not tell them. */
function isSame(a: string, b: string): boolean {
  const { createHash, timingSafeEqual } = crypto();
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

/** Loaded when somebody has to give a password: 5 ms, and the memory of OpenSSL, that most daemons can do without. */
const crypto = () => process.getBuiltinModule("node:crypto");
