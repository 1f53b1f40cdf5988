/**
 * Bundles `src/web` for browsers and packs it into a module that stands in the place of `src/api/web/page-files.ts`:
 * script and style, compressed once, under names that have the digest of their content.
 */
import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import type { PageFile } from "../../src/api/web/page-files.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Makes `outfile`, which exports what `src/api/web/page-files.ts` does. */
export async function buildPage(outfile: string): Promise<void> {
  await writeFile(outfile, `exports.pageFiles = ${JSON.stringify(await filesOf())};\n`);
}

async function filesOf(): Promise<PageFile[]> {
  try {
    import.meta.resolve("preact");
  } catch {
    console.error("no live page, only the plain one: preact is not installed (npm ci)");
    return [];
  }
  const { outputFiles } = await build({
    absWorkingDir: root,
    entryPoints: ["src/web/main.tsx", "src/web/page.css"],
    outdir: "page",
    bundle: true,
    write: false,
    minify: true,
    format: "esm",
    platform: "browser",
    // Those with light-dark(), @container and Map.groupBy: of 2024.
    target: ["chrome123", "firefox123", "safari17.5"],
    jsx: "automatic",
    jsxImportSource: "preact",
    // A browser finds out itself how wide a text is.
    alias: { "string-width": `${root}src/web/text-width.ts` },
    logLevel: "warning",
  });
  return outputFiles.map(({ path, contents }) => {
    const kind = path.endsWith(".css") ? "css" : "js";
    const digest = createHash("sha256").update(contents).digest("base64url").slice(0, 12);
    return {
      name: `page-${digest}.${kind}`,
      type: kind === "css" ? "text/css;charset=utf-8" : "text/javascript;charset=utf-8",
      gzip: gzipSync(contents, { level: 9 }).toString("base64"),
    };
  });
}
