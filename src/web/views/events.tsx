/** The timeline: what has happened, latest first, by day. */

import type { Told } from "../../tui/state/happenings.ts";
import { moment } from "../../tui/text/figures.ts";
import { hashOf } from "../state/route.ts";
import { Sign } from "./icons.tsx";

interface EventListProps {
  readonly told: readonly Told[];
  readonly now: number;
  /** Whether each says of which program it is. */
  readonly named: boolean;
}

export function EventList({ told, now, named }: EventListProps) {
  if (told.length === 0) return <p class="empty">Nothing has happened that the daemon remembers.</p>;
  return (
    <ol class="events">
      {told.map(({ serial, at, id, name, what, why, tone }) => (
        <li key={serial} class={tone}>
          <time dateTime={new Date(at).toISOString()}>{moment(at, now)}</time>
          <Sign tone={tone} />
          <p>
            {named && name !== "" && (
              <strong>
                {id === null ? name : <a href={hashOf({ type: "program", id, tab: "overview" })}>{name}</a>}{" "}
              </strong>
            )}
            <span class="what">{what}</span>
            {why !== "" && <span class="dim"> {why}</span>}
          </p>
        </li>
      ))}
    </ol>
  );
}
