// SPDX-License-Identifier: Apache-2.0
/** A choice among what comes and goes on the ward: when the chosen one is gone, no other takes its place in silence. */
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { t } from '../messages/messages.ts';

interface ChoiceProps {
  readonly name: string;
  readonly options: readonly { readonly value: string; readonly words: string }[];
  readonly label: ComponentChildren;
  readonly autofocus?: boolean;
}

export function Choice({ name, options, label, autofocus }: ChoiceProps) {
  const [chosen, choose] = useState(options[0]?.value);
  const isThere = options.some(({ value }) => value === chosen);
  return (
    <label>
      {label}
      <select
        name={name}
        autofocus={autofocus}
        // The browser keeps the form back until the person has chosen again.
        required={!isThere}
        value={isThere ? chosen : ''}
        onChange={(event) => choose(event.currentTarget.value)}
      >
        {!isThere && <option value="">{t.dialog.chooseAgain}</option>}
        {options.map(({ value, words }) => (
          <option key={value} value={value}>
            {words}
          </option>
        ))}
      </select>
    </label>
  );
}
