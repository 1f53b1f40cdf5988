/**
 * GET /: every process, how it is, and what can be done with it. This is what tools read, and who has no scripts; for
 * everybody else the live page (`src/web`) takes its place as soon as it is there.
 *
 * However many ask, the table is written once a second at most, and when something has happened.
 */
import type { ProcessState } from "../../core/states.ts";
import { version } from "../../core/version.ts";
import type { Daemon, ProcessInfo } from "../daemon.ts";
import { type Exchange, takeRoom } from "../exchange.ts";
import { joinName } from "../names.ts";
import { escapeHtml, quote, sendPage } from "./html.ts";
import { livePage } from "./page-assets.ts";

/** How old a table may be when nothing has happened. */
const freshMs = 1000;

/** What was written is left to the garbage collector, so that nothing is kept for who never comes again. */
interface Table {
  /** Of the monotonic clock. */
  readonly at: number;
  /** Of the last happening before it was written. */
  readonly serial: number;
  readonly html: WeakRef<Buffer>;
}

/** The last ones, without and with what may be ordered. */
const tables = new WeakMap<Daemon, Map<boolean, Table>>();

export async function showStatus(exchange: Exchange): Promise<void> {
  const { daemon } = exchange.server;
  const orders = exchange.visitor.may("control");
  const message = exchange.query.get("message");
  const title = `${daemon.identifier}: ${daemon.state().toLowerCase()}`;
  const files = await livePage();
  const html = latestTable(daemon, orders);
  takeRoom(exchange, html.length);
  const above = `<header>
<h1>${escapeHtml(title)}</h1>
${orders ? daemonOrders : ""}
</header>
${message === null ? "" : messageBox(message)}
<main>
`;
  const below = `
</main>
<footer>spaced ${version}, process id ${daemon.pid}</footer>`;
  const body = [above, html, below];
  sendPage(exchange, title, files.length === 0 ? body : ['<div id="plain">\n', ...body, "\n</div>"], files);
}

function latestTable(daemon: Daemon, orders: boolean): Buffer {
  const known = tables.get(daemon) ?? new Map<boolean, Table>();
  tables.set(daemon, known);
  const last = known.get(orders);
  const serial = daemon.feed.latest;
  const now = performance.now();
  const fresh = last?.serial === serial && now - last.at < freshMs ? last.html.deref() : undefined;
  if (fresh !== undefined) return fresh;
  const processes = daemon.processes();
  const html = Buffer.from(processes.length === 0 ? "<p>No programs to manage</p>" : table(processes, orders));
  known.set(orders, { at: now, serial, html: new WeakRef(html) });
  return html;
}

const messageBox = (message: string): string =>
  `<p role="status" class="message${/^ERROR|fault/.test(message) ? " error" : ""}">${escapeHtml(message)}</p>`;

const daemonOrders = `${orderButton("Refresh", "refresh")}
${orderButton("Restart All", "restartall")}
${orderButton("Stop All", "stopall")}`;

/** @param orders whether it shows what may be ordered */
function table(processes: readonly ProcessInfo[], orders: boolean): string {
  return `<table>
<thead><tr><th>State</th><th>Description</th><th>Name</th><th>Action</th></tr></thead>
<tbody>
${processes.map((info) => row(info, orders)).join("\n")}
</tbody>
</table>`;
}

function row(info: ProcessInfo, orders: boolean): string {
  const name = joinName(info);
  const state = info.state.toLowerCase();
  return `<tr>
<td class="state ${state}"><strong>${state}</strong></td>
<td>${escapeHtml(info.description)}</td>
<td><a href="tail.html?processname=${quote(name)}">${escapeHtml(name)}</a></td>
<td class="actions"><div>
${[...(orders ? processOrders(info.state, name) : []), ...logLinks(name)].join("\n")}
</div></td>
</tr>`;
}

const processOrders = (state: ProcessState, name: string): string[] => [
  `<span>${stateActions(state, name).join("")}</span>`,
  orderButton("Clear Log", "clearlog", name),
];

function logLinks(name: string): string[] {
  return [
    `<a class="button" href="logtail/${quote(name)}/stdout" target="_blank">Tail -f Stdout</a>`,
    `<a class="button" href="logtail/${quote(name)}/stderr" target="_blank">Tail -f Stderr</a>`,
  ];
}

function stateActions(state: ProcessState, name: string): string[] {
  if (state === "RUNNING") return [orderButton("Restart", "restart", name), orderButton("Stop", "stop", name)];
  const startable = state === "STOPPED" || state === "EXITED" || state === "FATAL";
  return startable ? [orderButton("Start", "start", name)] : [];
}

/** A form, not a link: a browser says of a form where it was sent from, and nothing fetches it ahead of time. */
function orderButton(label: string, action: string, name?: string): string {
  const process = name === undefined ? "" : `<input type="hidden" name="processname" value="${escapeHtml(name)}">`;
  return `<form method="post" action="index.html">${process}<button name="action" value="${action}">${label}</button></form>`;
}
