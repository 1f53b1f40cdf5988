/** What README.md, HACKING.md and the pages of docs and conf.d link to is there: files, pictures, headings, pages, names in code. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { expect, test } from "vitest";
import { root } from "../helpers/daemon.ts";

const pages: readonly string[] = [
  "README.md",
  "HACKING.md",
  "conf.d/README.md",
  ...readdirSync(join(root, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];

/** Without blocks of code, which hold other languages. */
const textOf = (page: string): string => readFileSync(join(root, page), "utf8").replace(/^ *```.*?^ *```/gms, "");

/** What GitHub makes of a heading. */
const anchorOf = (heading: string): string =>
  heading
    .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}_ -]/gu, "")
    .replaceAll(" ", "-");

const anchorsOf = (page: string): string[] =>
  [...textOf(page).matchAll(/^#{1,6} (.*)$/gm)].map(([, heading = ""]) => anchorOf(heading));

/** Of links within the repository: the file as it is called from its root, and the heading. */
const linksOf = (page: string): { link: string; path: string; anchor: string | undefined }[] =>
  [...textOf(page).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link = ""]) => link)
    .filter((link) => !/^[a-z]+:/.test(link))
    .map((link) => {
      const [file = "", anchor] = link.split("#");
      return { link, path: file === "" ? page : normalize(join(dirname(page), file)), anchor };
    });

test.each(pages)("%s links to files and headings that are there", (page) => {
  const dead = linksOf(page).filter(
    ({ path, anchor }) => !existsSync(join(root, path)) || (anchor !== undefined && !anchorsOf(path).includes(anchor)),
  );
  expect(dead.map(({ link }) => link)).toEqual([]);
});

test.each(pages)("%s names files of the sources that are there", (page) => {
  const named = [...textOf(page).matchAll(/`((?:src|docs|test|scripts|docker|conf\.d)\/[\w./-]+)`/g)];
  const missing = named
    .map(([, path = ""]) => path)
    .filter((path) => !path.includes("NAME") && !existsSync(join(root, path)));
  expect(missing).toEqual([]);
});

test.each(pages)("rows of tables in %s have as many cells as their heads", (page) => {
  let cells: number | null = null;
  const ragged: string[] = [];
  for (const line of textOf(page).split("\n")) {
    const now: number | null = line.startsWith("|") ? line.split(/(?<!\\)\|/).length : null;
    if (cells !== null && now !== null && now !== cells) ragged.push(line);
    cells = now === null ? null : (cells ?? now);
  }
  expect(ragged).toEqual([]);
});

test("every page is reached from README.md", () => {
  const reached = new Set<string>();
  const visit = (page: string): void => {
    if (reached.has(page) || !pages.includes(page)) return;
    reached.add(page);
    for (const { path } of linksOf(page)) visit(path === "conf.d" ? "conf.d/README.md" : path);
  };
  visit("README.md");
  expect(pages.filter((page) => !reached.has(page))).toEqual([]);
});
