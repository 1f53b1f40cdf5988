/** How the YAML spelling maps to sections and keys: shared by its reader and by the JSON Schema. */
import type { OptionType, SectionKind } from "./options.ts";

/** Top-level names that are one section each. */
export const singleSections = {
  supervisord: "supervisord",
  unix_http_server: "unix_http_server",
  inet_http_server: "inet_http_server",
  supervisorctl: "supervisorctl",
  include: "include",
} as const satisfies Record<string, SectionKind>;

/** Top-level names that are maps from a name to a section of the kind. */
export const namedSections = {
  programs: "program",
  groups: "group",
  eventlisteners: "eventlistener",
  fcgi_programs: "fcgi-program",
} as const satisfies Record<string, SectionKind>;

export const topLevelNames: readonly string[] = [...Object.keys(singleSections), ...Object.keys(namedSections)];

/** Types that can be written as a list. */
export const listTypes: ReadonlySet<OptionType> = new Set<OptionType>([
  "command",
  "environment",
  "events",
  "exitcodes",
  "names",
  "patterns",
]);
