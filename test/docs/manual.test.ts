/** The manual pages: nothing that the tables of flags, commands, options and keys know is missing from them. */
import { expect, test } from "vitest";
import { manualPages } from "../../scripts/manual.ts";
import { commands } from "../../src/cli/commands.ts";
import { controlFlags } from "../../src/cli/flags.ts";
import { syntaxOf } from "../../src/cli/syntax.ts";
import { parseDaemonFlags } from "../../src/config/flags.ts";
import { optionsOf, sectionSpelling } from "../../src/config/options.ts";
import { namedSections, singleSections } from "../../src/config/yaml-shape.ts";

const pages = manualPages("2026-11-22");
const page = (name: string): string => pages.get(name) ?? "";
/** As it is written in roff. */
const rough = (plain: string): string => plain.replaceAll("-", "\\-");

/** The part of a page below a heading, up to the next one. */
function below(name: string, heading: string, macro = "SH"): string {
  const parts = page(name).split(new RegExp(`^\\.${macro} `, "m"));
  return parts.find((part) => part.startsWith(`${heading}\n`) || part.startsWith(`"${heading}"\n`)) ?? "";
}

/** Titles of its entries. */
const titles = (part: string): string[] => [...part.matchAll(/^\.TP\n(.*)$/gm)].map(([, title = ""]) => title);

test("spaced(8) has every flag of the daemon, with what it does", () => {
  const help = parseDaemonFlags(["-h"]);
  const flags = help.type === "help" ? [...help.text.matchAll(/^ +(-\S+?),? /gm)].map(([, flag = ""]) => flag) : [];
  expect(flags.length).toBeGreaterThan(15);
  const options = below("spaced.8", "OPTIONS");
  for (const flag of flags) expect(options).toContain(`\\fB${rough(flag)}\\fR`);
  expect(titles(options)).toHaveLength(flags.length);
});

test("spacectl(1) has every flag of the control program", () => {
  const options = below("spacectl.1", "OPTIONS");
  for (const { short, long, help } of controlFlags)
    if (help.length > 0) expect(options).toContain(`\\fB\\-${short}\\fR, \\fB${rough(`--${long}`)}\\fR`);
});

test.each(["help", ...commands.keys()])(
  "spacectl(1) has the command %s, how it is written, and its options",
  (name) => {
    const part = below("spacectl.1", name, "S[SH]");
    const written = titles(part);
    expect(written.some((title) => title.startsWith(`\\fB${name}\\fR`) || title.startsWith(`\\fB${name} `))).toBe(true);
    // Each says something.
    expect(part).not.toMatch(/^\\&$/m);
    const options = syntaxOf(name)?.options.flatMap(({ names }) => names) ?? [];
    for (const option of options) expect(part).toContain(`\\fB${rough(option)}\\fR`);
  },
);

test.each([...Object.values(singleSections), ...Object.values(namedSections)])(
  "spaced.conf(5) has every key of a section %s",
  (kind) => {
    const spelling = sectionSpelling(kind);
    const start = rough(`[${spelling}${spelling.endsWith(":") ? "x" : ""}]`);
    const own = page("spaced.conf.5")
      .split(/^\.SH /m)
      .find((part) => part.replace(/^"/, "").startsWith(start));
    expect(own).toBeDefined();
    const shared = own?.includes("All keys of [program:x]") ? page("spaced.conf.5") : (own ?? "");
    for (const key of Object.keys(optionsOf(kind))) expect(titles(shared), key).toContain(`\\fB${rough(key)}\\fR`);
  },
);

test("all of them is ASCII, and no line is taken for a request by mistake", () => {
  const known = /^\.(TH|SH|SS|TP|PP|RS|RE|nf|fi|B|RI|BR) ?/;
  for (const [, text] of pages) expect(text).not.toMatch(/[^\n -~]/);
  for (const [name, text] of pages)
    for (const line of text.split("\n")) if (/^[.']/.test(line)) expect(line, name).toMatch(known);
});
