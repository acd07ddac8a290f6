// SPDX-License-Identifier: Apache-2.0
/** A native modal dialog: the browser keeps the focus inside, closes it on Escape and gives the focus back. */
import type { ComponentChildren } from 'preact';
import { useId, useLayoutEffect, useRef } from 'preact/hooks';
import { t } from '../messages/messages.ts';
import { ProblemNote } from './problem-note.tsx';
import type { CommandState } from './use-command.ts';

interface DialogProps {
  readonly title: string;
  readonly close: () => void;
  readonly command?: CommandState;
  readonly wide?: boolean;
  readonly children: ComponentChildren;
}

export function Dialog({ title, close, command, wide, children }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  /** Taken away by its page, not closed by the person: nothing to tell. */
  const replaced = useRef(false);
  const id = useId();
  // Before the paint: one dialog may follow another, and Escape between the two would close neither.
  useLayoutEffect(() => {
    const element = dialog.current;
    element?.showModal();
    // Closing before the element goes is what gives the focus back to the tile.
    return () => {
      replaced.current = true;
      element?.close();
    };
  }, []);
  return (
    <dialog ref={dialog} class={wide ? 'wide' : ''} aria-labelledby={id} onClose={() => replaced.current || close()}>
      <div class="dialog-head">
        <h2 id={id}>{title}</h2>
        <button type="button" class="quiet" onClick={close}>
          {t.dialog.close}
        </button>
      </div>
      {(command?.confirm ?? null) === null && children}
      <ProblemNote problem={command?.problem ?? null} />
      {command && command.confirm !== null && (
        <p class="choices">
          <button type="button" class="primary" disabled={command.running} onClick={command.confirm}>
            {t.dialog.reuseYes}
          </button>
          <button type="button" onClick={command.forget}>
            {t.dialog.cancel}
          </button>
        </p>
      )}
    </dialog>
  );
}
