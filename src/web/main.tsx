/**
 * The live page, in the place of the status page that the server has sent: what there is is drawn, what happens is
 * pushed by the daemon, and orders go to it as any client's do.
 */
import { render } from "preact";
import { isProblem } from "../tui/state/tone.ts";
import { connect } from "./feed/connections.ts";
import { Store } from "./feed/store.ts";
import { App } from "./views/app.tsx";
import { ToolsContext } from "./views/context.ts";
import { listenToKeys } from "./views/keys.ts";
import { applyTheme, nextTheme, savedTheme } from "./views/theme.ts";

let theme = savedTheme();
applyTheme(theme);

const root = document.createElement("div");
root.id = "app";
const store = new Store(draw);
const tools = { dispatch: store.dispatch, samples: store.samples };

/** What an order of the status page has come to, for whom it was given by a link. */
const message = new URLSearchParams(location.search).get("message");
if (message !== null) {
  history.replaceState(null, "", location.pathname + location.hash);
  store.dispatch({ type: "note", text: message, tone: /^ERROR|fault/.test(message) ? "bad" : "info" });
}

document.getElementById("plain")?.remove();
document.querySelector('link[href$="spaced.css"]')?.remove();
// A browser that does not know this condition has not applied it.
document.querySelector('link[media="(scripting: enabled)"]')?.removeAttribute("media");
document.body.append(root);
draw();
connect(store);
listenToKeys(store, changeTheme);

function changeTheme(): void {
  theme = nextTheme(theme);
  applyTheme(theme);
  draw();
}

function draw(): void {
  document.title = titleOf();
  render(
    <ToolsContext.Provider value={tools}>
      <App state={store.state} theme={theme} onTheme={changeTheme} />
    </ToolsContext.Provider>,
    root,
  );
}

function titleOf(): string {
  const { overview, connection } = store.state;
  if (overview === null) return document.title;
  const wrong = overview.processes.filter((program) => isProblem(program, overview.now)).length;
  const sign = connection.type === "lost" ? "(away) " : wrong > 0 ? `(${wrong}) ` : "";
  return `${sign}${overview.identifier}: ${overview.state.toLowerCase()}`;
}
