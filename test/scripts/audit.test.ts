/** The real `npm audit` against registries that answer as the public one does, and as a mirror without advisories does. */
import { spawn } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";

const script = join(import.meta.dirname, "../../scripts/audit.ts");

/** A registry whose answer to the question of npm, names and versions of libraries, is what `answer` makes of it. */
async function audit(answer: (asked: Record<string, string[]>) => object | undefined) {
  const asked: Record<string, string[]>[] = [];
  const registry = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const names = JSON.parse(
      (request.headers["content-encoding"] === "gzip" ? gunzipSync(body) : body).toString() || "{}",
    );
    const found = request.url === "/-/npm/v1/security/advisories/bulk" ? answer(names) : undefined;
    if (found === undefined) return void response.writeHead(405).end();
    asked.push(names);
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(found));
  });
  await new Promise<void>((resolve) => registry.listen(0, "127.0.0.1", resolve));
  const { port } = registry.address() as AddressInfo;
  try {
    const child = spawn(process.execPath, [script], {
      env: { ...process.env, npm_config_registry: `http://127.0.0.1:${port}/`, npm_config_fetch_retries: "0" },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
    const [output, errors, status] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
    return { output, errors, status, asked };
  } finally {
    registry.closeAllConnections();
    registry.close();
  }
}

test("all libraries of both lock files are asked for, and nothing known is a success", async () => {
  const { status, output, asked } = await audit(() => ({}));
  expect(status).toBe(0);
  expect(output).toBe(
    ".: nothing is known against its libraries\nconf.d/orbit: nothing is known against its libraries\n",
  );
  expect(asked.map((names) => ["yaml" in names, "vitest" in names, "pg" in names])).toEqual([
    [true, true, false],
    [false, false, true],
  ]);
});

test("an advisory against one of them fails, with its place, its words and its address", async () => {
  const { status, errors } = await audit((names) =>
    "yaml" in names
      ? {
          yaml: [
            {
              id: 1,
              url: "https://example.org/advisory",
              title: "Deep nesting ends the process",
              severity: "low",
              vulnerable_versions: "<999.0.0",
              cwe: [],
              cvss: { score: 0, vectorString: null },
            },
          ],
        }
      : {},
  );
  expect(errors).toContain(".: yaml <999.0.0: low: Deep nesting ends the process (https://example.org/advisory)");
  expect(status).toBe(1);
});

test("a registry that has no such question is not taken for a clean one", async () => {
  const { status, errors } = await audit(() => undefined);
  expect(errors).toMatch(/^\.: the registry cannot be asked, nothing is checked: 405 Method Not Allowed/);
  expect(status).toBe(69);
});
