/**
 * bin/spaced and bin/spacectl start from anywhere: through symlinks, from other folders, installed flat or nested,
 * and always with the pinned runtime, whatever `node` is first on PATH.
 */
import { chmodSync, cpSync, mkdirSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Finished, newDirectory, root, run, startDaemon } from "../helpers/daemon.ts";
import { commandLine } from "../helpers/processes.ts";

let directory: string;
/** An environment whose `node` is an impostor that tells of its use and fails. */
let env: NodeJS.ProcessEnv;
const pinned = realpathSync(join(root, "node_modules/.bin/node"));

beforeAll(() => {
  directory = newDirectory();
  const impostors = join(directory, "old");
  mkdirSync(impostors);
  for (const name of ["node", "nodejs", "npx"]) {
    writeFileSync(join(impostors, name), "#!/bin/sh\necho v0.10.48 was used >&2\nexit 99\n");
    chmodSync(join(impostors, name), 0o755);
  }
  env = { ...process.env, PATH: `${impostors}:${process.env.PATH}` };
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const programs = [
  ["spaced", ["--version"], /^\d+\.\d+\S*\n$/],
  ["spacectl", ["help", "tail"], /^tail \[-f\]/],
] as const;

/** What is installed; not the single executable and its packages, which other tests may be making right now. */
function copyTo(home: string): void {
  const filter = (path: string) => !/\/dist\/((single|package)-|spaced$|spaced[-_].*\.(gz|deb)$)/.test(path);
  for (const part of ["bin", "dist", "package.json"])
    cpSync(join(root, part), join(home, part), { recursive: true, filter });
}

function expectWorks(result: Finished, output: RegExp): void {
  expect(result).toMatchObject({ code: 0, stderr: "" });
  expect(result.stdout).toMatch(output);
}

describe.each(programs)("%s", (name, words, output) => {
  const binary = join(root, "bin", name);

  test("starts by its full path from another folder", async () => {
    expectWorks(await run([binary, ...words], { env, cwd: "/" }), output);
  });

  test("starts by a relative path, from its own folder and from above", async () => {
    expectWorks(await run([`./${name}`, ...words], { env, cwd: join(root, "bin") }), output);
    expectWorks(await run([`bin/${name}`, ...words], { env, cwd: root }), output);
    expectWorks(await run(["sh", name, ...words], { env, cwd: join(root, "bin") }), output);
  });

  test("starts through a symlink to a symlink, in a folder with blanks, under another name", async () => {
    const folder = join(directory, `${name} of mine`);
    mkdirSync(folder);
    symlinkSync(binary, join(folder, "first"));
    symlinkSync("first", join(folder, "second"));
    expectWorks(await run([join(folder, "second"), ...words], { env, cwd: "/" }), output);
    expectWorks(await run(["./second", ...words], { env, cwd: folder }), output);
  });

  test("starts by its name when its folder, or that of a symlink to it, is on PATH", async () => {
    expectWorks(await run([name, ...words], { env: { ...env, PATH: `${join(root, "bin")}:${env.PATH}` } }), output);
    const links = join(directory, `links-${name}`);
    mkdirSync(links);
    symlinkSync(binary, join(links, name));
    expectWorks(await run([name, ...words], { env: { ...env, PATH: `${links}:${env.PATH}` }, cwd: "/" }), output);
  });

  test("starts when CDPATH is set", async () => {
    expectWorks(await run([`bin/${name}`, ...words], { env: { ...env, CDPATH: directory }, cwd: root }), output);
  });

  test("starts as a package among others, with the runtime beside it", async () => {
    const modules = join(directory, `installed-${name}`, "node_modules");
    const home = join(modules, "spaced");
    copyTo(home);
    mkdirSync(join(modules, ".bin"));
    symlinkSync(pinned, join(modules, ".bin", "node"));
    symlinkSync(join("../spaced/bin", name), join(modules, ".bin", name));
    expectWorks(await run([join(modules, ".bin", name), ...words], { env, cwd: "/" }), output);
  });

  test("has a code cache that the pinned runtime takes as it is started, and starts as well without one that it can use", async () => {
    const code = join(root, "dist/code");
    const look = `const { readFileSync } = require("node:fs"), cache = \`${code}/${name}-\${process.version}-\${process.arch}.cache\`;
      const source = readFileSync("${code}/${name}.js", "latin1"), cachedData = readFileSync(cache);
      console.log(cache, new (require("node:vm").Script)(source, { cachedData }).cachedDataRejected)`;
    const flags = name === "spaced" ? ["--max-semi-space-size=1"] : [];
    const [cache = "", rejected] = (await run([pinned, ...flags, "-e", look], { env })).stdout.trim().split(" ");
    expect(rejected).toBe("false");

    const home = join(directory, `uncached-${name}`);
    copyTo(home);
    mkdirSync(join(home, "node_modules/.bin"), { recursive: true });
    symlinkSync(pinned, join(home, "node_modules/.bin/node"));
    const copy = join(home, "dist/code", basename(cache));
    writeFileSync(copy, readFileSync(copy).fill(0, 0, 16));
    expectWorks(await run([join(home, "bin", name), ...words], { env }), output);
    rmSync(copy);
    expectWorks(await run([join(home, "bin", name), ...words], { env }), output);
  });

  test("says in one line what is missing, with code 2", async () => {
    const bare = join(directory, `bare-${name}`);
    cpSync(join(root, "bin"), join(bare, "bin"), { recursive: true });
    const unbuilt = await run([join(bare, "bin", name), ...words], { env });
    expect(unbuilt).toMatchObject({ code: 2, stdout: "" });
    expect(unbuilt.stderr).toBe(`Error: ${name} is not built: run 'npm ci && npm run build' in ${bare}\n`);
    mkdirSync(join(bare, "dist"));
    writeFileSync(join(bare, "dist", `${name}.cjs`), readFileSync(join(root, "dist", `${name}.cjs`)));
    const without = await run([join(bare, "bin", name), ...words], { env });
    expect(without).toMatchObject({ code: 2, stdout: "" });
    expect(without.stderr).toMatch(/^Error: the Node 26 runtime of \w+ is missing: run 'npm ci' in [^\n]+\n$/);
  });
});

test("children get the environment as it was: also names that no shell can spell, and nothing that the shell adds", async () => {
  await using daemon = await startDaemon(
    '[program:a]\ncommand=sleep 1000\nenvironment=FROM="%(ENV_spring.datasource.url)s"',
    {
      wrap: ["env", "-u", "PWD", "-u", "OLDPWD", "spring.datasource.url=jdbc:x=y z", "a-b=ümlaut\nline"],
    },
  );
  const pid = await daemon.reaches("a", "RUNNING");
  const variables = readFileSync(`/proc/${pid}/environ`, "utf8").split("\0");
  expect(variables).toEqual(
    expect.arrayContaining(["spring.datasource.url=jdbc:x=y z", "a-b=ümlaut\nline", "FROM=jdbc:x=y z"]),
  );
  expect(variables.filter((each) => /^(PWD|OLDPWD|SPACED_(?!TEST))/.test(each))).toEqual([]);
});

test("a PWD that is not where the daemon is started stays as it is", async () => {
  await using daemon = await startDaemon("[program:a]\ncommand=sleep 1000\n", { env: { PWD: "/elsewhere" } });
  const pid = await daemon.reaches("a", "RUNNING");
  expect(readFileSync(`/proc/${pid}/environ`, "utf8").split("\0")).toContain("PWD=/elsewhere");
});

test("the daemon's process is the pinned runtime itself, with no shell in front of it", async () => {
  await using daemon = await startDaemon("", { env: { PATH: env.PATH ?? "" } });
  expect(realpathSync(`/proc/${daemon.pid}/exe`)).toBe(pinned);
  expect(commandLine(daemon.pid)).toContain("-n -c ");
  expect(daemon.stderr).toBe("");
});
