/**
 * Bundles src/ into dist/, for a quick start: that of `spacectl` is most of what a command takes.
 *
 *   dist/NAME.cjs            starts a program: hands V8 its code together with what V8 has made of it before
 *   dist/code/NAME.js        all code of ours that the program may need
 *   dist/code/NAME-….cache   V8's code cache of it, for this version of Node and this architecture; without it,
 *                            or with one that does not fit, V8 compiles as usual
 *   dist/lib/PACKAGE.cjs     each larger library by itself, because most runs need none
 *   dist/lib/screen.cjs      src/tui with Ink and React, for the same reason
 *   dist/lib/page-files.cjs  src/web, as browsers get it
 *
 * Measured, of `spacectl status` over the start of Node alone: 27 ms as split ES modules, 15 as one CommonJS
 * file, 10 with the cache.
 */
import { readFileSync } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { isBuiltin } from "node:module";
import { fileURLToPath } from "node:url";
import { build, type Plugin } from "esbuild";
import { tailored } from "./build/common.ts";
import { buildPage } from "./build/page.ts";
import { rehearse } from "./build/rehearsal.ts";
import { buildScreen } from "./build/screen.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const dist = `${root}dist`;

const programs = {
  spaced: "src/daemon/entry.ts",
  spacectl: "src/cli/main.ts",
  echo_supervisord_conf: "src/cli/echo-conf.ts",
  pidproxy: "src/daemon/pidproxy.ts",
};

/** What a daemon needs for every command line and request; small. */
const included = ["shlex", "@rgrove/parse-xml"];
const packages = new Set<string>();
const fileOf = (name: string): string => `./lib/${name.replace(/\W+/g, "-").replace(/^-/, "")}.cjs`;

/** Leaves larger packages out, and remembers them. */
const libraries: Plugin = {
  name: "libraries",
  setup: ({ onResolve }) => {
    onResolve({ filter: /\/tui\/main\.ts$/ }, () => ({ path: fileOf("screen"), external: true }));
    onResolve({ filter: /\/page-files\.ts$/ }, () => ({ path: fileOf("page-files"), external: true }));
    onResolve({ filter: /^[a-z@]/ }, ({ path, kind }) => {
      if (kind === "entry-point" || isBuiltin(path) || included.includes(path)) return undefined;
      packages.add(path);
      return { path: fileOf(path), external: true };
    });
  },
};

await rm(dist, { recursive: true, force: true });
await build({
  ...tailored,
  entryPoints: programs,
  outdir: "dist/code",
  plugins: [libraries],
  // A function, for it is not Node that loads this file.
  banner: { js: "(function(require,module){" },
  footer: { js: "})" },
});
for (const name of Object.keys(programs)) {
  // esbuild leaves a regular expression as it is written.
  const [strange] = /.{0,30}[^\0-\x7f].{0,30}/.exec(readFileSync(`${dist}/code/${name}.js`, "utf8")) ?? [];
  if (strange !== undefined) throw new Error(`write it in ASCII, with \\u: ${strange}`);
}
for (const name of packages)
  await build({
    ...tailored,
    stdin: { contents: `module.exports = require("${name}")`, resolveDir: root },
    outfile: `dist/${fileOf(name)}`,
  });

await buildPage(`${dist}/${fileOf("page-files")}`);
await buildScreen(tailored, `dist/${fileOf("screen")}`);

for (const name of Object.keys(programs)) await writeFile(`${dist}/${name}.cjs`, starter(name));
await mkdir(`${dist}/rehearsal`);
try {
  for (const name of ["spaced", "spacectl"]) await writeFile(`${dist}/rehearsal/${name}.cjs`, rehearsalOf(name));
  await rehearse(`${dist}/rehearsal/spaced.cjs`, `${dist}/rehearsal/spacectl.cjs`);
  for (const name of ["spaced", "spacectl"]) await rename(`${dist}/rehearsal/${name}.cache`, cacheOf(name));
} catch (error) {
  console.error(`no code cache, programs start more slowly: ${(error as Error).message}`);
}
await rm(`${dist}/rehearsal`, { recursive: true });

function cacheOf(name: string): string {
  return `${dist}/code/${name}-${process.version}-${process.arch}.cache`;
}

/** The bundles are ASCII: read as Latin-1 they are taken as they are. */
function starter(name: string): string {
  return `"use strict";
const { readFileSync } = require("node:fs");
const { Script } = require("node:vm");
const filename = \`\${__dirname}/code/${name}.js\`;
let cachedData;
try {
  cachedData = readFileSync(\`\${__dirname}/code/${name}-\${process.version}-\${process.arch}.cache\`);
} catch {}
new Script(readFileSync(filename, "latin1"), { filename, cachedData }).runInThisContext()(require, module);
`;
}

/** The same, but at the end V8 is asked for what it has compiled. */
function rehearsalOf(name: string): string {
  return `"use strict";
const { readFileSync, writeFileSync } = require("node:fs");
const { Script } = require("node:vm");
const filename = \`${dist}/code/${name}.js\`;
const script = new Script(readFileSync(filename, "latin1"), { filename });
process.on("exit", () => writeFileSync("${dist}/rehearsal/${name}.cache", script.createCachedData()));
script.runInThisContext()(require("node:module").createRequire("${dist}/"), module);
`;
}
