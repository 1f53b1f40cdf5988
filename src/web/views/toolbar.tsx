/** Above the table: where one is, what is shown, and what to do with all that is marked. */
import { idOf, type Sort } from "../../tui/state/state.ts";
import { plural } from "../../tui/text/figures.ts";
import type { PageState, Place } from "../state/page.ts";
import { hashOf } from "../state/route.ts";
import { useTools } from "./context.ts";
import { Counts } from "./header.tsx";
import { Button } from "./parts.tsx";

const places: readonly (readonly [Place, string])[] = [
  [{ type: "programs" }, "Programs"],
  [{ type: "logs" }, "Logs"],
  [{ type: "events" }, "Events"],
];

const sortWords: Readonly<Record<Sort, string>> = {
  name: "name",
  state: "what is wrong",
  cpu: "processor time",
  memory: "memory",
  uptime: "youngest",
  starts: "starts",
};

export function Toolbar({ state }: { state: PageState }) {
  const { overview, table, place, mayControl } = state;
  const { dispatch } = useTools();
  const here = place.type === "program" ? "programs" : place.type;
  return (
    <section class="toolbar" aria-label="View">
      <nav aria-label="Views">
        {places.map(([target, label]) => (
          <a key={label} href={hashOf(target)} aria-current={here === target.type ? "page" : undefined}>
            {label}
          </a>
        ))}
      </nav>
      {overview !== null && <Counts overview={overview} />}
      <div class="toolbar-filter">
        <input
          id="filter"
          type="search"
          placeholder="Filter: words, !word"
          aria-label="Show only what has these words"
          title="Show only what has these words (/)"
          value={table.filter}
          autocomplete="off"
          onInput={({ currentTarget }) => dispatch({ type: "filter", filter: currentTarget.value })}
        />
        {here !== "events" && (
          <Button
            label="Problems"
            shortcut="p"
            pressed={table.problems}
            onClick={() => dispatch({ type: "problems" })}
          />
        )}
        {here === "programs" && (
          <label class="sort">
            <span class="dim">by</span>
            <select
              aria-label="Order of the programs"
              title="Order of the programs (o)"
              value={table.sort}
              onChange={({ currentTarget }) => dispatch({ type: "sort", sort: currentTarget.value as Sort })}
            >
              {(Object.keys(sortWords) as Sort[]).map((sort) => (
                <option key={sort} value={sort}>
                  {sortWords[sort]}
                </option>
              ))}
            </select>
          </label>
        )}
        {mayControl && here === "programs" && table.marked.size === 0 && (
          <span class="all-buttons">
            <Button
              label="Restart all"
              onClick={() => dispatch({ type: "ask", verb: "restart", ids: everything(state) })}
            />
            <Button label="Stop all" onClick={() => dispatch({ type: "ask", verb: "stop", ids: everything(state) })} />
          </span>
        )}
      </div>
      {mayControl && table.marked.size > 0 && <Marked count={table.marked.size} />}
    </section>
  );
}

const everything = ({ overview }: PageState): readonly string[] => overview?.processes.map(idOf) ?? [];

function Marked({ count }: { count: number }) {
  const { dispatch } = useTools();
  return (
    <div class="marked-bar" role="group" aria-label={`${plural(count, "marked program")}`}>
      <strong>{plural(count, "program")} marked</strong>
      <Button icon="start" label="Start" shortcut="s" onClick={() => dispatch({ type: "ask", verb: "start" })} />
      <Button icon="restart" label="Restart" shortcut="r" onClick={() => dispatch({ type: "ask", verb: "restart" })} />
      <Button icon="stop" label="Stop" shortcut="x" onClick={() => dispatch({ type: "ask", verb: "stop" })} />
      <Button label="Signal" shortcut="K" onClick={() => dispatch({ type: "ask", verb: "signal" })} />
      <Button label="Clear logs" shortcut="C" onClick={() => dispatch({ type: "ask", verb: "clear" })} />
      <Button label="Unmark" shortcut="Esc" onClick={() => dispatch({ type: "mark", ids: "shown", marked: false })} />
    </div>
  );
}
