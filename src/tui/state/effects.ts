/** What the reducer asks to be done outside of it. Outcomes come back as actions. */

/** Something that processes are asked for. Ids are `group:name`. */
export type Request =
  | { readonly type: "start" | "stop" | "restart" | "clear"; readonly ids: readonly string[] }
  | { readonly type: "signal"; readonly signal: string; readonly ids: readonly string[] }
  | { readonly type: "stdin"; readonly text: string; readonly ids: readonly string[] };

export type Effect =
  | { readonly type: "request"; readonly job: number; readonly request: Request }
  /** Another number of processes of a program, by its section's name. */
  | { readonly type: "scale"; readonly job: number; readonly program: string; readonly copies: number }
  /** Asks for an overview now. */
  | { readonly type: "refresh" }
  | { readonly type: "redraw" }
  | { readonly type: "suspend" }
  | { readonly type: "quit" };
