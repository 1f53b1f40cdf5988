/** The listening socket of a `[fcgi-program:x]`. Rules, order of checks and refusals are the reference's. */
import type { FcgiSocket } from "../core/program.ts";
import { repr } from "../core/python.ts";
import { Refusal } from "./complaint.ts";
import type { SectionReader } from "./section-reader.ts";
import { type Owner, portNumber } from "./values.ts";

interface Request {
  /** User the children run as; owns a unix socket unless `owner` does. */
  readonly user: number | null;
  readonly owner: Owner | null;
  readonly mode: number | null;
  readonly backlog: number | null;
}

/** `local` is where `program_name` joins the names once the socket's address is read. Null after an error. */
export function fcgiSocket(
  reader: SectionReader<"fcgi-program">,
  local: Map<string, string>,
  program: string,
): FcgiSocket | null {
  const user = reader.read("user");
  const backlog = reader.read("socket_backlog");
  if (backlog !== null && (backlog < 1 || backlog > 65535)) {
    reader.refuse(`Invalid socket_backlog value ${backlog}`, { key: "socket_backlog", hint: "1 to 65535" });
  }
  const owner = reader.read("socket_owner");
  const mode = reader.read("socket_mode");
  local.set("program_name", program);
  const address = reader.expanded("socket");
  if (address === null && reader.entry("socket") !== undefined) return null;
  const section = reader.section.name;
  if (address === null || address === "") {
    const hint = "for example socket=unix:///run/app.sock";
    reader.refuse(`[${section}] section requires a "socket" line`, { key: "socket", hint });
    return null;
  }
  try {
    return parseSocket(address, { user, owner, mode, backlog }, reader);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    reader.refuse(`${error.message} in [${section}] socket`, { key: "socket", hint: error.hint });
    return null;
  }
}

const forms = "unix:///path or tcp://host:port";

function parseSocket(address: string, request: Request, reader: SectionReader<"fcgi-program">): FcgiSocket {
  const { user, owner, mode, backlog } = request;
  const { paths, accounts } = reader.evaluation.machine;
  if (address.startsWith("unix://")) {
    const given = address.slice("unix://".length);
    if (!given.startsWith("/")) {
      throw new Refusal(`('Unix socket path %s is not an absolute path', ${repr(given)})`, forms);
    }
    const path = paths.absolute(given);
    const own = { uid: null, gid: null };
    const children = user !== null && user !== process.getuid?.() ? accounts.user(String(user)) : null;
    const { uid, gid } = owner ?? children ?? own;
    return { type: "unix", url: `unix://${path}`, path, mode: mode ?? 0o700, uid, gid, backlog };
  }
  if (owner !== null || mode !== null) {
    throw new Refusal("socket_owner and socket_mode params should only be used with a Unix domain socket");
  }
  const [, host, port] = /^tcp:\/\/([^\s:]+):(\d+)$/.exec(address) ?? [];
  if (host === undefined || port === undefined) {
    throw new Refusal(`('Bad socket format %s', ${repr(address)})`, `write ${forms}`);
  }
  const number = portNumber(port);
  return { type: "tcp", url: `tcp://${host.toLowerCase()}:${number}`, host: host.toLowerCase(), port: number, backlog };
}
