/** One program: why it is as it is, what it uses, its log, what has happened to it, and its settings. */
import type { RemoteProgram } from "../../client/overview.ts";
import { displayName, idOf } from "../../tui/state/state.ts";
import { toneOf } from "../../tui/state/tone.ts";
import { type PageState, type Tab, tabs } from "../state/page.ts";
import { hashOf } from "../state/route.ts";
import { useTools } from "./context.ts";
import { EventList } from "./events.tsx";
import { Facts } from "./facts.tsx";
import { Icon, Sign } from "./icons.tsx";
import { LogView } from "./log.tsx";
import { Button, Chip } from "./parts.tsx";
import { Settings } from "./settings.tsx";
import { isUp } from "./table.tsx";

const tabWords: Readonly<Record<Tab, string>> = {
  overview: "Overview",
  log: "Log",
  events: "Events",
  settings: "Settings",
};

export function Detail({ state, id, tab }: { state: PageState; id: string; tab: Tab }) {
  const { overview, mayControl } = state;
  const program = overview?.processes.find((each) => idOf(each) === id);
  if (overview === null) return null;
  if (program === undefined) {
    const [group = "", name = group] = id.split(":");
    return (
      <aside class="detail" aria-label="Details">
        <DetailHead name={displayName({ group, name })} />
        <p class="empty">There is no such program any more.</p>
      </aside>
    );
  }
  const name = displayName(program);
  const tone = toneOf(program, overview.now);
  return (
    <aside class={`detail tab-${tab}`} aria-label={`Details of ${name}`}>
      <DetailHead name={name}>
        <Sign tone={tone} />
      </DetailHead>
      <div class="detail-line">
        <Chip tone={tone}>{program.state}</Chip>
        {program.health !== "none" && <span class={`health ${program.health}`}>{program.health}</span>}
        {mayControl && <Orders program={program} />}
      </div>
      <nav class="tabs" aria-label={`About ${name}`}>
        {tabs.map((each) => (
          <a
            key={each}
            href={hashOf({ type: "program", id, tab: each })}
            aria-current={tab === each ? "page" : undefined}
          >
            {tabWords[each]}
          </a>
        ))}
      </nav>
      {tab === "overview" && (
        <Facts program={program} now={overview.now} report={state.report?.id === id ? state.report.report : null} />
      )}
      {tab === "log" && <LogView pane={state.pane} merged={false} />}
      {tab === "events" && (
        <EventList told={state.happenings.filter((told) => told.id === id)} now={overview.now} named={false} />
      )}
      {tab === "settings" && <Settings key={id} id={id} lives={state.lives} />}
    </aside>
  );
}

function DetailHead({ name, children }: { name: string; children?: preact.ComponentChildren }) {
  return (
    <div class="detail-head">
      {children}
      <h2>{name}</h2>
      <a class="button bare" href="#programs" aria-label="Close the details" title="Close (Esc)">
        <Icon name="close" />
      </a>
    </div>
  );
}

function Orders({ program }: { program: RemoteProgram }) {
  const { dispatch } = useTools();
  const ids = [idOf(program)];
  const up = isUp(program);
  const hasCopies = program.name !== program.program;
  const ask = (verb: "start" | "stop" | "restart" | "signal" | "stdin" | "clear") =>
    dispatch({ type: "ask", verb, ids });
  return (
    <div class="orders">
      {up ? (
        <>
          <Button icon="restart" label="Restart" shortcut="r" onClick={() => ask("restart")} />
          <Button icon="stop" label="Stop" shortcut="x" onClick={() => ask("stop")} />
        </>
      ) : (
        <Button icon="start" kind="primary" label="Start" shortcut="s" onClick={() => ask("start")} />
      )}
      {program.pid !== 0 && (
        <>
          <Button label="Signal" shortcut="K" onClick={() => ask("signal")} />
          <Button label="Input" shortcut="i" onClick={() => ask("stdin")} />
        </>
      )}
      {hasCopies && (
        <Button label="Scale" shortcut="+" onClick={() => dispatch({ type: "ask-scale", id: idOf(program) })} />
      )}
      <Button label="Clear log" shortcut="C" onClick={() => ask("clear")} />
    </div>
  );
}
