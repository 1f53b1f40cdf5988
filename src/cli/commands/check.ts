/**
 * `check [FILE]`: all that is wrong with a configuration file, found without a daemon. Exit status 2 if it has errors.
 *
 * With --json: `file`, `ok`, `groups` and `processes` (null for a list that is refused), and `findings`, each with
 *   severity         `error` or `warning`
 *   file             as it was named, here or by an include
 *   line, column     from 1, of what is marked; a column counts UTF-16 units
 *   length           how much of the line is marked
 *   section, key     as the ini form names them, whatever the form of the file; null when it is about neither
 *   message          what is wrong
 *   hint             what was probably meant; null when that is not known
 */
import { type Checked, checkFile } from "../../config/check.ts";
import { type CheckArguments, parseCheck } from "../arguments.ts";
import { printJson } from "../listing.ts";
import { words } from "../names.ts";
import { exitStatus, type Session } from "../session.ts";
import { surroundings } from "../surroundings.ts";

export async function run(session: Session, argument: string): Promise<undefined> {
  const parsed = parseCheck(words(argument));
  if (parsed.type === "shown") session.out.write(parsed.text);
  else if (parsed.type === "refused") session.fail(parsed.text, exitStatus.invalidArguments);
  else await check(session, parsed.value);
}

async function check(session: Session, { file: named, json }: CheckArguments): Promise<void> {
  session.machineReadable = json;
  const file = named ?? session.configFile;
  if (file === null) {
    session.fail(
      "Error: no configuration file is given, and none is where the daemon looks",
      exitStatus.invalidArguments,
    );
    return;
  }
  const checked = await checkFile(file, surroundings());
  if (json) printJson(session, asData(file, checked));
  else session.out.write(checked.text);
  session.status = checked.exitCode;
}

const asData = (file: string, { complaints, size, exitCode }: Checked) => ({
  file,
  ok: exitCode === 0,
  groups: size?.groups ?? null,
  processes: size?.processes ?? null,
  findings: complaints.map(({ severity, file: at, line, column, length, section, key, message, hint }) => ({
    severity,
    file: at,
    line,
    column,
    length,
    section,
    key,
    message,
    hint,
  })),
});
