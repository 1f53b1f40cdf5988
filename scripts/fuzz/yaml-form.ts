/** An ini list in its YAML form, every value a quoted text, for comparing what the two mean. */
import type { Document } from "../../src/config/document.ts";
import { sectionKind } from "../../src/config/options.ts";
import { namedSections, singleSections } from "../../src/config/yaml-shape.ts";

/** Null for what YAML cannot say: inheritance, plugins, a second server, `<<` as a key, and what only ini ignores. */
export function asYaml({ sections, defaults }: Document): string | null {
  if (defaults.size > 0) return null;
  const tops = new Map<string, string[]>();
  for (const { name, entries } of sections.values()) {
    const kind = sectionKind(name);
    if (kind === null || kind === "rpcinterface" || kind === "ctlplugin" || kind === "include") return null;
    if (entries.has("<<")) return null;
    const pairs = [...entries.values()].map(({ key, value }) => `${JSON.stringify(key)}: ${JSON.stringify(value)}`);
    const map = `{${pairs.join(", ")}}`;
    const single = Object.entries(singleSections).find(([, other]) => other === kind)?.[0];
    const named = Object.entries(namedSections).find(([, other]) => other === kind)?.[0];
    if (single !== undefined) {
      if (name !== kind) return null;
      tops.set(single, [map]);
    } else if (named !== undefined) {
      const members = tops.get(named) ?? [];
      members.push(`${JSON.stringify(name.slice(kind.length + 1))}: ${map}`);
      tops.set(named, members);
    }
  }
  const lines = [...tops].map(([top, members]) => {
    const isNamed = Object.hasOwn(namedSections, top);
    return `${top}: ${isNamed ? `{${members.join(", ")}}` : members.join("")}\n`;
  });
  return lines.join("");
}
