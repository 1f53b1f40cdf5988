/** The whole page. */

import { fitting } from "../../tui/state/happenings.ts";
import type { PageState } from "../state/page.ts";
import { useTools } from "./context.ts";
import { Detail } from "./detail.tsx";
import { Dialogs } from "./dialogs.tsx";
import { EventList } from "./events.tsx";
import { Header } from "./header.tsx";
import { Icon } from "./icons.tsx";
import { LogView } from "./log.tsx";
import { Problems } from "./problems.tsx";
import { Table } from "./table.tsx";
import type { Theme } from "./theme.ts";
import { Toolbar } from "./toolbar.tsx";

interface AppProps {
  readonly state: PageState;
  readonly theme: Theme;
  readonly onTheme: () => void;
}

export function App({ state, theme, onTheme }: AppProps) {
  const { overview, connection, place, pane } = state;
  const isStale = connection.type !== "live";
  return (
    <div class={`page at-${place.type} ${isStale ? "stale" : ""}`}>
      <Header state={state} theme={theme} onTheme={onTheme} />
      {connection.type === "lost" && overview !== null && (
        <p class="banner" role="alert">
          No word from the daemon: {connection.why}. This is what it told last; it is asked again and again.
        </p>
      )}
      <Toolbar state={state} />
      <main>
        {overview === null && <p class="empty">{connection.type === "lost" ? connection.why : "Loading …"}</p>}
        {overview !== null && place.type !== "events" && place.type !== "logs" && (
          <>
            <div class="list">
              <Problems overview={overview} mayControl={state.mayControl} />
              <Table state={state} />
            </div>
            {place.type === "program" && <Detail state={state} id={place.id} tab={place.tab} />}
          </>
        )}
        {place.type === "logs" && <LogView pane={pane} merged />}
        {overview !== null && place.type === "events" && (
          <section class="event-page" aria-label="Events">
            <EventList told={fitting(state.happenings, state.table.filter)} now={overview.now} named />
          </section>
        )}
      </main>
      <Notes state={state} />
      <p class="sr" role="status" aria-live="polite">
        {state.news}
      </p>
      <Dialogs dialog={state.dialog} />
    </div>
  );
}

function Notes({ state: { notes, jobs } }: { state: PageState }) {
  const { dispatch } = useTools();
  return (
    <div class="notes" role="status" aria-live="polite">
      {jobs.map(({ id, title }) => (
        <p key={`job ${id}`} class="note busy">
          {title} …
        </p>
      ))}
      {notes.map(({ id, text, tone }) => (
        <p key={id} class={`note ${tone}`}>
          <span>{text}</span>
          <button type="button" aria-label="Dismiss" onClick={() => dispatch({ type: "forget", note: id })}>
            <Icon name="close" />
          </button>
        </p>
      ))}
    </div>
  );
}
