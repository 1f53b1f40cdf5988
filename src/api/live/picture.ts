/**
 * The overview as it is pushed to pages, and what differs between two of them: most processes are as they were a second
 * ago, and are not told again. Pure.
 */
import type { XmlRpcStruct } from "../../protocol/xmlrpc.ts";
import type { Overview } from "../daemon.ts";
import { headStruct, processStruct } from "../overview.ts";

export interface Picture {
  /** What is true of the daemon and its container, as JSON. */
  readonly head: string;
  /** Each process as JSON, by `group:name`. */
  readonly processes: ReadonlyMap<string, string>;
}

export function pictureOf(overview: Overview): Picture {
  return {
    head: JSON.stringify(headStruct(overview)),
    processes: new Map(
      overview.processes.map((process) => [
        `${process.info.group}:${process.info.name}`,
        JSON.stringify(shown(processStruct(process))),
      ]),
    ),
  };
}

/** Without the column of `status`, which counts the seconds: a page counts them itself. */
const shown = ({ description: _, ...rest }: XmlRpcStruct): XmlRpcStruct => rest;

/** A message that tells everything. */
export const whole = ({ head, processes }: Picture): string =>
  `{"type":"all","head":${head},"processes":[${[...processes.values()].join(",")}]}`;

/** A message that tells what is not as it was. */
export function changes(before: Picture, { head, processes }: Picture): string {
  const changed = [...processes].filter(([id, process]) => before.processes.get(id) !== process);
  const gone = [...before.processes.keys()].filter((id) => !processes.has(id));
  return `{"type":"changes","head":${head},"processes":[${changed.map(([, process]) => process).join(",")}],"gone":${JSON.stringify(gone)}}`;
}
