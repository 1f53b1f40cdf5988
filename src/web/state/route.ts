/** The part of the address after `#`, so that links, the back button and a reload lead to what was looked at. Pure. */
import { type Place, type Tab, tabs } from "./page.ts";

/** `#programs`, `#events`, `#logs`, `#program/GROUP:NAME/TAB`; anything else is the table. */
export function placeOf(hash: string): Place {
  const [first = "", id = "", tab = ""] = hash.replace(/^#/, "").split("/");
  if (first === "events" || first === "logs") return { type: first };
  const name = decoded(id);
  if (first !== "program" || !name.includes(":")) return { type: "programs" };
  return { type: "program", id: name, tab: isTab(tab) ? tab : "overview" };
}

export function hashOf(place: Place): string {
  if (place.type !== "program") return `#${place.type}`;
  const tab = place.tab === "overview" ? "" : `/${place.tab}`;
  return `#program/${encodeURIComponent(place.id.toWellFormed()).replaceAll("%3A", ":")}${tab}`;
}

const isTab = (text: string): text is Tab => (tabs as readonly string[]).includes(text);

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}
