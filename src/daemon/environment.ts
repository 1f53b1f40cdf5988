/**
 * What the children of one process find in their environment, be they its program, its hooks or its health
 * checks: the daemon's own variables, our names for it, and its program's, those included that stand in files.
 */
import type { ProcessSettings } from "../core/program.ts";
import { readVariables } from "./variables.ts";

interface Owner {
  readonly group: string;
  readonly settings: ProcessSettings;
}

interface Around {
  readonly environment: Readonly<Record<string, string>>;
  readonly serverUrl: string | null;
}

/** Where the reference looks for commands when there is no PATH at all. */
const defaultPath = "/bin:/usr/bin:/usr/local/bin";
/** By these its descendants are known. */
const ours = ["SUPERVISOR_ENABLED", "SUPERVISOR_SERVER_URL", "SUPERVISOR_PROCESS_NAME", "SUPERVISOR_GROUP_NAME"];

export class Environment {
  readonly #owner: Owner;
  readonly #around: Around;
  /** Of env files and secrets, as they were at the last start. */
  #read: Readonly<Record<string, string>> = {};

  constructor(owner: Owner, around: Around) {
    this.#owner = owner;
    this.#around = around;
  }

  get variables(): Record<string, string> {
    const { group, settings } = this.#owner;
    const url = settings.serverUrl ?? this.#around.serverUrl;
    return {
      ...this.#around.environment,
      SUPERVISOR_ENABLED: "1",
      ...(url === null || url === "" ? {} : { SUPERVISOR_SERVER_URL: url }),
      SUPERVISOR_PROCESS_NAME: settings.name,
      SUPERVISOR_GROUP_NAME: group,
      ...settings.environment,
      ...this.#read,
    };
  }

  /** Where commands are looked for. */
  get path(): string {
    const own = this.#read.PATH ?? this.#owner.settings.environment.PATH;
    return own ?? (this.#around.environment.PATH || defaultPath);
  }

  /** Takes what env files and secrets hold now. @throws Error when one of them cannot be used */
  async refresh(): Promise<void> {
    const { environment, inherited, care } = this.#owner.settings;
    const own = new Set([...Object.keys(environment), ...ours]);
    for (const name of inherited ?? []) own.delete(name);
    this.#read = await readVariables(care, own);
  }
}
