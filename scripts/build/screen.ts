/**
 * Bundles the screen of `spacectl top`, Ink and React included, as one CommonJS file like all else. Ink is made for ES
 * modules that wait at their top (top-level await) in three places: for Yoga, its layout engine, which is WebAssembly
 * and can as well be compiled at once; and twice for tools of React's developers, which have no place here. Its slowest
 * parts are replaced by ours, which do what our views need: see `src/tui/terminal/ink-output.ts`.
 */
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type BuildOptions, build, type Plugin } from "esbuild";

const packages = fileURLToPath(new URL("../../node_modules/", import.meta.url));
const sources = fileURLToPath(new URL("../../src/tui/", import.meta.url));
const isOfInk = (path: string): boolean => path.startsWith(join(packages, "ink/build/"));
const yoga = join(packages, "yoga-layout/dist");

/** The layout engine, compiled while its module is loaded: 5 ms. */
const yogaAtOnce = `
import start, { wasm } from ${JSON.stringify(`${yoga}/binaries/yoga-wasm-base64-esm.js`)};
import wrap from ${JSON.stringify(`${yoga}/src/wrapAssembly.js`)};
const engine = {
  instantiateWasm(imports, receive) {
    const instance = new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(wasm, "base64")), imports);
    receive(instance);
    return instance.exports;
  },
};
start(engine);
export default wrap(engine);
export * from ${JSON.stringify(`${yoga}/src/generated/YGEnums.js`)};
`;

const inkAtOnce: Plugin = {
  name: "ink-at-once",
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^yoga-layout$/ }, () => ({ path: "yoga", namespace: "at-once" }));
    onLoad({ filter: /^yoga$/, namespace: "at-once" }, () => ({ contents: yogaAtOnce, resolveDir: dirname(yoga) }));
    onLoad({ filter: /yoga-wasm-base64-esm\.js$/ }, async ({ path }) => {
      const code = await readFile(path, "utf8");
      const wasm = /data:application\/octet-stream;base64,([A-Za-z0-9+/=]+)/.exec(code)?.[1];
      if (wasm === undefined) throw new Error(`${path} does not hold its WebAssembly as it used to`);
      return { contents: `${code.replace(wasm, "")}\nexport const wasm = "${wasm}";` };
    });
    const output = join(sources, "terminal/ink-output.ts");
    onResolve({ filter: /^\.\/output\.js$/ }, ({ importer, path }) =>
      isOfInk(importer) ? { path, namespace: "ours" } : undefined,
    );
    onLoad({ filter: /output\.js$/, namespace: "ours" }, () => ({
      contents: `export { Output as default } from ${JSON.stringify(output)}`,
      resolveDir: sources,
    }));
    onResolve({ filter: /^(widest-line|\.\/sanitize-ansi\.js)$/ }, ({ importer, path }) =>
      isOfInk(importer) ? { path, namespace: "ours" } : undefined,
    );
    onLoad({ filter: /^widest-line$/, namespace: "ours" }, () => ({
      contents: `export { widestLine as default } from ${JSON.stringify(output)}`,
      resolveDir: sources,
    }));
    // Nothing but painted lines gets here, and what programs write is cleaned before it is painted.
    onLoad({ filter: /sanitize-ansi/, namespace: "ours" }, () => ({ contents: "export default (text) => text" }));
    onLoad({ filter: /ink\/build\/reconciler\.js$/ }, async ({ path }) => ({
      contents: withoutDevelopersTools(await readFile(path, "utf8"), path),
    }));
  },
};

function withoutDevelopersTools(code: string, path: string): string {
  const changed = code
    .replace("await import('./devtools.js');", "")
    .replace("? await loadPackageJson()", "? undefined");
  if (changed.includes("await import('./devtools.js')") || changed.includes("await loadPackageJson()"))
    throw new Error(`${path} waits at its top in a place that is not known here`);
  return changed;
}

/** Makes `outfile`, which exports what `src/tui/main.ts` does. */
export async function buildScreen(options: BuildOptions, outfile: string): Promise<void> {
  await build({
    ...options,
    entryPoints: ["src/tui/main.ts"],
    outfile,
    plugins: [inkAtOnce],
    define: { ...options.define, "import.meta.url": '"file:///"', "process.env.DEV": '"false"' },
  });
}
