/** Tells when nobody has seen the page for a while, and when somebody sees it again. */

/** Who looks at another page for a moment finds this one as it was left. */
const graceMs = 60_000;

interface Watcher {
  hidden(): void;
  shown(): void;
}

export function watchVisibility({ hidden, shown }: Watcher): void {
  let timer = 0;
  document.addEventListener("visibilitychange", () => {
    clearTimeout(timer);
    if (document.visibilityState === "hidden") timer = window.setTimeout(hidden, graceMs);
    else shown();
  });
}
