/**
 * What the daemon tells the world, as data. Names and payloads for event listeners are derived from
 * these; the values (pid, tries) are those of the moment of the event.
 */
import type { ProcessState } from "./states.ts";

export type SupervisorEvent =
  | {
      readonly type: "process-state";
      readonly group: string;
      readonly process: string;
      readonly from: ProcessState;
      readonly to: ProcessState;
      /** 0 when there is no child. */
      readonly pid: number;
      /** Failed starts so far; counts in STARTING and BACKOFF. */
      readonly tries: number;
      /** For EXITED: whether the exit code is one of `exitcodes`. */
      readonly expected: boolean;
    }
  | { readonly type: "group-added" | "group-removed"; readonly group: string }
  | { readonly type: "supervisor-running" | "supervisor-stopping" }
  | { readonly type: "remote-communication"; readonly kind: string; readonly data: string }
  | {
      readonly type: "process-log";
      readonly group: string;
      readonly process: string;
      readonly pid: number;
      readonly channel: "stdout" | "stderr";
      readonly data: Uint8Array;
    };
