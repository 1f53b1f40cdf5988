/**
 * Who asks, and what that one may do: HTTP Basic authentication (RFC 7617) with the user of a server's section, who may do
 * everything, or with its read-only user; a bearer token (RFC 6750) for metrics and health; and guests. Comparison
 * takes the same time however much of a guess is right.
 */
import {
  type AccessSettings,
  type Area,
  type Credentials,
  isOpen,
  type PublicArea,
  publicAreas,
} from "../core/access.ts";
import { textOfBase64 } from "../protocol/base64.ts";

/** 401: say who you are; 400: no way to say it; 403: there is nobody here who may. */
type Refused = 400 | 401 | 403;

export interface Visitor {
  /** Has said who it is: then a browser that asks has been given a password for this very server. */
  readonly known: boolean;
  readonly may: (area: Area) => boolean;
  /** The status for what it may not do. */
  readonly refused: (area: Area) => Refused;
}

const owner: Visitor = { known: true, may: () => true, refused: () => 403 };
const anybody: Visitor = { ...owner, known: false };
const reader: Visitor = { known: true, may: (area) => area !== "control", refused: () => 403 };
const scraper: Visitor = { known: true, may: (area) => isPublicArea(area), refused: () => 403 };

/** `header` is the value of Authorization. What is wrong in it does not close what is open to everyone. */
export function identify(access: AccessSettings, header: string | undefined): Visitor {
  if (isOpen(access)) return anybody;
  const [, scheme = "", given = ""] = /^(\S+) +(.*)$/.exec(header ?? "") ?? [];
  switch (scheme.toLowerCase()) {
    case "basic":
      return withPassword(access, given);
    case "bearer": {
      const token = access.guests?.metricsToken ?? null;
      return token !== null && isSame(given.trim(), token) ? scraper : guest(access);
    }
    default:
      return guest(access);
  }
}

function withPassword(access: AccessSettings, given: string): Visitor {
  let decoded: string;
  try {
    decoded = textOfBase64(given);
  } catch {
    return guest(access, 400);
  }
  const colon = decoded.indexOf(":");
  if (colon < 0) return guest(access, 400);
  const [username, password] = [decoded.slice(0, colon), decoded.slice(colon + 1)];
  if (isLogin(username, password, access.credentials)) return owner;
  return isLogin(username, password, access.guests?.readOnly ?? null) ? reader : guest(access);
}

/** 403 where nobody can become somebody who may. */
function guest(access: AccessSettings, trouble: 400 | 401 = 401): Visitor {
  return {
    known: false,
    may: (area) => isPublicArea(area) && (access.guests?.open.includes(area) ?? false),
    refused: (area) => (challenges(access, area).length > 0 ? trouble : 403),
  };
}

const isPublicArea = (area: Area): area is PublicArea => publicAreas.some((open) => open === area);

/** How a visitor may say who it is, to be let into `area`: values of WWW-Authenticate. */
export function challenges({ credentials, guests }: AccessSettings, area: Area): string[] {
  const basic = credentials !== null || (area !== "control" && guests?.readOnly != null);
  const bearer = isPublicArea(area) && guests?.metricsToken != null;
  return [...(basic ? ['Basic realm="default"'] : []), ...(bearer ? ['Bearer realm="default"'] : [])];
}

function isLogin(username: string, password: string, wanted: Credentials | null): boolean {
  if (wanted === null) return false;
  const sameUser = isSame(username, wanted.username);
  const samePassword = isPassword(password, wanted.password);
  return sameUser && samePassword;
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
