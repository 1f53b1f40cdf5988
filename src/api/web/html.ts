/** The frame of every page, and the escaping of what goes into it. */
import { type Exchange, send } from "../exchange.ts";
import type { PageFile } from "./page-files.ts";

/** For text and for values of attributes in double quotes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/**
 * Nothing from elsewhere is loaded and no other site may frame the page, so that no one can be made to
 * press a button of it. `Referrer-Policy` keeps a sign of where an order comes from (see browsers.ts).
 */
const headers = {
  "Cache-Control": "no-store",
  "Referrer-Policy": "same-origin",
  "X-Content-Type-Options": "nosniff",
};

const policy =
  "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/** A script may come from this server alone, and can make no text into markup, not even by mistake. */
const scriptPolicy = "script-src 'self'; connect-src 'self'; require-trusted-types-for 'script'; trusted-types 'none'";

/**
 * Addresses on a page are relative, so that it works below any path of a proxy. `body` is HTML already.
 * @param body in parts, of which the large ones may be written already
 * @param files scripts and styles of its own
 */
export function sendPage(
  exchange: Exchange,
  title: string,
  body: readonly (string | Buffer)[],
  files: readonly PageFile[] = [],
): void {
  const live = files.length > 0;
  const head = `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<link rel="stylesheet" href="stylesheets/spaced.css">
<link rel="icon" type="image/svg+xml" href="images/icon.svg">${files.map(fileTag).join("")}
</head>
<body>
`;
  const parts = [head, ...body, "\n</body>\n</html>\n"].map((part) =>
    typeof part === "string" ? Buffer.from(part) : part,
  );
  const security = live ? `${policy}; ${scriptPolicy}` : policy;
  send(exchange, 200, "text/html;charset=utf-8", parts, { ...headers, "Content-Security-Policy": security });
}

/** The style would be in the way of the page as it is where there are no scripts. */
const fileTag = ({ name, type }: PageFile): string =>
  type.startsWith("text/css")
    ? `\n<link rel="stylesheet" media="(scripting: enabled)" href="web/${name}">`
    : `\n<script type="module" src="web/${name}"></script>`;

/** `urllib.parse.quote()`: like encodeURIComponent, but a slash stays and `!'()*` do not. */
export function quote(text: string): string {
  return encodeURIComponent(text.toWellFormed())
    .replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll("%2F", "/");
}

/** GET /ok.html: that the server is alive. */
export async function sendOk(exchange: Exchange): Promise<void> {
  send(exchange, 200, "text/plain", "OK");
}
