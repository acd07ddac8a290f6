// SPDX-License-Identifier: Apache-2.0
/** The demo's patients: one to a bed, with the sensors whose handle ends in the bed's number. Their names say that they are none. */
import type { DataPath } from './data-path.ts';
import type { WardChange } from './ward/ward-state.ts';

/**
 * Admits every bed that is free and links its sensors; a ward that was admitted before stays as it is. `sinceMs` is ward time no later
 * than the gateway's first look at its sensors: what was missed before the first reading belongs to the patient too.
 */
export async function admitDemoPatients(
  dataPath: DataPath,
  devices: readonly { readonly handle: string }[],
  newStay: () => string,
  sinceMs: number,
): Promise<void> {
  for (const bed of dataPath.ward.beds) {
    if (dataPath.ward.openStayOn(bed)) continue;
    const handles = devices.map(({ handle }) => handle).filter((handle) => handle.endsWith(`-${bed}`));
    await dataPath.change((ward): WardChange[] => {
      const stay = newStay();
      const links = handles.flatMap((handle) => ward.link(handle, stay, sinceMs, 'demo', true));
      return [...ward.admit(bed, stay, `Synthetic ${bed}`, sinceMs), ...links];
    });
  }
}
