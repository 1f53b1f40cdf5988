/** What `spaced.settings` tells: the keys that a list sets for a process, and where. */
import { faultCodes } from "../core/faults.ts";
import type { Setting } from "../core/setting.ts";
import { RemoteFault } from "./failures.ts";
import { list, perhaps, struct, text } from "./replies.ts";

/** All that is needed of a client; the web page has one of its own. */
interface Caller {
  call(method: string, params: readonly string[]): Promise<unknown>;
}

/** null: the daemon does not tell. Rejects as the call does. */
export async function settingsOf(client: Caller, id: string): Promise<readonly Setting[] | null> {
  try {
    return list(await client.call("spaced.settings", [id])).map(asSetting);
  } catch (error) {
    if (!(error instanceof RemoteFault) || error.code !== faultCodes.UNKNOWN_METHOD) throw error;
    return null;
  }
}

function asSetting(value: unknown): Setting {
  const setting = struct(value);
  return {
    section: text(setting, "section"),
    key: text(setting, "key"),
    value: text(setting, "value"),
    source: text(setting, "source"),
    line: perhaps(setting.line, "number"),
    yaml: perhaps(setting.yaml, "string"),
  };
}

/** With its section where that is not the program's own: `[group:site] priority`. */
export const keyOf = ({ section, key }: Setting): string =>
  /^(program|fcgi-program|eventlistener):/.test(section) ? key : `[${section}] ${key}`;

/** `/etc/spaced.conf:12` */
export const originOf = ({ source, line }: Setting): string => (line === null ? source : `${source}:${line}`);
