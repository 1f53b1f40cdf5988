/** What the systems have in common: their packages are installed by the gate, and scripts/demo lists them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { systems } from "../../scripts/systems/all.ts";
import { root, run } from "../helpers/daemon.ts";

test("the gate installs what the systems need, all at once", () => {
  const words = readFileSync(join(root, ".ci/run"), "utf8").split(/[\s()]+/);
  for (const { name, packages } of systems)
    for (const each of packages) expect(words, `.ci/run does not install ${each} of ${name}`).toContain(each);
});

test("scripts/demo lists the systems, and knows no others", async () => {
  const listed = await run([join(root, "scripts/demo")]);
  expect(listed.code).toBe(0);
  for (const { name, title } of systems) expect(listed.stdout).toContain(`  ${name.padEnd(8)} ${title}\n`);
  const unknown = await run([join(root, "scripts/demo"), "nobody"]);
  expect(unknown).toMatchObject({
    code: 2,
    stdout: "",
    stderr: expect.stringMatching(/^Error: no system nobody; .*\n$/),
  });
});
