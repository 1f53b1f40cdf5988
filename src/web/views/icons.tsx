/** Signs, drawn: they look the same everywhere, and take the colour of the text beside them. */
import type { Tone } from "../../tui/state/tone.ts";

const paths = {
  start: "M5 3.5v9l7.5-4.5z",
  stop: "M4 4h8v8H4z",
  restart: "M12.6 6.2A5 5 0 1 0 13 8.4M13 3v3.4H9.6",
  log: "M3 4h10M3 8h10M3 12h6",
  more: "M3.5 8h.01M8 8h.01M12.5 8h.01",
  close: "M4 4l8 8M12 4l-8 8",
  fold: "M5.5 6.5 8 9l2.5-2.5",
  unfold: "M6.5 5.5 9 8l-2.5 2.5",
  back: "M9.5 3.5 5 8l4.5 4.5",
  sun: "M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM8 1.5v1.2M8 13.3v1.2M1.5 8h1.2M13.3 8h1.2M3.4 3.4l.9.9M11.7 11.7l.9.9M12.6 3.4l-.9.9M4.3 11.7l-.9.9",
  moon: "M13 9.6A5.5 5.5 0 1 1 6.4 3a4.4 4.4 0 0 0 6.6 6.6z",
  auto: "M8 2.5a5.5 5.5 0 1 0 0 11zM8 2.5a5.5 5.5 0 0 1 0 11",
  help: "M6 6.2a2 2 0 1 1 2.6 1.9c-.4.2-.6.5-.6 1v.4M8 11.8h.01",
  pause: "M5.5 4v8M10.5 4v8",
  follow: "M8 3v9M4.5 8.5 8 12l3.5-3.5",
  up: "M8 12.5v-9M4.5 7 8 3.5 11.5 7",
  down: "M8 3.5v9M4.5 9 8 12.5 11.5 9",
} as const;

export type IconName = keyof typeof paths;

const filled: readonly IconName[] = ["start", "stop"];

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class={`icon ${filled.includes(name) ? "filled" : ""}`} viewBox="0 0 16 16" aria-hidden="true">
      <path d={paths[name]} />
    </svg>
  );
}

const signs: Readonly<Record<Tone, string>> = {
  good: "M8 3.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9z",
  busy: "M8 3.2A4.8 4.8 0 1 0 12.8 8",
  warn: "M8 2.6 14 13H2zM8 6.5v3M8 11.2h.01",
  bad: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zM5.8 5.8l4.4 4.4M10.2 5.8l-4.4 4.4",
  idle: "M8 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8z",
};

/** Tones differ in shape, not only in colour. */
export function Sign({ tone }: { tone: Tone }) {
  return (
    <svg class={`sign ${tone}`} viewBox="0 0 16 16" aria-hidden="true">
      <path d={signs[tone]} />
    </svg>
  );
}
