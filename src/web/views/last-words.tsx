/** The last lines that a program with a problem has written: mostly they say what it is. */
import { useEffect, useState } from "preact/hooks";
import type { RemoteProgram } from "../../client/overview.ts";
import { idOf } from "../../tui/state/state.ts";
import { clean } from "../../tui/text/clean.ts";
import { remote } from "../feed/remote.ts";
import { hashOf } from "../state/route.ts";
import { Painted } from "./painted.tsx";

const bytesAsked = 4096;
const linesShown = 8;

interface Words {
  readonly channel: string;
  readonly lines: readonly string[];
}

export function LastWords({ program }: { program: RemoteProgram }) {
  const [words, setWords] = useState<Words | null>(null);
  const id = idOf(program);
  const { stdout, stderr } = program.logs;
  useEffect(() => {
    let wanted = true;
    void lastWords(id, { stdout, stderr }).then((found) => {
      if (wanted) setWords(found);
    });
    return () => {
      wanted = false;
    };
    // Each end brings new ones.
  }, [id, program.endedAt, program.starts, stdout, stderr]);
  if (words === null || words.lines.length === 0) return null;
  return (
    <section class="last-words">
      <h3>
        Last words on {words.channel} <a href={hashOf({ type: "program", id, tab: "log" })}>whole log</a>
      </h3>
      <pre>
        {words.lines.map((line, index) => (
          <div key={index}>
            <Painted line={clean(line)} />
          </div>
        ))}
      </pre>
    </section>
  );
}

/** Of stderr where there is something on it, else of stdout. */
async function lastWords(id: string, logs: Pick<RemoteProgram["logs"], "stdout" | "stderr">): Promise<Words | null> {
  for (const channel of ["stderr", "stdout"] as const) {
    if (!logs[channel]) continue;
    const method = channel === "stderr" ? "supervisor.tailProcessStderrLog" : "supervisor.tailProcessStdoutLog";
    try {
      const [text] = (await remote.call(method, [id, 0, bytesAsked])) as [unknown];
      const lines = String(text).trimEnd().split("\n").slice(-linesShown);
      if (lines.some((line) => line !== "")) return { channel, lines };
    } catch {
      // There is none, or the daemon is away.
    }
  }
  return null;
}
