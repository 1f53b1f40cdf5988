/** The sections and keys of a program list for the manual page spaced.conf(5), from the table that they are read by. */
import { careOptions, careTopics } from "../../src/config/care-options.ts";
import type { Option } from "../../src/config/option.ts";
import { optionsOf, type SectionKind, sectionSpelling } from "../../src/config/options.ts";
import { namedSections, singleSections } from "../../src/config/yaml-shape.ts";
import { kinds, valueTypes } from "../keys.ts";
import { bold, entry, paragraph, section, subsection } from "./roff.ts";

type Table = Readonly<Record<string, Option>>;

export function keySections(): string[] {
  const program = optionsOf("program");
  return [
    section(
      heading("program"),
      ...entries(only(program, (key) => !Object.hasOwn(careOptions, key))),
      ...Object.entries(careTopics).map(([topic, table]) => subsection(topic, ...entries(table))),
    ),
    ...(["fcgi-program", "eventlistener"] as const).map((kind) =>
      section(
        heading(kind),
        paragraph(`All keys of [program:x]${exceptions(kind)}, and:`),
        ...entries(only(optionsOf(kind), (key, option) => !same(option, program[key]))),
      ),
    ),
    ...kinds.slice(kinds.indexOf("group")).map((kind) => section(heading(kind), ...entries(optionsOf(kind)))),
    section("VALUES", ...valueEntries()),
  ];
}

const only = (table: Table, wanted: (key: string, option: Option) => boolean): Table =>
  Object.fromEntries(Object.entries(table).filter(([key, option]) => wanted(key, option)));

const same = (option: Option, other: Option | undefined): boolean =>
  other !== undefined && option.help === other.help && option.fallback === other.fallback;

function exceptions(kind: SectionKind): string {
  const missing = Object.keys(optionsOf("program")).filter((key) => !Object.hasOwn(optionsOf(kind), key));
  return missing.length === 0 ? "" : ` but ${missing.join(", ")}`;
}

/** `[program:x]`, with its name in YAML where that is another. */
function heading(kind: SectionKind): string {
  const spelling = sectionSpelling(kind);
  const yaml = Object.entries({ ...singleSections, ...namedSections }).find(([, other]) => other === kind)?.[0] ?? kind;
  return `[${spelling}${spelling.endsWith(":") ? "x" : ""}]${yaml === spelling ? "" : `, in YAML ${yaml}`}`;
}

function entries(table: Table): string[] {
  return Object.entries(table).map(([key, { help, type, words, fallback, example, yaml }]) =>
    entry(
      bold(key),
      [
        help,
        words === undefined
          ? shown.has(type)
            ? `Of type ${type}.`
            : ""
          : `${type === "choices" ? "Some" : "One"} of ${words.join(", ")}.`,
        fallback === null || fallback === "" ? "" : `Default: ${fallback}.`,
        example === undefined ? "" : `Example: ${example}.`,
        yaml === undefined ? "" : `In YAML: ${yaml}.`,
      ].join(" "),
    ),
  );
}

/** Types that do not go without saying. */
const shown: ReadonlySet<string> = new Set(
  Object.keys(valueTypes).filter((type) => !["boolean", "text", "integer", "directory", "filename"].includes(type)),
);

const valueEntries = (): string[] =>
  Object.entries(valueTypes)
    .filter(([type]) => shown.has(type))
    .map(([type, written]) => entry(bold(type), `${written.replaceAll("`", "")}.`));
