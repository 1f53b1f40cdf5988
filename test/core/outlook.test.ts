import { describe, expect, test } from "vitest";
import { plainCare } from "../../src/core/care.ts";
import { outlook } from "../../src/core/outlook.ts";
import { code, killed, policy, world } from "./life-world.ts";

/** What is said of a life that has been through `inputs`. */
const said = (changes: Parameters<typeof world>[0], act: (w: ReturnType<typeof world>) => void): string => {
  const w = world(changes);
  act(w);
  return outlook(w.life(), { ...policy, ...changes }, w.now()).text;
};

describe("what happens next is told with its moment and its key", () => {
  const { restart } = plainCare;
  test.each<[string, string, Parameters<typeof world>[0], (w: ReturnType<typeof world>) => void]>([
    ["nothing was asked", "stays stopped until somebody starts it", {}, () => {}],
    ["STARTING", "counts as RUNNING in 1s (startsecs)", {}, (w) => w.feed({ type: "start" })],
    [
      "RUNNING",
      "keeps running",
      {},
      (w) => {
        w.feed({ type: "start" });
        w.after(2000);
      },
    ],
    [
      "BACKOFF",
      "is started again in 1s (try 2 of 4)",
      {},
      (w) => {
        w.feed({ type: "start" });
        w.feed(code(1));
      },
    ],
    [
      "STOPPING",
      "has been sent SIGTERM; SIGKILL in 10s (stopwaitsecs)",
      {},
      (w) => {
        w.feed({ type: "start" });
        w.feed({ type: "stop" });
      },
    ],
    [
      "EXITED with a delay",
      "is started again in 3s",
      { autorestart: "always", restart: { ...restart, delayMs: 3000 } },
      (w) => {
        w.feed({ type: "start" });
        w.after(2000);
        w.feed(code(0));
      },
    ],
    [
      "EXITED as expected",
      "stays down: autorestart=unexpected, and its exit code was expected",
      {},
      (w) => {
        w.feed({ type: "start" });
        w.after(2000);
        w.feed(code(0));
      },
    ],
    [
      "FATAL with retry_after",
      "is tried again in 5m8s (retry_after)",
      { startRetries: 0, salt: 0, restart: { ...restart, retryAfterMs: 300_000 } },
      (w) => {
        w.feed({ type: "start" });
        w.feed(code(1));
      },
    ],
    [
      "WAITING",
      "waits for db to be healthy; given up in 1m (start_timeout)",
      { prepares: true, prepareMs: 60_000 },
      (w) => {
        w.feed({ type: "start" });
        w.feed({ type: "held", why: "for db to be healthy" });
      },
    ],
    [
      "CLEANING",
      "waits until what it left behind has ended; is started again after that",
      {},
      (w) => {
        w.feed({ type: "start" });
        w.after(2000);
        w.feed(killed(9, true));
      },
    ],
    [
      "a oneshot that is done",
      "has done its work",
      { oneshot: true },
      (w) => {
        w.feed({ type: "start" });
        w.feed(code(0));
      },
    ],
  ])("%s: %s", (_, text, changes, act) => expect(said(changes, act)).toBe(text));
});
