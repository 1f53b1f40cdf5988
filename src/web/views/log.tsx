/** The log viewer: follows, stands still when one scrolls up, searches, shows only what one wants to see. */
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { LogLine } from "../../tui/state/log.ts";
import { displayName } from "../../tui/state/state.ts";
import { clean } from "../../tui/text/clean.ts";
import { clock, count, plural } from "../../tui/text/figures.ts";
import { viewOf } from "../state/log-pane.ts";
import type { LogPane } from "../state/page.ts";
import { useTools } from "./context.ts";
import { memo } from "./memo.ts";
import { Painted } from "./painted.tsx";
import { Button } from "./parts.tsx";

const channelWords = { both: "both streams", stderr: "only stderr", stdout: "only stdout" } as const;
/** So near to its end a view counts as standing there. */
const nearPixels = 8;

export function LogView({ pane, merged }: { pane: LogPane; merged: boolean }) {
  const { dispatch } = useTools();
  const { log } = pane;
  const view = viewOf(pane);
  const isPaused = pane.paused !== null;
  const box = useRef<HTMLDivElement>(null);
  const last = view.lines.at(-1)?.seq;
  /** From the end: what is seen stays where it is when lines further up come onto the page. */
  const distance = useRef(0);
  useLayoutEffect(() => {
    const { current } = box;
    if (!isPaused) current?.scrollTo({ top: current.scrollHeight });
  }, [isPaused, last, log.options.wrap]);
  useLayoutEffect(() => {
    const { current } = box;
    if (isPaused) current?.scrollTo({ top: current.scrollHeight - distance.current });
  }, [isPaused]);
  useEffect(() => {
    if (isPaused && view.found !== null)
      box.current?.querySelector(`[data-seq="${view.found}"]`)?.scrollIntoView({ block: "center" });
  }, [isPaused, view.found]);
  const onScroll = ({ currentTarget }: { currentTarget: HTMLDivElement }) => {
    const { scrollHeight, scrollTop, clientHeight } = currentTarget;
    distance.current = scrollHeight - scrollTop;
    const atEnd = distance.current - clientHeight <= nearPixels;
    if (!atEnd && !isPaused) dispatch({ type: "log", log: { type: "pause", paused: true } });
  };
  return (
    <section class="log" aria-label="Log">
      <LogTools pane={pane} matches={view.matches.length} index={view.index} />
      {log.trouble !== null && <p class="log-trouble">{log.trouble}</p>}
      <div
        class={`log-lines ${log.options.wrap ? "wrap" : ""}`}
        role="log"
        aria-live="off"
        aria-label="Lines"
        tabIndex={0}
        ref={box}
        onWheel={({ deltaY, currentTarget }) => {
          if (deltaY >= 0 || isPaused || currentTarget.scrollHeight <= currentTarget.clientHeight) return;
          distance.current = currentTarget.scrollHeight - currentTarget.scrollTop;
          dispatch({ type: "log", log: { type: "pause", paused: true } });
        }}
        onScroll={onScroll}
      >
        {view.above > 0 && <p class="dim">{plural(view.above, "line")} further up are not shown</p>}
        {view.lines.map((line) => (
          <LineOfLog
            key={line.seq}
            line={line}
            search={log.search}
            found={line.seq === view.found && isPaused}
            merged={merged}
            times={log.options.times}
          />
        ))}
        {view.lines.length === 0 && <p class="empty">Nothing yet.</p>}
      </div>
      <div class="log-foot">
        <Button
          icon={isPaused ? "follow" : "pause"}
          label={isPaused ? (view.missed > 0 ? `Follow: ${count(view.missed)} more` : "Follow") : "Pause"}
          shortcut="f"
          onClick={() => dispatch({ type: "log", log: { type: "pause" } })}
        />
        <span class="dim">
          {isPaused ? "standing still" : "following"}, {plural(log.lines.length, "line")}
        </span>
      </div>
    </section>
  );
}

function LogTools({ pane: { log }, matches, index }: { pane: LogPane; matches: number; index: number }) {
  const { dispatch } = useTools();
  return (
    <div class="log-tools">
      <input
        id="search"
        type="search"
        placeholder="Search"
        aria-label="Search the log"
        title="Search the log (/)"
        autocomplete="off"
        value={log.search}
        onInput={({ currentTarget }) => dispatch({ type: "log", log: { type: "search", text: currentTarget.value } })}
        onKeyDown={(event) => {
          if (event.key === "Enter") dispatch({ type: "log", log: { type: "match", by: event.shiftKey ? 1 : -1 } });
        }}
      />
      <span class="matches dim" role="status">
        {log.search !== "" && (matches === 0 ? "no match" : `${index + 1} of ${matches}`)}
      </span>
      <Button
        bare
        icon="up"
        label="The match before"
        shortcut="N"
        disabled={matches === 0}
        onClick={() => dispatch({ type: "log", log: { type: "match", by: -1 } })}
      />
      <Button
        bare
        icon="down"
        label="The next match"
        shortcut="n"
        disabled={matches === 0}
        onClick={() => dispatch({ type: "log", log: { type: "match", by: 1 } })}
      />
      <input
        id="only"
        type="search"
        placeholder="Only lines with"
        aria-label="Show only lines with this"
        title="Show only lines with this (&)"
        autocomplete="off"
        value={log.only}
        onInput={({ currentTarget }) => dispatch({ type: "log", log: { type: "only", text: currentTarget.value } })}
      />
      <Button
        label={channelWords[log.options.channel]}
        shortcut="e"
        onClick={() => dispatch({ type: "log", log: { type: "channel" } })}
      />
      <Button
        label="Wrap"
        shortcut="w"
        pressed={log.options.wrap}
        onClick={() => dispatch({ type: "log", log: { type: "wrap" } })}
      />
      <Button
        label="Times"
        shortcut="T"
        pressed={log.options.times}
        onClick={() => dispatch({ type: "log", log: { type: "times" } })}
      />
    </div>
  );
}

interface LineProps {
  readonly line: LogLine;
  readonly search: string;
  readonly found: boolean;
  readonly merged: boolean;
  readonly times: boolean;
}

const LineOfLog = memo(function LineOfLog({ line, search, found, merged, times }: LineProps) {
  const [group = "", name = group] = line.id.split(":");
  return (
    <div class={`line ${line.channel} ${found ? "found" : ""}`} data-seq={line.seq}>
      {line.channel === "stderr" && <span class="sr">stderr: </span>}
      {times && <span class="line-time dim">{line.at === 0 ? "earlier " : `${clock(line.at)} `}</span>}
      {merged && <span class={`line-name hue-${hue(line.id)}`}>{displayName({ group, name })} </span>}
      <Painted line={clean(line.text)} search={search} />
    </div>
  );
});

/** Each program keeps its colour. */
function hue(id: string): number {
  let sum = 0;
  for (const character of id) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 9973;
  return sum % 6;
}
