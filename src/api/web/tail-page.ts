/** GET /tail.html?processname=NAME&limit=BYTES: the end of a process's standard output, at least a kilobyte. */
import { Fault } from "../../core/faults.ts";
import type { Exchange } from "../exchange.ts";
import { READ_LIMIT_BYTES } from "../logs.ts";
import { perform } from "../operations.ts";
import { logBug } from "../rpc.ts";
import { escapeHtml, quote, sendPage } from "./html.ts";

export async function showTail(exchange: Exchange): Promise<void> {
  const name = exchange.query.get("processname") ?? "";
  const wanted = exchange.query.get("limit") ?? "";
  const limit = Math.min(READ_LIMIT_BYTES, Math.max(1024, /^\d+$/.test(wanted) ? Number(wanted) : 0));
  const text = name === "" ? "No process name found" : await readTail(exchange, name, limit);
  const again = `tail.html?processname=${quote(name)}&limit=${limit}`;
  const body = `<header>
<h1>${escapeHtml(name)}</h1>
<a class="button" href="${escapeHtml(again)}">Refresh</a>
<a class="button" href="./">All processes</a>
</header>
<main><pre>${escapeHtml(text)}</pre></main>`;
  sendPage(exchange, `tail of ${name}`, [body]);
}

async function readTail({ server, response }: Exchange, name: string, limit: number): Promise<string> {
  const reply = server.budget.open();
  response.once("close", () => reply.release());
  try {
    const onBug = (error: unknown) => logBug(server, "tail.html", error);
    const method = "supervisor.readProcessStdoutLog";
    return String(await perform({ daemon: server.daemon, mayChange: false, reply, onBug }, method, [name, -limit, 0]));
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return error.fault === "NO_FILE"
      ? `No file for ${name}`
      : `ERROR: unexpected rpc fault [${error.code}] ${error.message}`;
  } finally {
    if (response.destroyed) reply.release();
  }
}
