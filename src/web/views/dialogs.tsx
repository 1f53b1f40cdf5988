/** Questions, menus and the list of keys: the browser's own dialogs, which keep the focus and end with Escape. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { signals } from "../../tui/state/orders.ts";
import type { Dialog } from "../state/page.ts";
import { useTools } from "./context.ts";
import { keyTable } from "./keys.ts";
import { Button } from "./parts.tsx";

export function Dialogs({ dialog }: { dialog: Dialog | null }) {
  const { dispatch } = useTools();
  if (dialog === null) return null;
  const close = () => dispatch({ type: "dialog", dialog: null });
  switch (dialog.type) {
    case "confirm":
      return (
        <Frame title={dialog.question} onClose={close}>
          <ul class="dialog-lines">
            {dialog.lines.map((line) => (
              <li key={line}>{line}</li>
            ))}
          </ul>
          <div class="dialog-buttons">
            <Button label="No" onClick={close} />
            <Button
              label="Yes"
              kind={dialog.request.type === "restart" ? "primary" : "danger"}
              onClick={() => dispatch({ type: "request", request: dialog.request })}
            />
          </div>
        </Frame>
      );
    case "signal":
      return (
        <Frame title={`Send a signal to ${dialog.what}`} onClose={close}>
          <ul class="menu">
            {signals.map(([signal, purpose]) => (
              <li key={signal}>
                <button
                  type="button"
                  onClick={() => dispatch({ type: "request", request: { type: "signal", signal, ids: dialog.ids } })}
                >
                  <strong>{signal}</strong> <span class="dim">{purpose}</span>
                </button>
              </li>
            ))}
          </ul>
          <div class="dialog-buttons">
            <Button label="Cancel" onClick={close} />
          </div>
        </Frame>
      );
    case "stdin":
      return <Input ids={dialog.ids} what={dialog.what} onClose={close} />;
    case "scale":
      return <Scale program={dialog.program} copies={dialog.copies} onClose={close} />;
    case "help":
      return (
        <Frame title="Keys" onClose={close} wide>
          <div class="help">
            {keyTable.map(([title, keys]) => (
              <section key={title}>
                <h3>{title}</h3>
                <dl>
                  {keys.map(([key, what]) => (
                    <div class="fact" key={key}>
                      <dt>
                        {key.split(" ").map((each) => (
                          <kbd key={each}>{each}</kbd>
                        ))}
                      </dt>
                      <dd>{what}</dd>
                    </div>
                  ))}
                </dl>
              </section>
            ))}
          </div>
          <div class="dialog-buttons">
            <Button label="Close" onClick={close} />
          </div>
        </Frame>
      );
  }
}

interface FrameProps {
  readonly title: string;
  readonly wide?: boolean;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}

function Frame({ title, wide, onClose, children }: FrameProps) {
  const element = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const dialog = element.current;
    const before = document.activeElement;
    dialog?.showModal();
    return () => {
      dialog?.close();
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={element}
      class={wide ? "wide" : ""}
      aria-labelledby="dialog-title"
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={({ target, currentTarget }) => target === currentTarget && onClose()}
    >
      <div class="dialog-body">
        <h2 id="dialog-title">{title}</h2>
        {children}
      </div>
    </dialog>
  );
}

function Input({ ids, what, onClose }: { ids: readonly string[]; what: string; onClose: () => void }) {
  const { dispatch } = useTools();
  const [text, setText] = useState("");
  return (
    <Frame title={`Write to the standard input of ${what}`} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          dispatch({ type: "request", request: { type: "stdin", text: `${text}\n`, ids } });
        }}
      >
        <input
          type="text"
          aria-label="One line"
          autocomplete="off"
          spellcheck={false}
          value={text}
          onInput={({ currentTarget }) => setText(currentTarget.value)}
        />
        <p class="dim">The end of the line is added.</p>
        <div class="dialog-buttons">
          <Button label="Cancel" onClick={onClose} />
          <button type="submit" class="button primary">
            Write
          </button>
        </div>
      </form>
    </Frame>
  );
}

const mostCopies = 1000;

function Scale({ program, copies, onClose }: { program: string; copies: number; onClose: () => void }) {
  const { dispatch } = useTools();
  const [text, setText] = useState(String(copies));
  return (
    <Frame title={`How many copies of ${program}?`} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          dispatch({ type: "scale", program, copies: Number(text) });
        }}
      >
        <input
          type="number"
          aria-label="Copies"
          min={1}
          max={mostCopies}
          required
          value={text}
          onInput={({ currentTarget }) => setText(currentTarget.value)}
        />
        <p class="dim">
          There are {copies}. The number holds until it is edited in the program list, or the daemon ends.
        </p>
        <div class="dialog-buttons">
          <Button label="Cancel" onClick={onClose} />
          <button type="submit" class="button primary">
            Scale
          </button>
        </div>
      </form>
    </Frame>
  );
}
