/**
 * Makes dist/spaced, one file that is all programs, from what scripts/build.ts has made: a copy of the pinned runtime
 * without its symbols, with our code in it.
 *
 * Two things of the runtime are changed. It would raise its soft limit of open files to the hard one before any of our
 * code runs, and nobody could tell any more what children are to be given back. So the name of the function that it
 * would call, setrlimit64, is replaced in the list of names that it asks the C library for by one of the same length
 * and kind that refuses: getpriority(2) knows no `which` of 7, which is RLIMIT_NOFILE. The daemon raises its limit
 * itself, later (system/limits.ts).
 *
 * And it is freed of libatomic, which few images have (build/libatomic.ts).
 */
import { execFileSync } from "node:child_process";
import {
  copyFileSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { tailored } from "./build/common.ts";
import { withoutLibatomic } from "./build/libatomic.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const dist = `${root}dist`;
/** Of this run alone: two may be under way. */
const work = `${dist}/single-${process.pid}`;
const output = `${dist}/spaced`;

await build({ ...tailored, entryPoints: { main: "src/single/main.ts" }, outdir: work });
const runtime = `${work}/runtime`;
copyFileSync(realpathSync(process.execPath), runtime);
try {
  execFileSync("strip", ["--strip-all", runtime], { stdio: ["ignore", "ignore", "inherit"] });
} catch (error) {
  console.error(`30 MB larger than need be: strip (package binutils) has not worked: ${(error as Error).message}`);
}
writeFileSync(runtime, leavingLimits(readFileSync(runtime)));
writeFileSync(
  `${work}/config.json`,
  JSON.stringify({
    main: `${work}/main.js`,
    mainFormat: "commonjs",
    executable: runtime,
    output: `${work}/spaced`,
    disableExperimentalSEAWarning: true,
    useCodeCache: true,
    execArgv: ["--disable-warning=ExperimentalWarning", "--max-semi-space-size=1"],
    // Options of Node are the programs' business: neither NODE_OPTIONS nor arguments are ours.
    execArgvExtension: "none",
    assets: Object.fromEntries(assets()),
  }),
);
execFileSync(process.execPath, ["--build-sea", `${work}/config.json`], { stdio: ["ignore", "ignore", "inherit"] });
freeOfLibatomic(`${work}/spaced`);
renameSync(`${work}/spaced`, output);
rmSync(work, { recursive: true });
console.log(`dist/spaced: ${(statSync(output).size / 1e6).toFixed(1)} MB`);

/** Name in the executable and path of all code, and of the caches that fit this runtime. */
function* assets(): Generator<[string, string]> {
  const fits = `-${process.version}-${process.arch}.cache`;
  for (const name of readdirSync(`${dist}/code`)) {
    if (name.endsWith(".js")) yield [`code/${name}`, `${dist}/code/${name}`];
    if (name.endsWith(fits)) yield [`code/${name.slice(0, -fits.length)}.cache`, `${dist}/code/${name}`];
  }
  for (const name of readdirSync(`${dist}/lib`)) {
    const wrapped = `${work}/${name}`;
    writeFileSync(
      wrapped,
      `(function(require,module,exports){${readFileSync(`${dist}/lib/${name}`, "latin1")}\n})`,
      "latin1",
    );
    yield [`lib/${name}`, wrapped];
  }
}

function freeOfLibatomic(file: string): void {
  const program = readFileSync(file);
  try {
    withoutLibatomic(program);
    writeFileSync(file, program);
  } catch (error) {
    console.error(`needs libatomic.so.1 wherever it runs, for it cannot be done without: ${(error as Error).message}`);
  }
}

function leavingLimits(program: Buffer): Buffer {
  const [asked, given] = ["\0setrlimit64\0", "\0getpriority\0"];
  const at = program.indexOf(asked, 0, "latin1");
  if (at < 0 || program.indexOf(asked, at + 1, "latin1") >= 0)
    throw new Error("cannot tell where this runtime names setrlimit64: look at how it raises its limit of open files");
  program.write(given, at, "latin1");
  return program;
}
