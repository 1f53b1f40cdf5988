/** Whose daemon this is, whether it answers, how many programs are how, and what the container uses of what it may. */
import type { RemoteOverview } from "../../client/overview.ts";
import { countTones, type Tone } from "../../tui/state/tone.ts";
import { bytes, clock, span as lasting, percent } from "../../tui/text/figures.ts";
import type { Connection, PageState } from "../state/page.ts";
import { useTools } from "./context.ts";
import { type IconName, Sign } from "./icons.tsx";
import { Button, Meter } from "./parts.tsx";
import type { Theme } from "./theme.ts";

interface HeaderProps {
  readonly state: PageState;
  readonly theme: Theme;
  readonly onTheme: () => void;
}

const themeIcons: Readonly<Record<Theme, IconName>> = { auto: "auto", light: "sun", dark: "moon" };

export function Header({ state, theme, onTheme }: HeaderProps) {
  const { overview, connection } = state;
  const { dispatch } = useTools();
  return (
    <header class="header">
      <div class="identity">
        <h1>
          <a href="#programs">{overview?.identifier ?? "spaced"}</a>
        </h1>
        <ConnectionState connection={connection} state={overview?.state ?? null} />
        {overview !== null && (
          <p class="dim">
            spaced {overview.version}, pid {overview.pid}, up {lasting(overview.now - overview.startedAt)}
          </p>
        )}
      </div>
      {overview !== null && <Meters overview={overview} />}
      <div class="header-buttons">
        {!state.mayControl && overview !== null && <span class="read-only">read-only</span>}
        <Button bare icon={themeIcons[theme]} label={`Colours: ${theme}`} shortcut="t" onClick={onTheme} />
        <Button
          bare
          icon="help"
          label="Keys"
          shortcut="?"
          onClick={() => dispatch({ type: "dialog", dialog: { type: "help" } })}
        />
      </div>
    </header>
  );
}

function ConnectionState({ connection, state }: { connection: Connection; state: string | null }) {
  if (connection.type === "live") {
    if (state === null || state === "RUNNING") return <span class="connection live">live</span>;
    return <span class="connection busy">{state.toLowerCase()}</span>;
  }
  if (connection.type === "lost")
    return <span class="connection lost">not connected since {clock(connection.since)}</span>;
  return <span class="connection busy">{connection.type === "paused" ? "paused" : "connecting"}</span>;
}

function Meters({ overview: { cpu, memory, pids, own } }: { overview: RemoteOverview }) {
  const whose = (ofMachine: boolean) => (ofMachine ? "of the machine" : "of the container");
  return (
    <div class="meters">
      <Meter
        label="CPU"
        text={`${cpu.usedPercent === null ? "-" : percent(cpu.usedPercent)} / ${Math.round(cpu.limitPercent)} %`}
        part={(cpu.usedPercent ?? 0) / cpu.limitPercent}
        title={`processor time ${whose(cpu.ofMachine)}; 100 % is one core; the daemon itself ${own.cpuPercent === null ? "-" : percent(own.cpuPercent)} %`}
      />
      <Meter
        label="Memory"
        text={`${bytes(memory.usedBytes)} / ${bytes(memory.limitBytes)}`}
        part={memory.usedBytes / memory.limitBytes}
        title={`memory ${whose(memory.ofMachine)}; the daemon itself ${bytes(own.memoryBytes)}`}
      />
      {pids !== null && (
        <Meter
          label="Tasks"
          text={pids.limit === null ? String(pids.used) : `${pids.used} / ${pids.limit}`}
          part={pids.limit === null ? 0 : pids.used / pids.limit}
          title="processes and threads of the container"
        />
      )}
    </div>
  );
}

const toneWords: readonly (readonly [Tone, string])[] = [
  ["bad", "failed"],
  ["warn", "recovering"],
  ["busy", "busy"],
  ["good", "running"],
  ["idle", "idle"],
];

export function Counts({ overview }: { overview: RemoteOverview }) {
  const counts = countTones(overview.processes, overview.now);
  return (
    <ul class="counts" aria-label="programs">
      {toneWords.map(
        ([tone, word]) =>
          counts[tone] > 0 && (
            <li key={tone} class={tone}>
              <Sign tone={tone} />
              <strong>{counts[tone]}</strong> {word}
            </li>
          ),
      )}
    </ul>
  );
}
