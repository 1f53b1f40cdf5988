/** Small things of which the page is made. */
import type { ComponentChildren } from "preact";
import type { Tone } from "../../tui/state/tone.ts";
import { Icon, type IconName } from "./icons.tsx";

interface ButtonProps {
  readonly label: string;
  readonly icon?: IconName;
  /** Only the icon is seen; the label is read out. */
  readonly bare?: boolean;
  readonly shortcut?: string;
  readonly kind?: "primary" | "danger";
  readonly pressed?: boolean;
  readonly disabled?: boolean;
  readonly onClick: () => void;
}

export function Button({ label, icon, bare, shortcut, kind, pressed, disabled, onClick }: ButtonProps) {
  const title = shortcut === undefined ? label : `${label} (${shortcut})`;
  return (
    <button
      type="button"
      class={`button ${bare ? "bare" : ""} ${kind ?? ""}`}
      title={bare || shortcut ? title : undefined}
      aria-label={bare ? label : undefined}
      aria-pressed={pressed}
      disabled={disabled}
      onClick={(event) => {
        event.stopPropagation();
        onClick();
      }}
    >
      {icon && <Icon name={icon} />}
      {!bare && <span>{label}</span>}
    </button>
  );
}

export function Chip({ tone, children }: { tone: Tone; children: ComponentChildren }) {
  return <span class={`chip ${tone}`}>{children}</span>;
}

interface MeterProps {
  readonly label: string;
  readonly text: string;
  /** 0 to 1; more is shown as full. */
  readonly part: number;
  readonly title?: string;
}

/** A bar that is full at its limit. */
export function Meter({ label, text, part, title }: MeterProps) {
  const width = Math.round(Math.max(0, Math.min(1, part)) * 100);
  const load = part >= 0.95 ? "bad" : part >= 0.8 ? "warn" : "";
  return (
    <div class="meter" title={title}>
      <span class="meter-label">{label}</span>
      <span class="meter-text">{text}</span>
      <Bar width={width} load={load} />
    </div>
  );
}

/** `width`: percent. */
export function Bar({ width, load }: { width: number; load: string }) {
  return (
    <svg class={`bar ${load}`} viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
      <rect class="bar-ground" width="100" height="4" />
      <rect class="bar-fill" width={width} height="4" />
    </svg>
  );
}
