/**
 * The pictures of the README, in docs/screens: real captures of a real daemon with programs that do work and one that
 * fails (`npm run screenshots`). Needs tmux and Debian's Chromium.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { startBrowser } from "../test/helpers/browser.ts";
import { root } from "../test/helpers/daemon.ts";
import { openTmux, type Tmux } from "../test/helpers/tmux.ts";
import { type Size, terminalPicture } from "./screens/picture.ts";
import { openShop } from "./screens/shop.ts";

const folder = join(root, "docs/screens");
/** Until charts have something to show. */
const historyMs = 30_000;

const shop = await openShop();
const browser = await startBrowser();
try {
  mkdirSync(folder, { recursive: true });
  const { daemon } = shop;
  await daemon.reaches("mailer", "FATAL");
  await delay(historyMs);

  const terminal = async (name: string, size: Size, words: string, act: (tmux: Tmux) => Promise<unknown>) => {
    const tmux = await openTmux(`${root}bin/spacectl -c ${daemon.file} ${words}`, {
      ...size,
      env: { HOME: daemon.directory, COLORTERM: "truecolor", LANG: "C.UTF-8" },
    });
    try {
      await act(tmux);
      writeFileSync(join(folder, `${name}.png`), await terminalPicture(browser, await tmux.colours(), size));
      process.stdout.write(`docs/screens/${name}.png\n`);
    } finally {
      await tmux.end();
    }
  };

  await terminal("top", { columns: 140, rows: 32 }, "top", async (tmux) => {
    await tmux.shows("mailer");
    await delay(historyMs);
    await tmux.press("Home", "l", "m");
    await delay(8000);
  });
  await terminal("logs", { columns: 110, rows: 18 }, "logs -n 16 --no-pager", (tmux) => tmux.shows("added"));
  await terminal("events", { columns: 110, rows: 16 }, "events -n 14", (tmux) => tmux.shows("limit"));
  await terminal("why", { columns: 110, rows: 14 }, "why mailer", (tmux) => tmux.shows("refused"));

  const page = async (name: string, width: number, scheme: "dark" | "light", path: string) => {
    const view = await browser.newPage({
      viewport: { width, height: width > 600 ? 860 : 780 },
      deviceScaleFactor: 1.5,
      colorScheme: scheme,
    });
    await view.goto(`${shop.url}${path}`);
    await view.getByText("mailer").first().waitFor();
    await delay(historyMs);
    writeFileSync(join(folder, `${name}.png`), await view.screenshot({ type: "png" }));
    process.stdout.write(`docs/screens/${name}.png\n`);
    await view.close();
  };
  await Promise.all([
    page("page-dark", 1280, "dark", ""),
    page("page-light", 1280, "light", "#program/thumbnails:thumbnails"),
    page("page-phone", 390, "dark", ""),
  ]);
} finally {
  await browser.close();
  await shop.daemon.end();
}
