/** What the systems have in common: their packages are installed by the gate, and scripts/demo lists them. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { systems } from "../../scripts/systems/all.ts";
import { root, run } from "../helpers/daemon.ts";
import { descendantsOf } from "../helpers/processes.ts";
import { until } from "../helpers/until.ts";

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

test("a demo that is interrupted ends at once and leaves neither a process nor a folder", async () => {
  const demo = spawn(join(root, "scripts/demo"), ["php"], { stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  demo.stdout.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  const folder = await until("it says its folder", () => /prepare (\S+)\n/.exec(said)?.[1], 300_000);
  const below = await until("the workers run", () => {
    const all = descendantsOf([demo.pid ?? 0]);
    return all.length > 8 ? all : null;
  });
  demo.kill("SIGINT");
  expect((await once(demo, "close"))[0]).toBe(130);
  expect(existsSync(folder)).toBe(false);
  await until("no process is left", () => below.every((pid) => !existsSync(`/proc/${pid}`)), 2_000);
});
