/** The programs: one row for each process, groups that fold. What has not changed is not drawn again. */

import { useRef } from "preact/hooks";
import type { RemoteProgram } from "../../client/overview.ts";
import { type Row, rowsOf } from "../../tui/state/rows.ts";
import { displayName, idOf, type Sort } from "../../tui/state/state.ts";
import { countTones, isProblem, reasonOf, type Tone, toneOf } from "../../tui/state/tone.ts";
import { cleanText } from "../../tui/text/clean.ts";
import { bytes, span as lasting, percent } from "../../tui/text/figures.ts";
import type { PageState } from "../state/page.ts";
import { programsOf } from "../state/reduce.ts";
import { hashOf } from "../state/route.ts";
import { Spark } from "./chart.tsx";
import { useTools } from "./context.ts";
import { Icon, Sign } from "./icons.tsx";
import { memo } from "./memo.ts";
import { Bar, Button, Chip } from "./parts.tsx";
import { useSeen } from "./seen.ts";

const columns: readonly (readonly [label: string, name: string, sort?: Sort])[] = [
  ["Name", "name", "name"],
  ["State", "state", "state"],
  ["PID", "pid"],
  ["Uptime", "uptime", "uptime"],
  ["Starts", "starts", "starts"],
  ["CPU %", "cpu", "cpu"],
  ["Memory", "memory", "memory"],
  ["Reason", "reason"],
];

/** How often the charts of rows go on. */
const tickMs = 4000;

/** Whole minutes when it is more than one, so that a row has not to be drawn again each second. */
function uptimeOf(ms: number): string {
  return lasting(ms >= 60_000 && ms < 3_600_000 ? Math.floor(ms / 60_000) * 60_000 : ms).replace(/(\dm)00s$/, "$1");
}

export function Table({ state }: { state: PageState }) {
  const { dispatch } = useTools();
  const { overview, table, mayControl, jobs, place } = state;
  const body = useRef<HTMLTableSectionElement>(null);
  const rows = overview === null ? [] : rowsOf(overview, table);
  const seen = useSeen(body, rows.length);
  if (overview === null) return null;
  const busy = new Set(jobs.flatMap(({ ids }) => ids));
  const shown = rows.flatMap(programsOf);
  const tick = Math.floor(overview.now / tickMs);
  const all = shown.length > 0 && shown.every((id) => table.marked.has(id));
  return (
    <div class="table-frame">
      <table class={`programs ${mayControl ? "" : "read"}`}>
        <thead>
          <tr>
            {mayControl && (
              <th class="c-mark" scope="col">
                <input
                  type="checkbox"
                  aria-label="Mark all that are shown"
                  title="Mark all that are shown (a)"
                  checked={all}
                  onChange={() => dispatch({ type: "mark", ids: "shown", marked: !all })}
                />
              </th>
            )}
            {columns.map(([label, name, sort]) => (
              <Heading key={name} label={label} name={name} sort={sort} state={state} />
            ))}
            {mayControl && (
              <th class="c-actions" scope="col">
                <span class="sr">Actions</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody ref={body}>
          {rows.map((row, index) =>
            row.type === "group" ? (
              <GroupRow
                key={`group ${row.id}`}
                row={row}
                now={overview.now}
                marked={row.members.length > 0 && row.members.every((each) => table.marked.has(idOf(each)))}
                selected={table.selected === row.id}
                mayControl={mayControl}
              />
            ) : (
              <ProgramRow
                key={row.id}
                program={row.program}
                inGroup={row.inGroup}
                tone={toneOf(row.program, overview.now)}
                reason={cleanText(reasonOf(row.program, overview.now))}
                uptime={row.program.pid === 0 ? "" : uptimeOf(overview.now - row.program.startedAt)}
                wrong={isProblem(row.program, overview.now)}
                marked={table.marked.has(row.id)}
                selected={table.selected === row.id}
                open={place.type === "program" && place.id === row.id}
                busy={busy.has(row.id)}
                mayControl={mayControl}
                tick={row.program.usage === null || index < seen.from || index > seen.to ? 0 : tick}
              />
            ),
          )}
        </tbody>
      </table>
      {rows.length === 0 && (
        <p class="empty">
          {overview.processes.length === 0
            ? "There are no programs."
            : table.problems
              ? "All programs are as they should be."
              : "No program has these words."}
        </p>
      )}
    </div>
  );
}

interface HeadingProps {
  readonly label: string;
  readonly name: string;
  readonly sort: Sort | undefined;
  readonly state: PageState;
}

function Heading({ label, name, sort, state: { table } }: HeadingProps) {
  const { dispatch } = useTools();
  const isSorted = sort !== undefined && sort === table.sort;
  // Names go up, all else begins with the largest.
  const isUp = (sort === "name") !== table.reversed;
  return (
    <th class={`c-${name}`} scope="col" aria-sort={isSorted ? (isUp ? "ascending" : "descending") : undefined}>
      {sort === undefined ? (
        label
      ) : (
        <button type="button" class="heading" onClick={() => dispatch({ type: "sort", sort })}>
          {label}
          {isSorted && <Icon name={isUp ? "up" : "down"} />}
        </button>
      )}
    </th>
  );
}

interface ProgramRowProps {
  readonly program: RemoteProgram;
  readonly inGroup: boolean;
  readonly tone: Tone;
  readonly reason: string;
  readonly uptime: string;
  readonly wrong: boolean;
  readonly marked: boolean;
  readonly selected: boolean;
  readonly open: boolean;
  readonly busy: boolean;
  readonly mayControl: boolean;
  /** Its charts are drawn again when this changes. */
  readonly tick: number;
}

const ProgramRow = memo(function ProgramRow(props: ProgramRowProps) {
  const { program, inGroup, tone, reason, uptime, wrong, marked, selected, open, busy, mayControl, tick } = props;
  const { dispatch, samples } = useTools();
  const id = idOf(program);
  const name = displayName(program);
  const { usage } = program;
  const go = () => {
    location.hash = hashOf({ type: "program", id, tab: "overview" });
  };
  return (
    <tr
      class={`program is-${tone} ${selected ? "selected" : ""} ${marked ? "marked" : ""} ${open ? "open" : ""} ${inGroup ? "member" : ""}`}
      data-id={id}
      onClick={go}
    >
      {mayControl && (
        <td class="c-mark" onClick={(event) => event.stopPropagation()}>
          <input
            type="checkbox"
            aria-label={`Mark ${name}`}
            checked={marked}
            onChange={() => dispatch({ type: "mark", ids: [id] })}
          />
        </td>
      )}
      <th class="c-name" scope="row">
        <a href={hashOf({ type: "program", id, tab: "overview" })} onClick={(event) => event.stopPropagation()}>
          <Sign tone={tone} />
          <span>{inGroup ? program.name : name}</span>
        </a>
      </th>
      <td class="c-state">
        <Chip tone={tone}>{busy ? "WORKING" : program.state}</Chip>
        {program.health !== "none" && <span class={`health ${program.health}`}>{program.health}</span>}
      </td>
      <td class="c-pid number dim">{program.pid === 0 ? "" : program.pid}</td>
      <td class="c-uptime number">{uptime}</td>
      <td class="c-starts number">{program.starts === 0 ? "" : program.starts}</td>
      <td class="c-cpu number">
        {usage !== null && (
          <span class="figure">
            <Spark samples={samples} id={id} kind="cpu" now={tick * tickMs} />
            <span>{percent(usage.cpuPercent)}</span>
          </span>
        )}
      </td>
      <td class="c-memory number">{usage !== null && <Memory program={program} id={id} tick={tick} />}</td>
      <td class={`c-reason ${wrong ? tone : "dim"}`} title={reason}>
        {reason}
      </td>
      {mayControl && (
        <td class="c-actions">
          <Actions program={program} name={name} busy={busy} />
        </td>
      )}
    </tr>
  );
});

function Memory({ program: { usage, limits }, id, tick }: { program: RemoteProgram; id: string; tick: number }) {
  const { samples } = useTools();
  if (usage === null) return null;
  const limit = limits.memoryBytes ?? limits.memoryHardBytes;
  const part = limit === null ? 0 : usage.memoryBytes / limit;
  return (
    <span class="figure" title={limit === null ? undefined : `${Math.round(part * 100)} % of ${bytes(limit)}`}>
      {limit === null ? (
        <Spark samples={samples} id={id} kind="memory" now={tick * tickMs} />
      ) : (
        <Bar width={Math.round(Math.min(1, part) * 100)} load={part >= 0.95 ? "bad" : part >= 0.8 ? "warn" : ""} />
      )}
      <span>{bytes(usage.memoryBytes)}</span>
    </span>
  );
}

/** Whether it can be stopped: it has a child, or will have one by itself. */
export const isUp = ({ state, dueMs }: RemoteProgram): boolean =>
  ["RUNNING", "STARTING", "BACKOFF", "STOPPING"].includes(state) || dueMs !== null;

function Actions({ program, name, busy }: { program: RemoteProgram; name: string; busy: boolean }) {
  const { dispatch } = useTools();
  const ids = [idOf(program)];
  const up = isUp(program);
  return (
    <span class="row-buttons">
      {up && (
        <Button
          bare
          icon="restart"
          label={`Restart ${name}`}
          disabled={busy}
          onClick={() => dispatch({ type: "ask", verb: "restart", ids })}
        />
      )}
      <Button
        bare
        icon={up ? "stop" : "start"}
        label={`${up ? "Stop" : "Start"} ${name}`}
        disabled={busy}
        onClick={() => dispatch({ type: "ask", verb: up ? "stop" : "start", ids })}
      />
    </span>
  );
}

interface GroupRowProps {
  readonly row: Extract<Row, { type: "group" }>;
  readonly now: number;
  readonly marked: boolean;
  readonly selected: boolean;
  readonly mayControl: boolean;
}

const sumOf = (members: readonly RemoteProgram[], key: "cpuPercent" | "memoryBytes"): number =>
  members.reduce((sum, { usage }) => sum + (usage?.[key] ?? 0), 0);

function GroupRow({ row, now, marked, selected, mayControl }: GroupRowProps) {
  const { dispatch } = useTools();
  const { group, members, folded } = row;
  const counts = countTones(members, now);
  const up = members.filter(({ state }) => state === "RUNNING").length;
  const ids = members.map(idOf);
  return (
    <tr class={`group ${selected ? "selected" : ""}`} data-id={row.id}>
      {mayControl && (
        <td class="c-mark">
          <input
            type="checkbox"
            aria-label={`Mark all of ${group}`}
            checked={marked}
            onChange={() => dispatch({ type: "mark", ids })}
          />
        </td>
      )}
      <th class="c-name" scope="row">
        <button type="button" class="fold" aria-expanded={!folded} onClick={() => dispatch({ type: "fold", group })}>
          <Icon name={folded ? "unfold" : "fold"} />
          <span>{group}</span>
        </button>
      </th>
      <td class="c-state">
        <span class="group-state">
          <span class={counts.good === members.length ? "good" : "dim"}>
            {up} of {members.length} up
          </span>
          {counts.bad > 0 && <span class="bad">{counts.bad} failed</span>}
          {counts.warn > 0 && <span class="warn">{counts.warn} recovering</span>}
        </span>
      </td>
      <td class="c-pid" />
      <td class="c-uptime" />
      <td class="c-starts" />
      <td class="c-cpu number dim">{up > 0 && percent(sumOf(members, "cpuPercent"))}</td>
      <td class="c-memory number dim">{up > 0 && bytes(sumOf(members, "memoryBytes"))}</td>
      <td class="c-reason" />
      {mayControl && (
        <td class="c-actions">
          <span class="row-buttons">
            <Button
              bare
              icon="restart"
              label={`Restart all of ${group}`}
              onClick={() => dispatch({ type: "ask", verb: "restart", ids })}
            />
            <Button
              bare
              icon={up > 0 ? "stop" : "start"}
              label={`${up > 0 ? "Stop" : "Start"} all of ${group}`}
              onClick={() => dispatch({ type: "ask", verb: up > 0 ? "stop" : "start", ids })}
            />
          </span>
        </td>
      )}
    </tr>
  );
}
