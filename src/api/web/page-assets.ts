/**
 * GET and HEAD /web/NAME: script and style of the live page. Their names have the digest of their content, so a browser
 * keeps them for good and asks for a new one when there is one. They are kept compressed, and loaded when somebody
 * opens the page for the first time.
 */
import { type Exchange, HttpError, send } from "../exchange.ts";
import type { PageFile } from "./page-files.ts";

export async function livePage(): Promise<readonly PageFile[]> {
  return (await import("./page-files.ts")).pageFiles;
}

export async function sendPageFile(exchange: Exchange): Promise<void> {
  const { request, response, path } = exchange;
  const name = path.slice("/web/".length);
  const file = (await livePage()).find((file) => file.name === name);
  if (file === undefined) throw new HttpError(404);
  const headers = {
    "Cache-Control": "private, max-age=31536000, immutable",
    ETag: `"${name}"`,
    Vary: "Accept-Encoding",
    "X-Content-Type-Options": "nosniff",
  };
  if (request.headers["if-none-match"]?.includes(headers.ETag)) {
    response.writeHead(304, headers).end();
    return;
  }
  const compressed = Buffer.from(file.gzip, "base64");
  if (/\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/i.test(String(request.headers["accept-encoding"] ?? "")))
    send(exchange, 200, file.type, compressed, { ...headers, "Content-Encoding": "gzip" });
  else send(exchange, 200, file.type, process.getBuiltinModule("node:zlib").gunzipSync(compressed), headers);
}
