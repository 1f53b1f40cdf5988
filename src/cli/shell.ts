/** The interactive shell: the status of everything, then a command per line, until the user leaves. */
import { execute } from "./interpreter.ts";
import { onInterrupt } from "./interrupts.ts";
import { Interrupted } from "./prompter.ts";
import type { Session } from "./session.ts";

/** Resolves when the user leaves by `quit`, `exit`, Ctrl-C or the end of input. Throws `OutputClosed`. */
export async function shell(session: Session, prompt: string): Promise<void> {
  try {
    let input = "status";
    while ((await interruptible(execute(session, input))) !== "leave") {
      // Not kept while the user thinks: the daemon may be another one by then.
      session.disconnect();
      const answer = await session.prompter.ask(`${prompt}> `, "command");
      if (answer.type === "interrupt") throw new Interrupted();
      input = answer.type === "line" ? answer.text : "EOF";
    }
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    session.out.line("");
  }
}

/** Ctrl-C leaves the shell even while a command waits for the daemon, unless the command hears it itself. */
function interruptible<T>(work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const release = onInterrupt(() => reject(new Interrupted()));
    work.then(resolve, reject).finally(release);
  });
}
