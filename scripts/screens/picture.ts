/**
 * Makes a picture of what a terminal shows: xterm.js, a real terminal, is given the screen in a browser and is
 * photographed, so that the picture has what a person would see, with its colours and frames.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Browser } from "playwright-core";

const css = readFileSync(fileURLToPath(import.meta.resolve("@xterm/xterm/css/xterm.css")), "utf8");
const code = fileURLToPath(import.meta.resolve("@xterm/xterm"));

/** Ground and edge of the picture; the colours of the terminal itself are xterm's. */
const style = `
  body { margin: 0; background: #16181d; display: inline-block; }
  #terminal { padding: 14px 16px; }
  .xterm-viewport { overflow: hidden !important; }
`;

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** A PNG. `screen` has one line per row, with escape sequences for looks. */
export async function terminalPicture(browser: Browser, screen: string, { columns, rows }: Size): Promise<Buffer> {
  const page = await browser.newPage({ deviceScaleFactor: 1.5, viewport: { width: columns * 12, height: rows * 24 } });
  try {
    await page.setContent(`<style>${css}${style}</style><div id="terminal"></div>`);
    await page.addScriptTag({ path: code });
    const text = screen.replace(/\n$/, "").replaceAll("\n", "\r\n");
    // A text, since the page's globals (Terminal, document) are not those of this program.
    await page.evaluate(`new Promise((resolve) => {
      const terminal = new Terminal({
        cols: ${columns}, rows: ${rows}, fontFamily: "DejaVu Sans Mono", fontSize: 13, cursorInactiveStyle: "none",
        theme: { background: "#16181d", foreground: "#d7dae0" },
      });
      terminal.open(document.getElementById("terminal"));
      terminal.write("\\x1b[?25l" + ${JSON.stringify(text)}, () => requestAnimationFrame(resolve));
    })`);
    return await page.locator("#terminal").screenshot({ type: "png" });
  } finally {
    await page.close();
  }
}
