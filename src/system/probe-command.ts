/** A health check that passes when a command ends with 0. */
import { describeExit } from "../core/announce.ts";
import type { CheckResult } from "../core/health.ts";
import { duration } from "../core/quantity.ts";
import { type Command, runCommand } from "./command.ts";
import { findExecutable } from "./executable.ts";
import { oneLine } from "./probe-trouble.ts";

/** So much of the end of what it writes is looked at for the report. */
const outputBytes = 1024;

/** Never rejects; resolves soon after `timeoutMs`, or after `signal`. A command that cannot be run tells nothing. */
export async function probeCommand(
  command: string,
  around: Omit<Command, "words" | "maxOutputBytes">,
): Promise<CheckResult> {
  const found = findExecutable(command, around.environment.PATH ?? "");
  if (!found.ok) return { outcome: "unknown", text: found.why };
  const { outcome, exit, output } = await runCommand({ ...around, words: found.argv, maxOutputBytes: outputBytes });
  const said = lastLine(output);
  const saying = said === "" ? "" : `: ${said}`;
  switch (outcome) {
    case "passed":
      return { outcome, text: said === "" ? "exit status 0" : said };
    case "failed":
      return { outcome, text: `${exit === null ? "failed" : describeExit(exit)}${saying}` };
    case "timedOut":
      return { outcome: "failed", text: `no end within ${duration(around.timeoutMs)}${saying}` };
    case "missing":
      return { outcome: "unknown", text: oneLine(output) };
    case "aborted":
      return { outcome: "unknown", text: "abandoned" };
  }
}

const lastLine = (text: string): string => oneLine(text.trimEnd().split("\n").at(-1) ?? "");
