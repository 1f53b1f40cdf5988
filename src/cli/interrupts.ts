/**
 * Who hears Ctrl-C (SIGINT) at the moment: the latest who asked for it, nobody else. While nobody
 * has, it ends the program, as signals do.
 */

const listeners: (() => void)[] = [];

/** Returns what stops listening. */
export function onInterrupt(listener: () => void): () => void {
  if (listeners.length === 0) process.on("SIGINT", tellLatest);
  listeners.push(listener);
  return () => {
    const at = listeners.lastIndexOf(listener);
    if (at === -1) return;
    listeners.splice(at, 1);
    if (listeners.length === 0) process.off("SIGINT", tellLatest);
  };
}

function tellLatest(): void {
  listeners.at(-1)?.();
}
