// SPDX-License-Identifier: Apache-2.0
/** Says of readings that they are wrong: which, since when, why. The originals stay in the record, and so does this, also when it is taken back. */
import { useEffect, useRef } from 'preact/hooks';
import { t } from '../messages/messages.ts';
import { localInput, timeOfInput } from '../model/local-input.ts';
import { ProblemNote } from '../parts/problem-note.tsx';
import { useCommand } from '../parts/use-command.ts';
import { correctPath } from '../station-api.ts';

export const WHY_CHARACTERS_MAX = 200;
/** A first proposal around the chosen reading. */
const AROUND_MS = 30_000;
const REASONS = ['in-error', 'another-patient'] as const;

interface CorrectFormProps {
  readonly stay: string;
  readonly vital: string;
  /** The reading that was chosen when the form was opened. */
  readonly atMs: number;
  readonly done: () => void;
  readonly cancel: () => void;
}

export function CorrectForm({ stay, vital, atMs, done, cancel }: CorrectFormProps) {
  const command = useCommand(done);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const words = t.correct;
  const onSubmit = (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const text = (name: string) => String(form.get(name) ?? '');
    const range = { fromMs: timeOfInput(text('from'), atMs), toMs: timeOfInput(text('to'), atMs) + 999 };
    const which = text('which') === 'all' ? {} : { vital };
    command.run(correctPath(stay), { ...range, ...which, reason: text('reason'), why: text('why') });
  };
  return (
    <form class="proof" onSubmit={onSubmit}>
      <h4 ref={heading} tabIndex={-1}>
        {words.title}
      </h4>
      <p class="hint">{words.hint}</p>
      <label>
        {words.from}
        <input name="from" type="datetime-local" step="1" required defaultValue={localInput(atMs - AROUND_MS)} />
      </label>
      <label>
        {words.to}
        <input name="to" type="datetime-local" step="1" required defaultValue={localInput(atMs + AROUND_MS)} />
      </label>
      <label>
        {words.which}
        <select name="which">
          <option value="this">{words.only(t.vitals[vital] ?? vital)}</option>
          <option value="all">{words.all}</option>
        </select>
      </label>
      <label>
        {words.reason}
        <select name="reason">
          {REASONS.map((reason) => (
            <option key={reason} value={reason}>
              {words.reasons[reason]}
            </option>
          ))}
        </select>
      </label>
      <label>
        {words.why}
        <input name="why" required maxLength={WHY_CHARACTERS_MAX} autocomplete="off" />
      </label>
      <ProblemNote problem={command.problem} />
      <p class="choices">
        <button type="submit" class="primary" disabled={command.running}>
          {words.submit}
        </button>
        <button type="button" onClick={cancel}>
          {t.dialog.cancel}
        </button>
      </p>
    </form>
  );
}
