// SPDX-License-Identifier: Apache-2.0
/** One number with its label, unit and age. What is old or lost says so in words and form, never by colour alone. */
import { t } from '../messages/messages.ts';
import { ageWords } from '../model/age.ts';
import type { Cell } from '../model/cells.ts';

export function VitalCell({ cell }: { cell: Cell }) {
  const { vital, place, unit, measured, step, reason, ageMs, marks, more } = cell;
  const notes = [...marks.map((mark) => t.marks[mark]), ...(reason === null ? [] : [t.reasons[reason]])];
  return (
    <div class={`cell ${place} ${measured ? step : 'none'}`} data-vital={vital}>
      <dt>
        <span class="label">{t.vitals[vital] ?? vital}</span> <span class="unit">{unit}</span>{' '}
        {more > 0 && <span class="unit">{t.tile.more(more)}</span>}
      </dt>
      {measured && (
        <dd>
          <Value cell={cell} />
          <span class="foot">
            {notes.length > 0 && <span class="note">{notes.join(', ')}</span>}
            {ageMs !== null && <span class="age">{ageWords(ageMs, t.age)}</span>}
          </span>
        </dd>
      )}
    </div>
  );
}

function Value({ cell: { step, value, extra } }: { cell: Cell }) {
  if (value === null) {
    return (
      <span class="value">
        <span aria-hidden="true">---</span>
        <span class="unseen">{t.tile.noValue}</span>
      </span>
    );
  }
  return (
    <span class="value">
      {step === 'dimmed' && <span class="unseen">{t.tile.oldValue} </span>}
      {value} {extra !== null && <small>{extra}</small>}
    </span>
  );
}
