/** What followers of logs and events are shown: each line of a life once and in order, each event once. */
import type { ChildProcess } from "node:child_process";

/** Lines of one writer, as they are followed. What is wrong, or null. */
export function troubleOfLines(name: string, text: string): string | null {
  const last = new Map<string, number>();
  for (const [line, life = "", digits = ""] of text.matchAll(new RegExp(`${name} (\\d+-\\d+) (\\d+) -{40}\\n`, "g"))) {
    const number = Number(digits);
    const before = last.get(life);
    if (before !== undefined && number !== before + 1) return `after line ${before} came ${line.trimEnd()}`;
    last.set(life, number);
  }
  return null;
}

/** Events as JSON, a line each. What is wrong, or null. */
export function troubleOfEvents(text: string): string | null {
  let last: number | null = null;
  for (const line of text.split("\n").slice(0, -1)) {
    const { serial, type } = JSON.parse(line);
    if (typeof serial !== "number") {
      if (type === "missed") last = null;
      continue;
    }
    if (last !== null && serial !== last + 1) return `after event ${last} came ${serial}`;
    last = serial;
  }
  return null;
}

/** All that it prints until it is told to end after a while. */
export async function printedWithin(child: ChildProcess, stayMs: number): Promise<string> {
  let text = "";
  child.stdout?.setEncoding("latin1").on("data", (more: string) => {
    text += more;
  });
  await new Promise((resolve) => setTimeout(resolve, stayMs));
  child.kill("SIGINT");
  if (child.exitCode === null && child.signalCode === null)
    await new Promise((resolve) => child.once("close", resolve));
  return text;
}
