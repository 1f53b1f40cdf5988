/** The words for a probe that could not connect, and whether that says anything of the program. */
import { getSystemErrorMap } from "node:util";
import type { CheckResult } from "../core/health.ts";

/** Our own shortage, which a restart of the program would not mend. */
const ours = new Set(["EMFILE", "ENFILE", "ENOMEM", "ENOBUFS", "EADDRNOTAVAIL", "EAGAIN"]);

export function connectionTrouble(where: string, error: NodeJS.ErrnoException): CheckResult {
  const { code, errno } = error;
  const known = errno === undefined ? undefined : getSystemErrorMap().get(errno)?.[1];
  const why = code === "ECONNREFUSED" ? "connection refused" : known || error.message || code || "failed";
  return { outcome: ours.has(code ?? "") ? "unknown" : "failed", text: oneLine(`${where}: ${why}`) };
}

/** At most so many characters of what others have written are told. */
const longestText = 200;

/** What a server or a command has written, as part of one line. */
export const oneLine = (text: string): string =>
  text
    .slice(0, longestText * 4)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what has to go
    .replace(/[\u0000-\u0020\u007f-\u009f]+/g, " ")
    .trim()
    .slice(0, longestText);
