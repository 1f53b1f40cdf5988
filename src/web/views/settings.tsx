/** What the program list says of a program, as the daemon tells it. */
import { useEffect, useState } from "preact/hooks";
import type { Struct } from "../../client/replies.ts";
import { trouble } from "../../tui/feed/trouble.ts";
import { remote } from "../feed/remote.ts";

type Found =
  | { readonly type: "asking" }
  | { readonly type: "told"; readonly settings: Struct }
  | { readonly type: "trouble"; readonly why: string };

/** Not of interest to people, or told elsewhere. */
const left = new Set(["name", "group", "inuse", "command"]);

export function Settings({ id, lives }: { id: string; lives: number }) {
  const [found, setFound] = useState<Found>({ type: "asking" });
  useEffect(() => {
    let wanted = true;
    settingsOf(id).then(
      (settings) => wanted && setFound({ type: "told", settings }),
      (error: unknown) => wanted && setFound({ type: "trouble", why: trouble(error) }),
    );
    return () => {
      wanted = false;
    };
  }, [id, lives]);
  if (found.type === "asking") return <p class="empty">Asking …</p>;
  if (found.type === "trouble") return <p class="empty">{found.why}</p>;
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

async function settingsOf(id: string): Promise<Struct> {
  const all = (await remote.call("supervisor.getAllConfigInfo")) as readonly Struct[];
  const found = all.find(({ group, name }) => `${group}:${name}` === id);
  if (found === undefined) throw new Error("the program list does not have it any more");
  return found;
}
