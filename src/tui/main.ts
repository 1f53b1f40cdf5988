/** The door to the screen: what the command needs of it. Bundled by itself, as it is large and most runs need none. */
import { commands } from "./state/commands.ts";

export { complaintsOf } from "./state/bindings.ts";
export { still } from "./still.ts";
export { knowsOnlyAscii } from "./terminal/ascii.ts";
export { themeNames } from "./text/theme.ts";
export { top } from "./top.ts";

export const commandIds: readonly string[] = commands.map(({ id }) => id);
