/**
 * What keeps a web page somewhere else from giving orders through the browser of someone who can reach
 * this server. Programs (supervisorctl, curl, scrapers, by whatever name or address they come) are not
 * concerned: they send none of the headers that browsers cannot leave out. A unix socket is out of reach
 * for web pages, so nothing is checked there.
 *
 * Requests across sites. An order (any POST, and a GET with an action) must come from a page of this
 * server itself. Sec-Fetch-Site, Origin and Referer tell, in this order; X-Forwarded-Host counts like Host,
 * for a proxy in front, and no foreign page can set it without asking first. A browser that tells nothing
 * (its User-Agent begins with Mozilla) may look, not order. Looking is free: a page can make a browser load
 * an address elsewhere, not read the answer.
 *
 * DNS rebinding. A page may give its own name our address and then is the same site. Where a password is
 * asked for, it fails at that, since the browser keeps passwords by name. A server without a password that
 * listens on a loopback address is meant for this machine alone, so browsers must call it by an address or
 * a name that no stranger can own: localhost, one word, or the machine's. One that listens to the network
 * without a password is open to all on purpose, under whatever name they know it.
 */
import type { IncomingHttpHeaders } from "node:http";
import { isIP } from "node:net";
import { hostname } from "node:os";
import type { HttpServerSettings } from "../core/program.ts";

/** Why a request is refused, or null. `order`: it would change something. */
export function refusal(settings: HttpServerSettings, headers: IncomingHttpHeaders, order: boolean): string | null {
  if (settings.type === "unix") return null;
  const host = hostName(headers.host);
  if (settings.credentials === null && isLoopback(settings.host) && isFromBrowser(headers) && !isOwnName(host)) {
    return (
      "This server listens on this machine only and asks for no password, so a browser must call it by an " +
      "address, localhost or a name without dots"
    );
  }
  if (!order) return null;
  switch (provenance(headers)) {
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

type Provenance = "here" | "elsewhere" | "unknown";

function provenance(headers: IncomingHttpHeaders): Provenance {
  const site = headers["sec-fetch-site"];
  if (site !== undefined) return site === "same-origin" || site === "none" ? "here" : "elsewhere";
  const page = headers.origin ?? headers.referer;
  if (page === undefined) return "unknown";
  const forwarded = String(headers["x-forwarded-host"] ?? "").split(",");
  const own = [headers.host ?? "", ...forwarded].map((host) => authority(`http://${host.trim()}`));
  const from = authority(page);
  return from !== null && own.includes(from) ? "here" : "elsewhere";
}

/** `host:port` of an address, without the port that goes without saying; null for none. */
function authority(address: string): string | null {
  const url = URL.parse(address);
  return url === null || !url.protocol.startsWith("http") || url.host === "" ? null : url.host;
}

const hostName = (header: string | undefined): string =>
  URL.parse(`http://${header ?? ""}`)?.hostname.replace(/^\[|\]$/g, "") ?? "";

const isLoopback = (host: string): boolean => host === "localhost" || host === "::1" || /^127\./.test(host);

const isOwnName = (name: string): boolean =>
  isIP(name) !== 0 || !name.includes(".") || name.endsWith(".localhost") || name === hostname().toLowerCase();

function isFromBrowser(headers: IncomingHttpHeaders): boolean {
  const told = headers.origin ?? headers.referer ?? headers["sec-fetch-site"];
  const language = headers["accept-language"];
  return (
    told !== undefined || headers["user-agent"]?.includes("Mozilla/") || (language !== undefined && language !== "*")
  );
}
