/**
 * Whether the control program that a list configures can reach the daemon that it configures. The reference
 * starts either way, and its control program then says something about a socket or HTTP.
 */
import type { HttpServerSettings } from "../core/program.ts";
import { Refusal } from "./complaint.ts";
import { entryOf, valuePlace } from "./document.ts";
import { expand } from "./expand.ts";
import type { Evaluation } from "./section-reader.ts";

export function warnOfUnreachable(
  servers: readonly HttpServerSettings[],
  interfaces: readonly string[],
  evaluation: Evaluation,
): void {
  const { document, complaints } = evaluation;
  // Some open a port for the page alone.
  const server = servers.find(({ type }) => type === "unix" || document.sections.has("supervisorctl"));
  const section = server && document.sections.get(server.section);
  if (section !== undefined && !interfaces.includes("supervisor")) {
    const hint =
      "[rpcinterface:supervisor] with supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface";
    const message = "without [rpcinterface:supervisor] no client can control the daemon";
    complaints.warn(message, section.place, { section: section.name, hint });
  }
  warnOfUrl(servers, evaluation);
}

function warnOfUrl(servers: readonly HttpServerSettings[], evaluation: Evaluation): void {
  const { document, complaints } = evaluation;
  const section = document.sections.get("supervisorctl");
  const entry = section && entryOf(document, section, "serverurl");
  if (section === undefined || entry === undefined) return;
  const url = urlOf(entry.value, evaluation);
  if (url === null || servers.some((server) => isReachedBy(url, server, evaluation))) return;
  const hint = servers.map((server) => `serverurl=${urlTo(server)}`).join(" or ") || "[unix_http_server] with file=";
  const message = `nothing listens at ${url.text}: the control program reaches no daemon`;
  complaints.warn(message, valuePlace(entry), { section: section.name, key: "serverurl", hint });
}

interface Url {
  readonly text: string;
  /** Of a socket; null for TCP. */
  readonly path: string | null;
  readonly port: number;
}

/** Null for what is none, or leads to another machine. */
function urlOf(value: string, { here, environment }: Evaluation): Url | null {
  try {
    const text = expand(value, [new Map([["here", here]]), environment], "serverurl").trim();
    if (text.startsWith("unix://")) return { text, path: text.slice("unix://".length), port: 0 };
    const { hostname, port, username } = new URL(text);
    if (!/^(?:localhost|127\..*|0\.0\.0\.0|\[::1\])$/.test(hostname) || username !== "") return null;
    return { text, path: null, port: Number(port || 80) };
  } catch (error) {
    if (error instanceof Refusal || error instanceof TypeError) return null;
    throw error;
  }
}

function isReachedBy({ path, port }: Url, server: HttpServerSettings, { machine }: Evaluation): boolean {
  if (server.type === "inet") return path === null && server.port === port;
  return path !== null && machine.paths.absolute(machine.paths.expandUser(path)) === server.path;
}

const urlTo = (server: HttpServerSettings): string =>
  server.type === "unix" ? `unix://${server.path}` : `http://localhost:${server.port}`;
