/**
 * Names that no stranger can give to his own machine, so that a page which has one is not a stranger's: addresses,
 * names without dots (of containers and services), those of domains that the public DNS does not have (RFC 6761,
 * RFC 6762, RFC 8375, ICANN's `internal`), this machine's, and what the program list says.
 */
import { isIP } from "node:net";
import { hostname } from "node:os";

/** `name` in lower case, without brackets and final dot. */
export function isOwnName(
  name: string,
  configured: { readonly host: string; readonly allowedHosts: readonly string[] },
): boolean {
  return (
    isIP(name) !== 0 ||
    !name.includes(".") ||
    /\.(localhost|local|internal|test|home\.arpa)$/.test(name) ||
    name === configured.host ||
    matches(name, configured.allowedHosts) ||
    name === hostname().toLowerCase()
  );
}

/** Patterns are names, `*.domain` for all names below one, or `*`. */
function matches(name: string, patterns: readonly string[]): boolean {
  return patterns.some(
    (pattern) => pattern === name || pattern === "*" || (pattern.startsWith("*.") && name.endsWith(pattern.slice(1))),
  );
}
