/** What every view may need, so that it is not handed through all of them. */
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Dispatch } from "../feed/store.ts";
import type { Samples } from "../state/samples.ts";

interface Tools {
  readonly dispatch: Dispatch;
  readonly samples: Samples;
}

export const ToolsContext = createContext<Tools | null>(null);

export function useTools(): Tools {
  const tools = useContext(ToolsContext);
  if (tools === null) throw new Error("this view is outside of the page");
  return tools;
}
