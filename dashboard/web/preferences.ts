// SPDX-License-Identifier: Apache-2.0
/** What this browser shows and how: the units of the ward. Kept in the browser; nothing of it is secret or of a patient. */
import { signal } from '@preact/signals';
import { DEVICE_UNITS, UNIT_CHOICES, type UnitChoice } from './model/display-units.ts';

const UNITS_KEY = 'lamplight.units';

export const units = signal<UnitChoice>(storedUnits());

export function chooseUnit(quantity: keyof UnitChoice, unit: string): void {
  units.value = onlyKnown({ ...units.value, [quantity]: unit });
  localStorage.setItem(UNITS_KEY, JSON.stringify(units.value));
}

function storedUnits(): UnitChoice {
  try {
    return onlyKnown(JSON.parse(localStorage.getItem(UNITS_KEY) ?? '{}'));
  } catch {
    // Somebody else's text under our name: the devices' own units are always right.
    return DEVICE_UNITS;
  }
}

function onlyKnown(choice: Record<string, unknown> | UnitChoice): UnitChoice {
  const known = (Object.keys(UNIT_CHOICES) as (keyof UnitChoice)[]).map((quantity) => {
    const unit = (choice as Record<string, unknown>)[quantity];
    return [quantity, (UNIT_CHOICES[quantity] as readonly unknown[]).includes(unit) ? unit : null];
  });
  return Object.fromEntries(known);
}
