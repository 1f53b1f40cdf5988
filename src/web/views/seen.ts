/** Which rows of a table are in the window, or near it: only theirs need to be drawn in full. */
import type { RefObject } from "preact";
import { useEffect, useState } from "preact/hooks";

interface Range {
  readonly from: number;
  readonly to: number;
}

/** More rows than those in the window: who scrolls a little sees them at once. */
const margin = 20;

export function useSeen(body: RefObject<HTMLElement | null>, count: number): Range {
  const [range, setRange] = useState<Range>({ from: 0, to: 2 * margin });
  useEffect(() => {
    const look = () => {
      const place = body.current?.getBoundingClientRect();
      if (place === undefined || place.height === 0) return;
      const each = place.height / Math.max(1, count);
      const from = Math.floor((-place.top / each - margin) / margin) * margin;
      const to = Math.ceil(((window.innerHeight - place.top) / each + margin) / margin) * margin;
      setRange((before) => (before.from === from && before.to === to ? before : { from, to }));
    };
    look();
    window.addEventListener("scroll", look, { passive: true });
    window.addEventListener("resize", look);
    return () => {
      window.removeEventListener("scroll", look);
      window.removeEventListener("resize", look);
    };
  }, [body, count]);
  return range;
}
