/**
 * Bundles src/ into dist/: one entry per program, split so that what a command does not need is not
 * loaded (an eager bundle makes `spacectl status` several times slower).
 */
import { rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));

await rm(`${root}dist`, { recursive: true, force: true });
await build({
  absWorkingDir: root,
  entryPoints: {
    spaced: "src/daemon/entry.ts",
    spacectl: "src/cli/main.ts",
    echo_supervisord_conf: "src/cli/echo-conf.ts",
    pidproxy: "src/daemon/pidproxy.ts",
  },
  outdir: "dist",
  bundle: true,
  splitting: true,
  format: "esm",
  platform: "node",
  target: "node26",
  minifySyntax: true,
  minifyWhitespace: true,
  define: { "process.env.NODE_ENV": '"production"' },
  // CommonJS dependencies inside an ES module bundle call require() for Node's own modules.
  banner: { js: 'import{createRequire as __cr}from"node:module";const require=__cr(import.meta.url);' },
  logLevel: "warning",
});
