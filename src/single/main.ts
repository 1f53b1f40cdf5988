/**
 * The single executable's first code: all programs in one file, which acts by the name that it was called by. Their
 * code, what V8 has made of it before and the libraries are in the executable, and are taken from there as they are
 * needed; nothing is ever unpacked to a disk. What the shell launchers in bin/ prepare is prepared here.
 */
import { accessSync, constants } from "node:fs";
import { basename, join } from "node:path";
import { getRawAsset } from "node:sea";
import { setFlagsFromString } from "node:v8";
import { Script } from "node:vm";
import { fromLauncher } from "../system/called.ts";
import { tellModule } from "../system/module-data.ts";
import { tasks } from "../system/runtime.ts";
import { takeSteps } from "../system/steps.ts";

type Require = (name: string) => unknown;
interface Module {
  exports: unknown;
}

const programs: Readonly<Record<string, string>> = {
  spaced: "spaced",
  supervisord: "spaced",
  spacectl: "spacectl",
  supervisorctl: "spacectl",
  echo_supervisord_conf: "echo_supervisord_conf",
  pidproxy: "pidproxy",
};

const [, called = "spaced", ...words] = process.argv;
if (called === tasks.fail) process.exit(127);
else if (called === tasks.become) takeSteps(words);
else if (called === tasks.evaluate) tellModule(words);
else start(programs[basename(called)] ?? "spaced");

function start(name: string): void {
  process.env[fromLauncher.path] = whole(called);
  if ((name === "spaced" || name === "pidproxy") && !process.env.UV_THREADPOOL_SIZE) {
    // More threads for files than the usual four: as many disks that hang would stop all logs. None has started yet.
    process.env.UV_THREADPOOL_SIZE = "16";
    process.env[fromLauncher.threads] = "16";
  }
  // The young generation of the executable is as small as the daemon wants it, and nobody can change that any more. For
  // short lives, which have a large one elsewhere, its many collections are faster without waking threads: 2 to 4 ms of 40.
  if (name === "spacectl") setFlagsFromString("--no-parallel-scavenge");
  const run = compiled(`code/${name}.js`, `code/${name}.cache`) as (require: Require, module: Module) => void;
  run(load, { exports: {} });
}

/** Where a shell has found it, when it was called by nothing but its name. */
function whole(word: string): string {
  if (word.includes("/")) return word;
  const paths = (process.env.PATH ?? "").split(":").map((folder) => join(folder, word));
  return paths.find(canRun) ?? word;
}

function canRun(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

const loaded = new Map<string, Module>();

/** Node's own modules by their names, our libraries by their paths. */
function load(name: string): unknown {
  if (!name.startsWith("./")) return process.getBuiltinModule(name);
  const before = loaded.get(name);
  if (before !== undefined) return before.exports;
  const module: Module = { exports: {} };
  loaded.set(name, module);
  const run = compiled(name.slice("./".length)) as (require: Require, module: Module, exports: unknown) => void;
  run(load, module, module.exports);
  return module.exports;
}

/** Every piece of code is a function; all of it is ASCII. */
function compiled(asset: string, cache?: string): unknown {
  const source = Buffer.from(getRawAsset(asset) as ArrayBuffer).toString("latin1");
  const cachedData = cache === undefined ? undefined : cacheNamed(cache);
  return new Script(source, { filename: asset, ...(cachedData && { cachedData }) }).runInThisContext();
}

/** Not every program has one. */
function cacheNamed(asset: string): Buffer | undefined {
  try {
    return Buffer.from(getRawAsset(asset) as ArrayBuffer);
  } catch {
    return undefined;
  }
}
