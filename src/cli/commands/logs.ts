/**
 * `logs [NAMES]`: the output of processes, of both channels, from all the files it is kept in, in the order of time. The
 * daemon hands out bytes; lines are put together, chosen and merged here.
 */
import { HttpFailure } from "../../client/failures.ts";
import { listLogs } from "../../client/logs.ts";
import type { LogsArguments } from "../arguments.ts";
import type { Command } from "../commands.ts";
import { onInterrupt } from "../interrupts.ts";
import { everything, type Library, lastLines, wholeBook } from "../logs/history.ts";
import type { Line, Wish } from "../logs/line.ts";
import { momentOf, NoMoment } from "../logs/moment.ts";
import { type Paper, pagedPaper, pagerOf, plainPaper } from "../logs/pager.ts";
import { Printer } from "../logs/printer.ts";
import { type Selection, select } from "../logs/source.ts";
import type { Member } from "../names.ts";
import { chosen } from "../reports.ts";
import { exitStatus, type Session } from "../session.ts";
import { upcheck } from "../upcheck.ts";

/** Of each process, when nothing is said of how much. */
const usualLines = 10;

export async function run(session: Session, argument: string, command: Command): Promise<undefined> {
  const given = await argumentsOf(session, argument, command);
  if (given === null) return;
  const pattern = patternOf(session, given);
  if (pattern === "wrong") return;
  if (!(await upcheck(session))) return;
  const before = session.status;
  const members = given.names.length === 0 ? null : await chosen(session, given.names);
  if (members?.length === 0 || session.status !== before) return;
  const first = await listed(session);
  if (first === null) return;
  const wish = wishOf(session, given, pattern, first.now);
  if (wish === null) return;
  const selection = select(first.logs, members, given.channel);
  tellSilent(session, selection);
  const library: Library = { client: session.client, wish, note: (text) => note(session, text) };
  const printer = new Printer(
    { ...given, colours: hasColours(), prefix: given.prefix },
    first.logs.flatMap(({ users }) => users.map(({ program }) => program)),
  );
  printer.fit(selection.sources);
  const limit = given.lines === "all" ? null : (given.lines ?? (hasSpan(given) ? null : usualLines));
  if (given.follow) await followed(session, given, library, printer, limit, first.now);
  else if (selection.sources.length === 0) session.status = exitStatus.generic;
  else await shown(session, given, library, printer, selection, limit);
}

/** null when the user has been told what is wrong, or shown the help asked for. */
async function argumentsOf(session: Session, argument: string, { name }: Command): Promise<LogsArguments | null> {
  const { parseLogs } = await import("../arguments.ts");
  const parsed = parseLogs(await session.wordsOf(name, argument));
  if (parsed.type === "parsed") {
    session.machineReadable = true;
    return parsed.value;
  }
  if (parsed.type === "shown") session.out.write(parsed.text);
  else {
    session.machineReadable = true;
    session.fail(parsed.text, exitStatus.invalidArguments);
  }
  return null;
}

async function listed(session: Session) {
  try {
    return await listLogs(session.client);
  } catch (error) {
    if (!(error instanceof HttpFailure) || error.status !== notFound) throw error;
    session.fail(
      "Error: the daemon does not tell that: it is supervisord, or an older spaced; use tail",
      exitStatus.wrongApi,
    );
    return null;
  }
}

const notFound = 404;

function patternOf(session: Session, { grep, ignoreCase }: LogsArguments): RegExp | null | "wrong" {
  if (grep === null) return null;
  const flags = ignoreCase ? "i" : "";
  try {
    return new RegExp(grep, flags);
  } catch (error) {
    session.fail(`error: --grep: ${(error as Error).message}`, exitStatus.invalidArguments);
    return "wrong";
  }
}

const hasSpan = ({ since, until, grep }: LogsArguments): boolean => since !== null || until !== null || grep !== null;

/** null, and the user told so, when a moment is none. */
function wishOf(
  session: Session,
  { since, until, channel }: LogsArguments,
  pattern: RegExp | null,
  now: number,
): Wish | null {
  try {
    const wish = {
      since: since === null ? null : momentOf(since, now),
      until: until === null ? null : momentOf(until, now),
      channel,
      pattern,
    };
    if (wish.since !== null && wish.until !== null && wish.since > wish.until)
      throw new NoMoment("--since is later than --until");
    return wish;
  } catch (error) {
    if (!(error instanceof NoMoment)) throw error;
    session.fail(`error: ${error.message}`, exitStatus.invalidArguments);
    return null;
  }
}

function tellSilent(session: Session, { silent }: Selection): void {
  for (const [why, names] of silent) note(session, `nothing of ${names.join(", ")}: ${why}`);
}

const note = (session: Session, text: string): void => session.out.errorLine(`==> ${text} <==`);

const hasColours = (): boolean =>
  process.stdout.isTTY === true && (process.env.NO_COLOR ?? "") === "" && process.env.TERM !== "dumb";

async function shown(
  session: Session,
  given: LogsArguments,
  library: Library,
  printer: Printer,
  { sources }: Selection,
  limit: number | null,
): Promise<void> {
  const paper = paperFor(session, given);
  const print = async (lines: readonly Line[]): Promise<void> => {
    if (lines.length > 0) await paper.write(printer.print(lines));
  };
  if (limit !== null) {
    const books = sources.map((source) => ({ source, end: null }));
    await print((await lastLines(library, books, limit, false)).lines);
  } else
    for await (const lines of everything(
      library,
      sources.map((source) => wholeBook(source, library.wish)),
    )) {
      await print(lines);
      if (paper.closed) break;
    }
  await paper.end();
}

function paperFor(session: Session, { pager }: LogsArguments): Paper {
  const { stdout } = process;
  const chosen = pager && stdout.isTTY ? pagerOf(process.env) : null;
  return chosen === null
    ? plainPaper(session.out)
    : pagedPaper(session.out, chosen, { columns: stdout.columns || 80, rows: stdout.rows || 24 });
}

async function followed(
  session: Session,
  given: LogsArguments,
  library: Library,
  printer: Printer,
  limit: number | null,
  startedMs: number,
): Promise<void> {
  const { follow } = await import("../logs/following.ts");
  const abort = new AbortController();
  const release = onInterrupt(() => abort.abort());
  let isFirst = true;
  const again = async () => {
    const members: readonly Member[] | null =
      given.names.length === 0 ? null : isFirst ? await chosen(session, given.names) : await remaining(session, given);
    isFirst = false;
    const { sources } = select((await listLogs(session.client)).logs, members, given.channel);
    printer.fit(sources);
    return sources;
  };
  try {
    await follow({
      library,
      select: again,
      show: (lines) => session.out.stream(printer.print(lines)),
      limit,
      startedMs,
      signal: abort.signal,
    });
  } finally {
    release();
  }
  if (process.stdout.isTTY) session.out.line("");
}

/** Those that there are now: nobody is told again what there is not. */
async function remaining(session: Session, { names }: LogsArguments): Promise<readonly Member[]> {
  const { status } = session;
  const found = await chosen(session, names);
  session.status = status;
  return found;
}
