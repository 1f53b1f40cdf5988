/** Lines in a place of their own: the one way in which anything gets on the screen. */
import { Box, Text } from "ink";
import { memo } from "react";
import type { Place } from "../state/layout.ts";

/** `lines`: painted, none wider than the place. All of a place is one text, which Ink lays out once. */
export const Painted = memo(function Painted({ place, text }: { readonly place: Place; readonly text: string }) {
  const { x, y, columns, rows } = place;
  return (
    <Box position="absolute" marginLeft={x} marginTop={y} width={columns} height={rows}>
      <Text wrap="truncate">{text}</Text>
    </Box>
  );
});
