/**
 * Ink without a terminal: components go in, the text of a whole frame comes out. Who shows it decides how; so a frame
 * is the same on a screen, in a test and in a picture.
 *
 * Ink's own way to a terminal writes each frame whole and counts lines from where the cursor was; on a full screen that
 * flickers, and over a slow connection it lags. In its debug mode it hands out frames as they are.
 */
import { EventEmitter } from "node:events";
import { render } from "ink";
import type { AppProps } from "./views/app.tsx";
import { App } from "./views/app.tsx";

/** All that Ink wants of an output. */
class Sheet extends EventEmitter {
  readonly isTTY = true;
  columns = 80;
  rows = 24;
  frame = "";

  write(text: string): boolean {
    this.frame = text;
    return true;
  }
}

/** Nobody types here: keys are read elsewhere. */
class NoInput extends EventEmitter {
  readonly isTTY = false;
  setEncoding(): void {}
  setRawMode(): void {}
  ref(): void {}
  unref(): void {}
  read(): null {
    return null;
  }
}

export class Canvas {
  readonly #sheet = new Sheet();
  #ink: ReturnType<typeof render> | null = null;

  /** The frame: its lines, joined by line feeds. */
  draw(props: AppProps): string {
    const { columns, rows } = props.state.size;
    this.#sheet.columns = columns;
    this.#sheet.rows = rows;
    const app = <App {...props} />;
    if (this.#ink === null) {
      this.#ink = render(app, {
        stdout: this.#sheet as unknown as NodeJS.WriteStream,
        stderr: this.#sheet as unknown as NodeJS.WriteStream,
        stdin: new NoInput() as unknown as NodeJS.ReadStream,
        debug: true,
        patchConsole: false,
        exitOnCtrlC: false,
      });
    } else this.#ink.rerender(app);
    return this.#sheet.frame;
  }

  close(): void {
    this.#ink?.unmount();
  }
}
