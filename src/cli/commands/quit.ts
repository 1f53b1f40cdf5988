/** `quit`, `exit` and the end of input: leaves the shell. */
import type { Session } from "../session.ts";

export async function run(session: Session): Promise<"leave"> {
  session.out.line("");
  return "leave";
}
