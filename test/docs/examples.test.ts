/** Program lists that the pages show are taken as they are, and say nothing that nobody knows. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { complaints } from "../config/files.ts";
import { root } from "../helpers/daemon.ts";

const pages = ["README.md", ...readdirSync(join(root, "docs")).map((name) => `docs/${name}`)].filter((name) =>
  name.endsWith(".md"),
);

const lists = pages.flatMap((page) => {
  const text = readFileSync(join(root, page), "utf8");
  return [...text.matchAll(/^```(ini|yaml)\n(.*?)^```/gms)]
    .map(([, form = "", list = ""]) => ({ page, form, list }))
    .filter(({ list }) => /^(\[program:|programs:|\[supervisord\]|inet_http_server:)/m.test(list))
    .filter(({ form, list }) => form === "yaml" || list.includes("command="));
});

/** Of the machine, not of the list. */
const elsewhere = /: no such file|does not exist|Invalid user name/;

test("there are such lists", () => expect(lists.length).toBeGreaterThan(10));

test.each(lists)("$page shows a list in $form that is taken: $list", async ({ form, list }) => {
  const whole = form === "ini" && !list.includes("[supervisord]") ? `[supervisord]\n${list}` : list;
  const told = await complaints(`list.${form === "ini" ? "conf" : form}`, whole);
  expect(told.filter((complaint) => !elsewhere.test(complaint))).toEqual([]);
});
