/** The page's style and icon, kept in the program so that there is nothing to install or to find. */
import { type Exchange, HttpError, send } from "../exchange.ts";

const style = `:root { color-scheme: light dark; --page: #fff; --text: #1b1b1f; --line: #8884; --soft: #8881; --good: #146c43; --bad: #b3261e;
  --busy: #7a5200; --idle: #5f5f68; }
@media (prefers-color-scheme: dark) { :root { --page: #121214; --text: #ececf0; --good: #4cc38a; --bad: #ff6369; --busy: #f1a10d;
  --idle: #a0a0ab; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem; max-width: 75rem; background: var(--page); color: var(--text); font: 15px/1.5 system-ui, sans-serif; }
header { display: flex; flex-wrap: wrap; gap: .75rem; align-items: center; margin-bottom: 1.25rem; }
h1 { font-size: 1.25rem; margin: 0 auto 0 0; }
form { display: inline; }
table { width: 100%; border-collapse: collapse; }
th { text-align: left; font-weight: 600; }
th, td { padding: .45rem .6rem; border-bottom: 1px solid var(--line); vertical-align: middle; }
tbody tr:hover { background: var(--soft); }
a { color: inherit; text-underline-offset: .2em; }
.actions div { display: flex; gap: .35rem; }
.actions span { display: flex; gap: .35rem; min-width: 8.2rem; }
button, .button { font: inherit; font-size: .85rem; padding: .15rem .6rem; border: 1px solid var(--line); border-radius: .35rem;
  background: var(--soft); color: inherit; text-decoration: none; cursor: pointer; white-space: nowrap; }
button:hover, .button:hover { border-color: currentcolor; }
.state { color: var(--idle); }
.state strong { display: inline-block; min-width: 5.5rem; padding: .1rem .5rem; border-radius: .35rem; text-align: center; font-size: .8rem;
  background: color-mix(in srgb, currentcolor 12%, transparent); }
.state.running { color: var(--good); }
.state.starting, .state.stopping { color: var(--busy); }
.state.fatal, .state.backoff, .state.unknown { color: var(--bad); }
.message { padding: .6rem .9rem; border: 1px solid var(--line); border-left: .3rem solid var(--good); border-radius: .35rem; }
.message.error { border-left-color: var(--bad); }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font: 13px/1.45 ui-monospace, monospace; }
footer { margin-top: 1.5rem; color: var(--idle); font-size: .85rem; }
@media (max-width: 55rem) {
  table, tbody { display: block; }
  thead { display: none; }
  tr { display: grid; grid-template-columns: auto 1fr; gap: .3rem .75rem; align-items: center; padding: .7rem 0; border-bottom: 1px solid var(--line); }
  td { border: 0; padding: 0; overflow-wrap: anywhere; }
  td:nth-child(2), .actions { grid-column: 1 / -1; }
  td:nth-child(2) { order: 1; }
  .actions { order: 2; }
  .actions div { flex-wrap: wrap; }
  .actions span { min-width: 0; }
  .actions span:empty { display: none; }
}
`;

const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#18794e"/>
<g fill="none" stroke="#fff" stroke-width="3" stroke-linecap="round"><path d="M9 11h14"/><path d="M9 16h9"/><path d="M9 21h14"/></g></svg>
`;

const assets = new Map([
  ["/stylesheets/spaced.css", { type: "text/css;charset=utf-8", body: style }],
  ["/images/icon.svg", { type: "image/svg+xml", body: icon }],
]);

export async function sendAsset(exchange: Exchange): Promise<void> {
  const asset = assets.get(exchange.path);
  if (asset === undefined) throw new HttpError(404);
  send(exchange, 200, asset.type, asset.body, { "Cache-Control": "max-age=300", "X-Content-Type-Options": "nosniff" });
}
