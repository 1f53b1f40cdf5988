/**
 * What the control program takes from a program list: the `[supervisorctl]` section and nothing else. The
 * list need not be one that the daemon accepts, `[include]` is not followed, and no account is looked up.
 * Where a list has no such section but a control socket, that socket is the answer.
 */
import { Complaints, Refusal } from "./complaint.ts";
import { type Document, emptyDocument, entryOf, type Section } from "./document.ts";
import { expand, type Names } from "./expand.ts";
import { readInto } from "./include.ts";
import { absolutePath, directoryName, Paths } from "./paths.ts";
import { strip } from "./python.ts";
import { readSource } from "./source.ts";

interface ControlSettings {
  /** `unix:///path` or `http://host:port`; null = where daemons are that were told of no place. */
  readonly serverUrl: string | null;
  readonly username: string | null;
  readonly password: string | null;
  readonly prompt: string;
  /** Absolute; null = keep no history. */
  readonly historyFile: string | null;
  /** `[ctlplugin:x]` sections without brackets, which only the reference's control program can use. */
  readonly plugins: readonly string[];
}

export type ControlReading =
  | { readonly ok: true; readonly settings: ControlSettings }
  /** The reference's text, without `Error: ` in front; exit status 2. */
  | { readonly ok: false; readonly message: string };

export interface ControlContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}

const defaultUrl = "http://localhost:9001";

const defaults: ControlSettings = {
  serverUrl: defaultUrl,
  username: null,
  password: null,
  prompt: "supervisor",
  historyFile: null,
  plugins: [],
};

/** `file` null = there is none: the defaults. Never rejects. */
export async function readControlSettings(
  file: string | null,
  context: ControlContext = { env: process.env, cwd: process.cwd() },
): Promise<ControlReading> {
  if (file === null) return { ok: true, settings: defaults };
  try {
    const nobody = { user: () => null, group: () => null };
    const paths = new Paths({ ...context, accounts: nobody, hostName: "", tempDir: "" });
    const path = absolutePath(file, context.cwd);
    const source = await readSource(path, file);
    if (!source.ok) return source;
    const document = emptyDocument();
    const complaints = new Complaints();
    const kind = await readInto(document, source.text, file, complaints);
    if (kind === null) return { ok: false, message: complaints.firstError ?? `cannot read ${file}` };
    const environment = new Map<string, string>();
    for (const [name, value] of Object.entries(context.env)) {
      if (value !== undefined) environment.set(`ENV_${name}`, value);
    }
    const reader = new ControlReader(document, [environment], directoryName(path), paths);
    const settings = reader.fromSection() ?? reader.fromServer(kind) ?? (kind === "yaml" ? defaults : null);
    if (settings === null) return { ok: false, message: ".ini file does not include supervisorctl section" };
    const plugins = [...document.sections.keys()].filter((name) => name.startsWith("ctlplugin:"));
    return { ok: true, settings: { ...settings, plugins } };
  } catch (error) {
    if (error instanceof Refusal) return { ok: false, message: error.reference };
    return { ok: false, message: `cannot read ${file}: ${error instanceof Error ? error.message : String(error)}` };
  }
}

class ControlReader {
  readonly #document: Document;
  readonly #names: Names;
  readonly #namesWithHere: Names;
  readonly #paths: Paths;

  constructor(document: Document, names: Names, here: string, paths: Paths) {
    this.#document = document;
    this.#names = names;
    this.#namesWithHere = [new Map([["here", here]]), ...names];
    this.#paths = paths;
  }

  /** From `[supervisorctl]`, read in the reference's order; null when there is none. */
  fromSection(): ControlSettings | null {
    const section = this.#document.sections.get("supervisorctl");
    if (section === undefined) return null;
    const url = this.#text(section, "serverurl", this.#namesWithHere) ?? defaultUrl;
    const serverUrl = url.startsWith("unix://") ? `unix://${this.#path(url.slice("unix://".length))}` : url;
    const prompt = this.#text(section, "prompt", this.#names) ?? defaults.prompt;
    const username = this.#text(section, "username", this.#names);
    const password = this.#text(section, "password", this.#names);
    const history = this.#text(section, "history_file", this.#namesWithHere);
    return { ...defaults, serverUrl, prompt, username, password, historyFile: history ? this.#path(history) : null };
  }

  /** From the daemon's own control socket or port. A socket in YAML need not say where it is. */
  fromServer(kind: "ini" | "yaml"): ControlSettings | null {
    const sections = [...this.#document.sections.values()];
    const unix = sections.find(({ name }) => name.startsWith("unix_http_server"));
    const inet = sections.find(({ name }) => name.startsWith("inet_http_server"));
    const file = unix && this.#text(unix, "file", this.#namesWithHere);
    const port = inet && this.#text(inet, "port", this.#names);
    const placed = kind === "yaml" && unix !== undefined && file === null;
    const section = file || placed ? unix : inet;
    if (section === undefined || !(file || placed || port)) return null;
    const serverUrl = file ? `unix://${this.#path(strip(file))}` : placed ? null : httpUrl(port ?? "");
    const username = this.#text(section, "username", this.#names);
    const password = this.#text(section, "password", this.#names);
    // Of a hashed password nobody can give the plain one.
    return { ...defaults, serverUrl, username, password: password?.startsWith("{SHA}") ? null : password };
  }

  #text(section: Section, key: string, names: Names): string | null {
    const entry = entryOf(this.#document, section, key);
    return entry === undefined ? null : expand(entry.value, names, `${section.name}.${key}`);
  }

  #path(path: string): string {
    return this.#paths.absolute(this.#paths.expandUser(path));
  }
}

/** `*:9001`, `:9001` and `9001` are every address: this machine's is one of them. */
function httpUrl(port: string): string {
  const colon = port.lastIndexOf(":");
  const host = port.slice(0, Math.max(0, colon));
  return `http://${host === "" || host === "*" ? "localhost" : host}:${port.slice(colon + 1)}`;
}
