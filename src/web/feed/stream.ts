/**
 * A stream of server-sent events that is opened again when it has broken off. An EventSource would by itself, but gives
 * up for good when the daemon answers with an error, and does not tell how long it has been waiting.
 */
import { type Struct, struct } from "../../client/replies.ts";

const firstRetryMs = 500;
const longestRetryMs = 5000;
/** The daemon tells something each second: where nothing comes for so long, nobody is there any more. */
const silenceMs = 15_000;

interface Hearing {
  /** Whether silence is a sign that it is broken. */
  readonly talkative: boolean;
  message(message: Struct): void;
  lost(why: string): void;
}

/** Returns what ends it. */
export function listen(address: string, { talkative, message, lost }: Hearing): () => void {
  let source: EventSource | null = null;
  let timer = 0;
  let retryMs = firstRetryMs;
  const again = (why: string) => {
    source?.close();
    lost(why);
    clearTimeout(timer);
    timer = window.setTimeout(open, retryMs);
    retryMs = Math.min(longestRetryMs, retryMs * 1.7);
  };
  const watch = () => {
    clearTimeout(timer);
    if (talkative) timer = window.setTimeout(() => again("it has fallen silent"), silenceMs);
  };
  const open = () => {
    const opened = new EventSource(address);
    source = opened;
    watch();
    opened.onmessage = ({ data }) => {
      if (source !== opened) return;
      retryMs = firstRetryMs;
      watch();
      message(struct(JSON.parse(data)));
    };
    opened.onerror = () => {
      if (source === opened)
        again(opened.readyState === EventSource.CLOSED ? "it refuses to answer" : "there is no connection");
    };
  };
  open();
  return () => {
    clearTimeout(timer);
    source?.close();
    source = null;
  };
}
