/** What a test opens and nobody closes when it fails: daemons and terminals. */
import { afterEach } from "vitest";

interface Endable {
  end(): Promise<unknown>;
}

/** Ends what it is given after each test of the file, the latest first. */
export function endedAfterEach(): <T extends Endable>(opened: T) => T {
  const open: Endable[] = [];
  afterEach(async () => {
    for (const each of open.splice(0).reverse()) await each.end();
  });
  return (opened) => {
    open.push(opened);
    return opened;
  };
}
