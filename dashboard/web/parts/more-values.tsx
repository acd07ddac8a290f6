// SPDX-License-Identifier: Apache-2.0
/** All values that share the tile's last place, each judged and aged as on the tile. */
import { stayPlace } from '../../feed/newest-values.ts';
import type { BoardState } from '../board-state.ts';
import { t } from '../messages/messages.ts';
import { cellsOf } from '../model/cells.ts';
import { units } from '../preferences.ts';
import { VitalCell } from './vital-cell.tsx';

export function MoreValues({ stay, state }: { stay: string; state: BoardState }) {
  const readings = state.valuesAt(stayPlace(stay)).value;
  const links = new Map(state.ward.value?.devices.map(({ device, link }) => [device, link]));
  const cells = [...Map.groupBy(readings, ({ vital }) => vital).values()]
    .flatMap((group) => cellsOf(group, state.moment.value, (device) => links.get(device) ?? 'down', units.value))
    .filter(({ place, measured }) => place === 'other' && measured);
  if (cells.length < 2) return null;
  return (
    <section>
      <h3>{t.bed.more}</h3>
      <dl class="more">
        {cells.map((cell) => (
          <VitalCell key={cell.vital} cell={cell} />
        ))}
      </dl>
    </section>
  );
}
