// SPDX-License-Identifier: Apache-2.0
/** A form that puts something said of readings on record: its fields, and why, in words. The reader's focus starts at its title. */
import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { t } from '../messages/messages.ts';
import { ProblemNote } from '../parts/problem-note.tsx';
import { useCommand } from '../parts/use-command.ts';

const WHY_CHARACTERS_MAX = 200;

interface WhyFormProps {
  readonly title: string;
  readonly hint: string;
  readonly submit: string;
  /** Path of the command, and its fields but for `why`. */
  readonly path: string;
  readonly fieldsOf: (form: FormData) => Readonly<Record<string, unknown>>;
  readonly done: () => void;
  readonly cancel: () => void;
  readonly children?: ComponentChildren;
}

export function WhyForm({ title, hint, submit, path, fieldsOf, done, cancel, children }: WhyFormProps) {
  const command = useCommand(done);
  const heading = useRef<HTMLHeadingElement>(null);
  // Before the paint: later it would take the focus from a field that the person has reached by then.
  useLayoutEffect(() => heading.current?.focus(), []);
  const onSubmit = (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    command.run(path, { ...fieldsOf(form), why: String(form.get('why') ?? '') });
  };
  return (
    <form class="proof" onSubmit={onSubmit}>
      <h4 ref={heading} tabIndex={-1}>
        {title}
      </h4>
      <p class="hint">{hint}</p>
      {children}
      <label>
        {t.correct.why}
        <input name="why" required maxLength={WHY_CHARACTERS_MAX} autocomplete="off" />
      </label>
      <ProblemNote problem={command.problem} />
      <p class="choices">
        <button type="submit" class="primary" disabled={command.running}>
          {submit}
        </button>
        <button type="button" onClick={cancel}>
          {t.dialog.cancel}
        </button>
      </p>
    </form>
  );
}
