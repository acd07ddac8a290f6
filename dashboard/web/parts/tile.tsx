// SPDX-License-Identifier: Apache-2.0
/** One tile: the bed largest, then the patient, then six places that never move. The whole tile is one button. */
import type { LiveReading } from '../../../gateway/messages.ts';
import type { BoardState } from '../board-state.ts';
import { t } from '../messages/messages.ts';
import { cellsOf } from '../model/cells.ts';
import type { Tile } from '../model/tiles.ts';
import { units } from '../preferences.ts';
import { VitalCell } from './vital-cell.tsx';

/** Names of more characters get the smaller letters that leave room for the patient's name. */
const SHORT_CHARACTERS_MAX = 4;
const NONE: readonly LiveReading[] = [];

interface TileProps {
  readonly tile: Tile;
  readonly state: BoardState;
  readonly open: (key: string) => void;
}

export function TileView({ tile, state, open }: TileProps) {
  const readings = tile.place === null ? NONE : state.valuesAt(tile.place).value;
  const vacant = tile.kind === 'bed' && tile.bed.stay === null;
  const long = tile.kind === 'bed' && tile.bed.bed.length > SHORT_CHARACTERS_MAX;
  const id = tileId(tile.key);
  return (
    <article class={`tile ${tile.kind}${vacant ? ' vacant' : ''}${long ? ' long' : ''}`} aria-labelledby={id}>
      <div class="tile-head">
        <h2>
          <button type="button" class="tile-open" id={id} aria-label={nameOf(tile)} onClick={() => open(tile.key)}>
            {tile.kind === 'bed' ? tile.bed.bed : t.tile.notAdmitted}
          </button>
        </h2>
        <span class="who">{whoOf(tile)}</span>
      </div>
      {!vacant && <Cells readings={readings} state={state} />}
    </article>
  );
}

/** Without the spaces of a bed's name: a list of ids, as `aria-labelledby` takes it, is divided by them. */
export function tileId(key: string): string {
  return `tile-${encodeURI(key)}`;
}

function Cells({ readings, state }: { readings: readonly LiveReading[]; state: BoardState }) {
  const links = new Map(state.ward.value?.devices.map(({ device, link }) => [device, link]));
  const cells = cellsOf(readings, state.moment.value, (device) => links.get(device) ?? 'down', units.value);
  return (
    <dl class="cells">
      {cells.map((cell) => (
        <VitalCell key={cell.place} cell={cell} />
      ))}
    </dl>
  );
}

function nameOf(tile: Tile): string {
  return tile.kind === 'bed' ? t.tile.open(tile.bed.bed) : t.tile.openSensor(tile.device.device);
}

function whoOf(tile: Tile): string {
  if (tile.kind === 'sensor') return tile.device.device;
  if (tile.bed.stay === null) return t.tile.empty;
  const name = tile.bed.name ?? t.tile.unknown;
  return tile.sensors === 0 ? `${name} · ${t.tile.noSensor}` : name;
}
