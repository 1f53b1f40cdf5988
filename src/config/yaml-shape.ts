/** How the YAML spelling maps to sections and keys: shared by its reader and by the JSON Schema. */
import type { Option, OptionType } from "./option.ts";
import type { SectionKind } from "./options.ts";

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
  log_targets: "log_target",
} as const satisfies Record<string, SectionKind>;

export const topLevelNames: readonly string[] = [...Object.keys(singleSections), ...Object.keys(namedSections)];

/** Types that can be written as a list. */
export const listTypes: ReadonlySet<OptionType> = new Set<OptionType>([
  "choices",
  "command",
  "commandline",
  "dependencies",
  "environment",
  "events",
  "exitcodes",
  "filenames",
  "globs",
  "names",
  "patterns",
  "secrets",
]);

/** Types that can be written as a map, and what stands between name and value when they are not. */
export const mapTypes: Readonly<Partial<Record<OptionType, string>>> = { dependencies: ":", secrets: "=" };

/** Keys that are a part of their own group, as `watch.paths` is `watch`: flat name of the place to key. */
export function renamedKeys(known: Readonly<Record<string, Option>>): ReadonlyMap<string, string> {
  const places = Object.entries(known).map(([key, { yaml = key }]) => [yaml.replace(".", "_"), key] as const);
  return new Map(places.filter(([flat, key]) => flat !== key));
}
