/** `completion bash|zsh|fish`: the script that makes TAB complete what follows this program's name in that shell. */
import { calledAs } from "../../system/called.ts";
import { shells } from "../choices.ts";
import { completionScripts } from "../completion-scripts.ts";
import { words } from "../names.ts";
import { exitStatus, type Session } from "../session.ts";

export async function run(session: Session, argument: string): Promise<undefined> {
  session.machineReadable = true;
  const given = words(argument);
  const shell = shells.find((each) => each === given[0]);
  if (shell === undefined || given.length > 1)
    return session.fail(
      `error: completion needs the name of a shell: ${shells.join(", ")}`,
      exitStatus.invalidArguments,
    );
  session.out.write(completionScripts[shell](calledAs("spacectl")));
}
