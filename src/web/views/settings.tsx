/** What the program list says of a program, as the daemon tells it: where each key stands, or what supervisord tells. */
import { useEffect, useState } from "preact/hooks";
import type { Struct } from "../../client/replies.ts";
import { keyOf, settingsOf as listedSettings, originOf } from "../../client/settings.ts";
import type { Setting } from "../../core/setting.ts";
import { trouble } from "../../tui/feed/trouble.ts";
import { remote } from "../feed/remote.ts";

type Found =
  | { readonly type: "asking" }
  | { readonly type: "listed"; readonly settings: readonly Setting[] }
  /** By a daemon that does not tell where they stand. */
  | { readonly type: "told"; readonly settings: Struct }
  | { readonly type: "trouble"; readonly why: string };

/** Not of interest to people, or told elsewhere. */
const left = new Set(["name", "group", "inuse", "command"]);

export function Settings({ id, lives }: { id: string; lives: number }) {
  const [found, setFound] = useState<Found>({ type: "asking" });
  useEffect(() => {
    let wanted = true;
    ask(id).then(
      (settings) => wanted && setFound(settings),
      (error: unknown) => wanted && setFound({ type: "trouble", why: trouble(error) }),
    );
    return () => {
      wanted = false;
    };
  }, [id, lives]);
  if (found.type === "asking") return <p class="empty">Asking …</p>;
  if (found.type === "trouble") return <p class="empty">{found.why}</p>;
  if (found.type === "listed") return <Listed settings={found.settings} />;
  return (
    <table class="small settings">
      <thead>
        <tr>
          <th scope="col">Key</th>
          <th scope="col">Value</th>
        </tr>
      </thead>
      <tbody>
        {Object.entries(found.settings)
          .filter(([key]) => !left.has(key))
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([key, value]) => (
            <tr key={key}>
              <th scope="row">{key}</th>
              <td>
                <code>{Array.isArray(value) ? value.join(", ") : String(value)}</code>
              </td>
            </tr>
          ))}
      </tbody>
    </table>
  );
}

/** File by file, as paths are long and a telephone is narrow. */
function Listed({ settings }: { settings: readonly Setting[] }) {
  if (settings.length === 0) return <p class="empty">The program list says nothing of it.</p>;
  return (
    <table class="small settings">
      <thead>
        <tr>
          <th scope="col">Line</th>
          <th scope="col">Key</th>
          <th scope="col">Value</th>
        </tr>
      </thead>
      {[...Map.groupBy(settings, ({ source }) => source)].map(([source, rows]) => (
        <tbody key={source}>
          <tr>
            <th scope="rowgroup" colSpan={3} class="source">
              {source}
            </th>
          </tr>
          {rows.map((setting) => (
            <tr key={keyOf(setting)}>
              <td class="number" title={originOf(setting)}>
                {setting.line}
              </td>
              <th scope="row" title={setting.yaml ?? undefined}>
                {keyOf(setting)}
              </th>
              <td>
                <code>{setting.value.trim()}</code>
              </td>
            </tr>
          ))}
        </tbody>
      ))}
    </table>
  );
}

async function ask(id: string): Promise<Found> {
  const settings = await listedSettings(remote, id);
  return settings === null ? { type: "told", settings: await settingsOf(id) } : { type: "listed", settings };
}

async function settingsOf(id: string): Promise<Struct> {
  const all = (await remote.call("supervisor.getAllConfigInfo")) as readonly Struct[];
  const found = all.find(({ group, name }) => `${group}:${name}` === id);
  if (found === undefined) throw new Error("the program list does not have it any more");
  return found;
}
