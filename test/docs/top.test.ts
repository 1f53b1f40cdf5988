/** docs/top.md has the keys that there are, and a key file that works. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { topPage } from "../../scripts/top-keys.ts";
import { readScreen } from "../../src/config/screen.ts";
import { complaintsOf } from "../../src/tui/state/bindings.ts";
import { themeNames } from "../../src/tui/text/theme.ts";

const page = readFileSync(new URL("../../docs/top.md", import.meta.url), "utf8");

test("the keys are those of the table: run npm run schema", () => {
  expect(page).toBe(topPage(page));
});

test("its key file is one that is taken", async () => {
  const [, example = ""] = /```yaml\n(.*?)```/s.exec(page) ?? [];
  const settings = await readScreen(example);
  expect(settings).toMatchObject({ theme: "contrast", mouse: false, ascii: true });
  expect(themeNames).toContain(settings.theme);
  expect(complaintsOf(settings.keys)).toEqual([]);
});
