/**
 * `tail -f` and `maintail -f`: what the daemon streams goes out as it comes, byte for byte, until Ctrl-C or the end of
 * the daemon, which is no failure to supervisorctl.
 */
import { ConnectionFailure, CutShort, Disconnected, HttpFailure } from "../client/failures.ts";
import { encodePath } from "../client/log-path.ts";
import { onInterrupt } from "./interrupts.ts";
import type { Session } from "./session.ts";

export const pressCtrlC = "==> Press Ctrl-C to exit <==";

export async function followLog(session: Session, path: string): Promise<void> {
  const abort = new AbortController();
  const release = onInterrupt(() => abort.abort());
  try {
    session.out.line(pressCtrlC);
    await stream(session, path, abort.signal);
  } catch (error) {
    if (!hasHungUp(error)) throw error;
    session.hint("the daemon has ended the connection");
  } finally {
    release();
  }
  if (abort.signal.aborted) session.out.line("");
}

const hasHungUp = (error: unknown): boolean =>
  error instanceof CutShort ||
  error instanceof Disconnected ||
  (error instanceof ConnectionFailure && error.code === "ECONNRESET");

/** Resolves when the stream ends or is aborted; that it cannot be had is told on standard error. */
export async function stream(session: Session, path: string, signal: AbortSignal): Promise<void> {
  try {
    await session.client.follow(encodePath(path), (bytes) => session.out.stream(bytes), signal);
  } catch (error) {
    if (!(error instanceof HttpFailure)) throw error;
    session.out.errorLine(`${session.serverUrl}${path} Cannot read, status code ${error.status}`);
  }
}
