/**
 * What keeps a web page somewhere else from giving orders, or reading, through the browser of someone who
 * can reach this server. Programs (supervisorctl, curl, scrapers, by whatever name or address they come) are
 * not concerned: they send none of the headers that browsers cannot leave out. A unix socket is out of reach
 * for web pages, so nothing is checked there.
 *
 * Requests across sites. An order (any POST, and a GET with an action) must come from a page of this
 * server itself. Sec-Fetch-Site, Origin and Referer tell, in this order; X-Forwarded-Host counts like Host,
 * for a proxy in front, and no foreign page can set it without asking first; so do names that are allowed. A browser that tells nothing
 * (its User-Agent begins with Mozilla) may look, not order. Looking is free: a page can make a browser load
 * an address elsewhere, not read the answer. But an answer that has no end keeps one of the places of those who look on:
 * logs, events and the live page are opened by a person, or by a page of this server, as far as a browser tells.
 *
 * DNS rebinding. A page may give its own name our address and then is the same site; what it sets itself
 * (X-Forwarded-Host) is worth nothing then. Where a password is asked for, it fails at that, since the browser
 * keeps passwords by name. Without one, browsers must call the server by an address or a name that no stranger
 * can own: see `own-names.ts`.
 *
 * Who is a browser. Over plain http Sec-Fetch-* comes from none (only for localhost and loopback
 * addresses), but Origin goes with every POST (Firefox since 70), Referer, User-Agent and Accept-Language with
 * the rest. A page can hide three of them in its own GET requests: Referer by a policy, Accept-Language, and in
 * Firefox User-Agent. What is left is Accept-Encoding, which is `gzip, deflate` in every browser, or
 * `identity` beside a Range: a few libraries send the same, so this sign counts only for GETs that order
 * something or read a log. Seen in Chromium 156 and Firefox 153.
 */
import type { IncomingHttpHeaders } from "node:http";
import type { HttpServerSettings } from "../core/program.ts";
import { isOwnName } from "./own-names.ts";

/** What a request would do. `look`: at what is no secret; `read`: a log; `order`: change something. */
export type Access = "look" | "read" | "order";

/**
 * Why a request is refused, or null.
 * @param known whether it was let in because of who it said it is
 */
export function refusal(
  settings: HttpServerSettings,
  method: string,
  headers: IncomingHttpHeaders,
  access: Access,
  known: boolean,
): string | null {
  if (settings.type === "unix") return null;
  const host = hostName(headers.host);
  if (!known && !isOwnName(host, settings)) {
    const hidden = method === "GET" && access !== "look" && mayHideBrowser(headers);
    if (hidden || isFromBrowser(headers)) return foreignName(host, settings.section);
  }
  if (access === "read" && isEmbeddedElsewhere(headers, settings.allowedHosts))
    return "Logs and events are not told to the page of another site";
  if (access !== "order") return null;
  switch (provenance(headers, settings.allowedHosts)) {
    case "here":
      return null;
    case "elsewhere":
      return "Orders from the page of another site are refused";
    case "unknown":
      return headers["user-agent"]?.includes("Mozilla/")
        ? "The browser does not tell which page this order comes from; give it on the page itself"
        : null;
  }
}

const foreignName = (host: string, section: string): string =>
  `Browsers are not answered under the name ${host}: this server asks for no password, and a page of that name ` +
  "could drive it (DNS rebinding). Open it by its IP address, set username and password, " +
  `or add allowed_hosts=${host} to [${section}]`;

/** Fetched or framed by another page, not opened from it. */
function isEmbeddedElsewhere(headers: IncomingHttpHeaders, allowedHosts: readonly string[]): boolean {
  const tells = headers["sec-fetch-site"] !== undefined || headers.origin !== undefined;
  return tells && headers["sec-fetch-dest"] !== "document" && provenance(headers, allowedHosts) === "elsewhere";
}

type Provenance = "here" | "elsewhere" | "unknown";

function provenance(headers: IncomingHttpHeaders, allowedHosts: readonly string[]): Provenance {
  const site = headers["sec-fetch-site"];
  if (site !== undefined) return site === "same-origin" || site === "none" ? "here" : "elsewhere";
  const page = headers.origin ?? headers.referer;
  if (page === undefined) return "unknown";
  const forwarded = String(headers["x-forwarded-host"] ?? "").split(",");
  const own = [headers.host ?? "", ...forwarded, ...allowedHosts].map((host) => authority(`http://${host.trim()}`));
  const from = authority(page);
  return from !== null && own.includes(from) ? "here" : "elsewhere";
}

/** `host:port` of an address, without the port that goes without saying; null for none. */
function authority(address: string): string | null {
  const url = URL.parse(address);
  return url === null || !url.protocol.startsWith("http") || url.host === "" ? null : url.host;
}

const hostName = (header: string | undefined): string => bare(URL.parse(`http://${header ?? ""}`)?.hostname ?? "");

/** `[::1]` and `name.` as they are written elsewhere. */
const bare = (hostname: string): string => hostname.replace(/^\[|\]$|\.$/g, "");

function isFromBrowser(headers: IncomingHttpHeaders): boolean {
  const told = headers.origin ?? headers.referer ?? headers["sec-fetch-site"];
  const language = headers["accept-language"];
  return (
    told !== undefined ||
    headers["user-agent"]?.includes("Mozilla/") === true ||
    (language !== undefined && language !== "*")
  );
}

const mayHideBrowser = (headers: IncomingHttpHeaders): boolean =>
  headers.range !== undefined || /^gzip, ?deflate\b/.test(String(headers["accept-encoding"] ?? ""));
