/** `check [FILE]`: all that is wrong with a configuration file, found without a daemon. Exit status 2 if it has errors. */
import { hostname, tmpdir } from "node:os";
import { checkFile } from "../../config/check.ts";
import * as accounts from "../../system/accounts.ts";
import { parseCheck } from "../arguments.ts";
import { words } from "../names.ts";
import { exitStatus, type Session } from "../session.ts";

export async function run(session: Session, argument: string): Promise<undefined> {
  const parsed = parseCheck(words(argument));
  if (parsed.type === "shown") session.out.write(parsed.text);
  else if (parsed.type === "refused") session.fail(parsed.text, exitStatus.invalidArguments);
  else await check(session, parsed.value.file ?? session.configFile);
}

async function check(session: Session, file: string | null): Promise<void> {
  if (file === null) {
    session.fail(
      "Error: no configuration file is given, and none is where the daemon looks",
      exitStatus.invalidArguments,
    );
    return;
  }
  const surroundings = { env: process.env, cwd: process.cwd(), accounts, hostName: hostname(), tempDir: tmpdir() };
  const { text, exitCode } = await checkFile(file, surroundings);
  session.out.write(text);
  session.status = exitCode;
}
