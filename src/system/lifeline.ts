/**
 * Node ends when nothing is left to wait for, and signals do not count: a daemon without a server whose programs are all
 * at rest would end by itself. An open port of a channel counts, and costs no timer and no descriptor.
 */

/** Keeps the process alive until it is cut. */
export function lifeline(): { cut(): void } {
  const { port1 } = new MessageChannel();
  port1.ref();
  return { cut: () => port1.close() };
}
