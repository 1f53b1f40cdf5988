/**
 * A deadline that is fair when we were late ourselves: a machine that stood still, or a container that is
 * held to a share of the processor. What has come in meanwhile is taken first; only then is it too late.
 */
export function deadline(ms: number, passed: () => void): () => void {
  let last: NodeJS.Immediate | null = null;
  const timer = setTimeout(() => {
    // Timers come before input in a turn of the loop, immediates behind it.
    last = setImmediate(passed);
  }, ms);
  return () => {
    clearTimeout(timer);
    if (last !== null) clearImmediate(last);
  };
}
