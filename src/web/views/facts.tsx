/** The reason for the state of a program first, then what it uses, how it has ended before, and what lives of it. */
import type { ComponentChildren } from "preact";
import type { RemoteProgram } from "../../client/overview.ts";
import type { RemoteEnd, RemoteReport } from "../../client/report.ts";
import { idOf } from "../../tui/state/state.ts";
import { howItEnded, isProblem, reasonOf, toneOf } from "../../tui/state/tone.ts";
import { cleanText } from "../../tui/text/clean.ts";
import { bytes, span as lasting, moment, percent, plural, restartsTold } from "../../tui/text/figures.ts";
import { Chart } from "./chart.tsx";
import { useTools } from "./context.ts";
import { LastWords } from "./last-words.tsx";
import { Meter } from "./parts.tsx";

const chartMs = 10 * 60_000;

interface FactsProps {
  readonly program: RemoteProgram;
  readonly now: number;
  readonly report: RemoteReport | null;
}

export function Facts({ program, now, report }: FactsProps) {
  const { samples } = useTools();
  const { limits } = program;
  const id = idOf(program);
  const cpu = samples.points(id, "cpu", chartMs);
  const memory = samples.points(id, "memory", chartMs);
  const wrong = isProblem(program, now);
  return (
    <div class="facts">
      <Sentence program={program} now={now} />
      {wrong && <LastWords program={program} />}
      {cpu.length > 0 && (
        <div class="charts">
          <Chart title="CPU" kind="cpu" now={now} limit={limits.cpuPercent} points={cpu} />
          <Chart
            title="Memory"
            kind="memory"
            now={now}
            limit={limits.memoryBytes ?? limits.memoryHardBytes}
            points={memory}
          />
        </div>
      )}
      <Limits program={program} />
      <dl>
        <Fact label="Process id">{program.pid === 0 ? "none" : program.pid}</Fact>
        <Fact label="Starts">{starts(program)}</Fact>
        <Fact label="Health">{health(program)}</Fact>
        {program.limits.maxRuntimeMs !== null && (
          <Fact label="Longest run">{lasting(program.limits.maxRuntimeMs)}</Fact>
        )}
        {program.counts !== null && program.counts.stdoutBytes + program.counts.stderrBytes > 0 && (
          <Fact label="Has written">
            {bytes(program.counts.stdoutBytes)} to stdout, {bytes(program.counts.stderrBytes)} to stderr
          </Fact>
        )}
        {report?.nextRun != null && <Fact label="Next run">{moment(report.nextRun, now)}</Fact>}
        {report !== null && (
          <>
            <Fact label="Command">
              <code>{cleanText(report.command)}</code>
            </Fact>
            {report.directory !== null && (
              <Fact label="Directory">
                <code>{cleanText(report.directory)}</code>
              </Fact>
            )}
            {report.uid !== null && <Fact label="User id">{report.uid}</Fact>}
          </>
        )}
      </dl>
      {report !== null && report.ends.length > 0 && <Ends ends={report.ends} now={now} />}
      {report !== null && report.living.length > 0 && <Living report={report} />}
    </div>
  );
}

function Fact({ label, children }: { label: string; children: ComponentChildren }) {
  return (
    <div class="fact">
      <dt>{label}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Sentence({ program, now }: { program: RemoteProgram; now: number }) {
  const since = program.pid === 0 ? program.endedAt : program.startedAt;
  const reason = cleanText(reasonOf(program, now));
  const tone = toneOf(program, now);
  const wrong = isProblem(program, now);
  return (
    <div class={`sentence is-${tone}`}>
      <p>
        <strong>{program.state}</strong>
        {since > 0 && ` for ${lasting(now - since)}`}
        {reason !== "" && (wrong || program.pid === 0) && <span class="why">: {reason}</span>}
      </p>
      <p class="dim">It {cleanText(program.next)}.</p>
      {reason !== "" && !wrong && program.pid !== 0 && <p class="dim">Last end: {reason}.</p>}
    </div>
  );
}

function starts({ starts, counts }: RemoteProgram): string {
  const again = restartsTold(counts?.restarts ?? {});
  const failed = counts !== null && counts.startFailures > 0 ? plural(counts.startFailures, "failed start") : "";
  const notes = [again === "" ? "" : `restarts: ${again}`, failed].filter(Boolean).join("; ");
  return notes === "" ? String(starts) : `${starts} (${notes})`;
}

function health({ health: status, ready, failures, lastCheck, state }: RemoteProgram): string {
  if (status === "none") return state === "RUNNING" ? (ready ? "ready, not checked" : "not ready yet") : "not checked";
  const note = failures > 0 ? `, ${plural(failures, "failed check")}` : "";
  return status + note + (lastCheck === null ? "" : `: ${cleanText(lastCheck.text)} (${lastCheck.tookMs} ms)`);
}

function Limits({ program: { limits, usage } }: { program: RemoteProgram }) {
  const used = usage?.memoryBytes ?? 0;
  const rows: [string, string, number][] = [];
  if (limits.memoryBytes !== null)
    rows.push(["Memory limit", `${bytes(used)} / ${bytes(limits.memoryBytes)}`, used / limits.memoryBytes]);
  if (limits.memoryHardBytes !== null)
    rows.push(["Hard limit", `${bytes(used)} / ${bytes(limits.memoryHardBytes)}`, used / limits.memoryHardBytes]);
  if (limits.cpuPercent !== null) {
    const cpu = usage?.cpuPercent ?? 0;
    rows.push(["CPU limit", `${percent(cpu)} / ${limits.cpuPercent} %`, cpu / limits.cpuPercent]);
  }
  if (rows.length === 0) return null;
  return (
    <div class="limits">
      {rows.map(([label, text, part]) => (
        <Meter key={label} label={label} text={text} part={part} />
      ))}
    </div>
  );
}

function Ends({ ends, now }: { ends: readonly RemoteEnd[]; now: number }) {
  return (
    <section>
      <h3>Last ends</h3>
      <table class="small">
        <thead>
          <tr>
            <th scope="col">When</th>
            <th scope="col">After</th>
            <th scope="col">How</th>
            <th scope="col" class="number">
              Memory
            </th>
          </tr>
        </thead>
        <tbody>
          {ends.map((end) => (
            <tr key={end.endedAt}>
              <td class="nowrap dim">{moment(end.endedAt, now)}</td>
              <td class="nowrap">
                {end.code === null && end.signal === null ? "-" : lasting(end.endedAt - end.startedAt)}
              </td>
              <td class={end.expected || end.cause !== null ? "" : "warn"}>
                {cleanText(howItEnded({ lastEnd: end }))}
              </td>
              <td class="number dim">{end.memoryBytes === null ? "" : bytes(end.memoryBytes)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Living({ report: { living } }: { report: RemoteReport }) {
  return (
    <section>
      <h3>Processes</h3>
      <table class="small">
        <thead>
          <tr>
            <th scope="col" class="number">
              PID
            </th>
            <th scope="col" class="number">
              CPU %
            </th>
            <th scope="col" class="number">
              Memory
            </th>
            <th scope="col">Command</th>
          </tr>
        </thead>
        <tbody>
          {living.map(({ pid, command, leftBehind, memoryBytes, cpuPercent }) => (
            <tr key={pid}>
              <td class="number dim">{pid}</td>
              <td class="number">{cpuPercent === null ? "" : percent(cpuPercent)}</td>
              <td class="number">{memoryBytes === null ? "" : bytes(memoryBytes)}</td>
              <td>
                <code>{cleanText(command)}</code>
                {leftBehind && <span class="warn"> left behind</span>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
