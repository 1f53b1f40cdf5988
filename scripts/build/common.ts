/** How all code of ours is made into code that starts fast: CommonJS, for this Node and nothing else. */
import { fileURLToPath } from "node:url";
import type { BuildOptions } from "esbuild";

/** For esbuild. */
export const tailored = {
  absWorkingDir: fileURLToPath(new URL("../..", import.meta.url)),
  bundle: true,
  format: "cjs",
  platform: "node",
  target: "node26",
  minifySyntax: true,
  minifyWhitespace: true,
  define: { "process.env.NODE_ENV": '"production"' },
  // `import()` is for loading late; as `require` it does so without the loader of ES modules.
  supported: { "dynamic-import": false },
  logLevel: "warning",
} satisfies BuildOptions;
