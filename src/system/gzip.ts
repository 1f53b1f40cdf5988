/** Bytes as gzip has them, by the threads of the runtime; a little larger than could be, and soon. */

/** In so large pieces: each takes a turn of the event loop. */
const chunkSize = 128 * 1024;

/** @throws Error also when no thread has had time for it within `limitMs` */
export function gzipped(bytes: Uint8Array, limitMs: number): Promise<Uint8Array> {
  const { gzip, constants } = process.getBuiltinModule("node:zlib");
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("no thread was free to compress")), limitMs);
    gzip(bytes, { level: constants.Z_BEST_SPEED, chunkSize }, (error, compressed) => {
      clearTimeout(timer);
      if (error === null) resolve(compressed);
      else reject(error);
    });
  });
}
