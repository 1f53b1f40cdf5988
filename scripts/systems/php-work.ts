/** What can be asked of the translations: pages over FastCGI, as a web server in front asks, and what Redis has. */
import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import type { Workplace } from "./frame.ts";

export interface Page {
  readonly status: number;
  readonly body: string;
}

/**
 * One request to php-fpm.
 * @param path with a query, e.g. `/report?seconds=1`
 * @param sent makes it a POST
 * @throws Error when php-fpm cannot be reached or ends in the middle
 */
export async function request(work: Workplace, path: string, sent?: string): Promise<Page> {
  const index = `${work.env.PHP_HOME}/public/index.php`;
  const child = spawn("cgi-fcgi", ["-bind", "-connect", `127.0.0.1:${work.env.PHP_FPM_PORT}`], {
    stdio: ["pipe", "pipe", "ignore"],
    timeout: 20_000,
    env: {
      PATH: "/usr/bin:/bin",
      GATEWAY_INTERFACE: "CGI/1.1",
      SERVER_PROTOCOL: "HTTP/1.1",
      SERVER_NAME: "localhost",
      REQUEST_METHOD: sent === undefined ? "GET" : "POST",
      REQUEST_URI: path,
      QUERY_STRING: path.split("?")[1] ?? "",
      SCRIPT_NAME: "/index.php",
      SCRIPT_FILENAME: index,
      CONTENT_LENGTH: String(Buffer.byteLength(sent ?? "")),
      CONTENT_TYPE: "text/plain",
    },
  });
  child.stdin.on("error", () => {}); // it may have ended before it has read all
  child.stdin.end(sent ?? "");
  const answer = await text(child.stdout);
  const [head = "", ...rest] = answer.split("\r\n\r\n");
  if (rest.length === 0) throw new Error(`php-fpm gave no answer to ${path}`);
  return { status: Number(/^Status: (\d+)/m.exec(head)?.[1] ?? 200), body: rest.join("\r\n\r\n") };
}

/** Asks for a translation, again if the server goes away in the middle. */
export async function translate(work: Workplace, id: string, words: string): Promise<void> {
  for (let tries = 1; ; tries++) {
    const page = await request(work, `/translations?id=${id}`, words).catch((error: Error) => error);
    if (!(page instanceof Error) && page.status === 202) return;
    if (tries === 20) throw page instanceof Error ? page : new Error(`${page.status}: ${page.body}`);
  }
}

/** What a command of Redis answers, a line for each value. */
export async function redis(work: Workplace, ...words: string[]): Promise<string[]> {
  const told = await work.run(["redis-cli", "-p", String(work.env.PHP_REDIS_PORT), "--raw", ...words]);
  return told.split("\n").slice(0, -1);
}
