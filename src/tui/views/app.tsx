/** The whole screen, drawn of the state. */
import { Box, Text } from "ink";
import type { Bindings } from "../state/bindings.ts";
import { isTooSmall, smallest } from "../state/layout.ts";
import type { State } from "../state/state.ts";
import { layoutFor } from "../state/wants.ts";
import { clip } from "../text/cells.ts";
import { paint } from "../text/paint.ts";
import type { Theme } from "../text/theme.ts";
import { DialogBox } from "./dialogs.tsx";
import { footerLine } from "./footer-line.ts";
import { headerLines } from "./header-lines.ts";
import { Painted } from "./painted.tsx";
import { DetailPane, Divider, EventsPane, LogPane, TablePane } from "./panes.tsx";

export interface AppProps {
  readonly state: State;
  readonly bindings: Bindings;
  readonly theme: Theme;
  /** This machine's clock, milliseconds since 1970. */
  readonly now: number;
}

export function App({ state, bindings, theme, now }: AppProps) {
  const { columns, rows } = state.size;
  if (isTooSmall(state)) {
    const text = `too small: ${smallest.columns}×${smallest.rows} is needed, this is ${columns}×${rows}`;
    return <Text>{clip(text, columns)}</Text>;
  }
  const { header, table, detail, log, events, footer } = layoutFor(state);
  const head = headerLines(state, columns, header.rows, now).map((line) => paint(line, theme));
  const isSplit = detail !== null && log !== null && detail.y === log.y;
  return (
    <Box width={columns} height={rows}>
      <Painted place={header} text={head.join("\n")} />
      {table === null ? null : <TablePane state={state} place={table} theme={theme} />}
      {detail === null ? null : <DetailPane state={state} place={detail} theme={theme} />}
      {isSplit ? <Divider place={{ ...log, x: log.x - 1, columns: 1 }} theme={theme} /> : null}
      {log === null ? null : <LogPane state={state} place={log} theme={theme} />}
      {events === null ? null : <EventsPane state={state} place={events} theme={theme} />}
      <Painted place={footer} text={paint(footerLine(state, bindings, columns), theme)} />
      {state.dialog === null ? null : (
        <DialogBox state={state} dialog={state.dialog} bindings={bindings} theme={theme} />
      )}
    </Box>
  );
}
