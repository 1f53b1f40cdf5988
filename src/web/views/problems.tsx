/** What is wrong, first: each with its reason, and what can be done about it. */
import type { RemoteOverview, RemoteProgram } from "../../client/overview.ts";
import { failingTargets } from "../../core/diagnosis-targets.ts";
import { displayName, idOf } from "../../tui/state/state.ts";
import { gravity, isProblem, reasonOf, toneOf } from "../../tui/state/tone.ts";
import { cleanText } from "../../tui/text/clean.ts";
import { plural } from "../../tui/text/figures.ts";
import { hashOf } from "../state/route.ts";
import { useTools } from "./context.ts";
import { Sign } from "./icons.tsx";
import { Button } from "./parts.tsx";

const most = 3;

export function Problems({ overview, mayControl }: { overview: RemoteOverview; mayControl: boolean }) {
  const { dispatch } = useTools();
  const { now } = overview;
  const wrong = overview.processes
    .filter((program) => isProblem(program, now))
    .sort((a, b) => gravity[toneOf(a, now)] - gravity[toneOf(b, now)]);
  const targets = failingTargets(overview.logTargets);
  if (wrong.length === 0 && targets.length === 0) return null;
  return (
    <section class="problems" aria-label="What is wrong">
      <ul hidden={wrong.length === 0}>
        {wrong.slice(0, most).map((program) => (
          <Problem key={idOf(program)} program={program} now={now} mayControl={mayControl} />
        ))}
      </ul>
      {wrong.length > most && (
        <Button label={`and ${plural(wrong.length - most, "more")}`} onClick={() => dispatch({ type: "problems" })} />
      )}
      {targets.length > 0 && (
        <ul>
          {targets.map((text) => (
            <li key={text} class="warn">
              <Sign tone="warn" />
              <p>{cleanText(text)}</p>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Problem({ program, now, mayControl }: { program: RemoteProgram; now: number; mayControl: boolean }) {
  const { dispatch } = useTools();
  const id = idOf(program);
  const tone = toneOf(program, now);
  const isUp = program.state === "RUNNING" || program.state === "STARTING" || program.state === "BACKOFF";
  return (
    <li class={tone}>
      <Sign tone={tone} />
      <p>
        <a href={hashOf({ type: "program", id, tab: "overview" })}>{displayName(program)}</a>{" "}
        <span class="state">
          {program.state === "RUNNING" ? (tone === "warn" ? "recovering" : program.health) : program.state}
        </span>{" "}
        <span>{cleanText(reasonOf(program, now))}</span>
      </p>
      <span class="problem-buttons">
        <Button
          label="Log"
          onClick={() => {
            location.hash = hashOf({ type: "program", id, tab: "log" });
          }}
        />
        {mayControl && (
          <Button
            label={isUp ? "Restart" : "Start"}
            onClick={() => dispatch({ type: "ask", verb: isUp ? "restart" : "start", ids: [id] })}
          />
        )}
      </span>
    </li>
  );
}
