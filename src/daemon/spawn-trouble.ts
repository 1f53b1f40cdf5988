/** Why a program could not be started, in words that users of supervisord know. */

/** The reference's words, where it has them, for a spawn that failed before there was a child. */
export function spawnTrouble(name: string, at: "pipes" | "fork" | "limits", code: string): string {
  if (at === "limits") return code;
  if (at === "pipes")
    return code === "EMFILE"
      ? `too many open files to spawn '${name}'`
      : `unknown error making dispatchers for '${name}': ${code}`;
  return code === "EAGAIN"
    ? `Too many processes in process table to spawn '${name}'`
    : `unknown error during fork for '${name}': ${code}`;
}

/** `EMFILE`, or the message of an error that has no code. */
export const errorCode = (error: unknown): string =>
  (error as NodeJS.ErrnoException).code ?? (error instanceof Error ? error.message : String(error));
