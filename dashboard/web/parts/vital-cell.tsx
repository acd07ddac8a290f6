// SPDX-License-Identifier: Apache-2.0
/** One number with its label, unit and age. What is old or lost says so in words and form, never by colour alone. */
import { t } from '../messages/messages.ts';
import { ageWords } from '../model/age.ts';
import type { Cell } from '../model/cells.ts';

export function VitalCell({ cell }: { cell: Cell }) {
  const { vital, place, unit, measured, step, reason, ageMs, marks, more } = cell;
  const label = t.vitals[vital] ?? vital;
  const notes = [...marks.map((mark) => t.marks[mark]), ...(reason === null ? [] : [t.reasons[reason]])];
  if (more > 0) notes.push(t.tile.more(more));
  return (
    <div class={`cell ${place} ${measured ? step : 'none'}`} data-vital={vital}>
      <dt>
        <span class="label">{label}</span> <span class="unit">{unit}</span>
      </dt>
      {measured && (
        <dd>
          <span class="age">{ageMs === null ? '' : ageWords(ageMs, t.age)}</span>
          <Value cell={cell} />
          {notes.length > 0 && <span class="note">{notes.join(', ')}</span>}
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
