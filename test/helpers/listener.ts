/** Lists with test/fixtures/childutils-listener, and what that has written down: the events a real listener was sent. */
import { fixture, type TestDaemon } from "./daemon.ts";
import { until } from "./until.ts";

export interface HeardEvent {
  readonly headers: {
    readonly ver: string;
    readonly server: string;
    readonly serial: string;
    readonly pool: string;
    readonly poolserial: string;
    readonly eventname: string;
    readonly len: string;
  };
  /** One character per byte. */
  readonly payload: string;
  /** Of the listener. */
  readonly pid: number;
  /** State of the process that the event asked the listener to ask for. */
  readonly answer?: string;
}

/** The events in a file in the daemon's folder, in the order in which they were heard. */
export function heard(daemon: TestDaemon, file: string): HeardEvent[] {
  const lines = daemon.read(file).split("\n").slice(0, -1); // a last line without an end is still being written
  return lines.map((line) => JSON.parse(line) as HeardEvent);
}

/** Each event as `NAME payload`, for whole sequences. */
export const told = (daemon: TestDaemon, file: string): string[] =>
  heard(daemon, file).map(({ headers, payload }) => `${headers.eventname} ${payload}`);

/** The events' payloads as the bytes they were, decoded from UTF-8. */
export const texts = (daemon: TestDaemon, file: string): string[] =>
  heard(daemon, file).map(({ payload }) => Buffer.from(payload, "latin1").toString());

/** A pool of listeners that write what they hear into `%(here)s/FILE`. */
export function listener(name: string, events: string, { answers = "", keys = "" } = {}): string {
  return `[eventlistener:${name}]
command=${fixture("childutils-listener")} %(here)s/${name} ${answers}
events=${events}
startsecs=0
${keys}
`;
}

export const remote = (daemon: TestDaemon, kind: string, data: string): Promise<unknown> =>
  daemon.rpc("supervisor.sendRemoteCommEvent", kind, data);

/** Waits for so many events in that file. */
export const hears = (daemon: TestDaemon, file: string, count: number): Promise<unknown> =>
  until(`${file} has ${count} events`, () => heard(daemon, file).length >= count);
