/** Of the end of a program's stderr, the line that says most about why it ended. */
import { cleanText } from "../text/clean.ts";

/** Runtimes write where it happened behind what has happened, or that and their version. */
const telling = /error|exception|fatal|panic|refused|denied|fail|cannot|could not|unable|no such|not found|invalid/i;
const looked = 12;

/** "" when there is none. */
export function tellingLine(text: string): string {
  const lines = text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .slice(-looked);
  const found = lines.findLast((line) => /^\S/.test(line) && telling.test(line));
  return cleanText(found ?? lines.at(-1) ?? "").trim();
}
