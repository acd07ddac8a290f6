// SPDX-License-Identifier: Apache-2.0
/** Says of readings that they are wrong: which, since when, why. The originals stay in the record, and so does this, also when it is taken back. */
import { t } from '../messages/messages.ts';
import { localInput, timeOfInput } from '../model/local-input.ts';
import { correctPath } from '../station-api.ts';
import { WhyForm } from './why-form.tsx';

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
  const words = t.correct;
  const fieldsOf = (form: FormData) => {
    const text = (name: string) => String(form.get(name) ?? '');
    const range = { fromMs: timeOfInput(text('from'), atMs), toMs: timeOfInput(text('to'), atMs) + 999 };
    return { ...range, ...(text('which') === 'all' ? {} : { vital }), reason: text('reason') };
  };
  const frame = { title: words.title, hint: words.hint, submit: words.submit, path: correctPath(stay) };
  return (
    <WhyForm {...frame} fieldsOf={fieldsOf} done={done} cancel={cancel}>
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
    </WhyForm>
  );
}
