/** A start that cannot succeed: shown as one line, exit status 2, nothing left running. */
export class StartError extends Error {
  override readonly name = "StartError";
}
