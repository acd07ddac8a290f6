// SPDX-License-Identifier: Apache-2.0
/** Language and units of this browser. */
import { chooseLanguage, LANGUAGES, language, t } from '../messages/messages.ts';
import { UNIT_CHOICES, unitWords } from '../model/display-units.ts';
import { chooseUnit, units } from '../preferences.ts';
import { Dialog } from './dialog.tsx';

const QUANTITIES = Object.keys(UNIT_CHOICES) as (keyof typeof UNIT_CHOICES)[];

export function SettingsDialog({ close }: { close: () => void }) {
  return (
    <Dialog title={t.settings.title} close={close}>
      <form>
        <label>
          {t.settings.language}
          <select value={language} onChange={(event) => chooseLanguage(event.currentTarget.value)}>
            {Object.entries(LANGUAGES).map(([key, messages]) => (
              <option key={key} value={key} lang={key}>
                {messages.language}
              </option>
            ))}
          </select>
        </label>
        <p class="hint">{t.settings.units}</p>
        {QUANTITIES.map((quantity) => (
          <label key={quantity}>
            {t.settings.quantities[quantity]}
            <select
              value={units.value[quantity] ?? ''}
              onChange={(event) => chooseUnit(quantity, event.currentTarget.value)}
            >
              <option value="">{t.settings.asDevice}</option>
              {UNIT_CHOICES[quantity].map((unit) => (
                <option key={unit} value={unit}>
                  {unitWords(unit)}
                </option>
              ))}
            </select>
          </label>
        ))}
      </form>
    </Dialog>
  );
}
