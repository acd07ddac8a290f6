// SPDX-License-Identifier: Apache-2.0
/** Which tiles the board has, in which order, and into how many columns they go. */
import type { WardMessage } from '../../../gateway/messages.ts';
import { devicePlace, stayPlace } from '../../feed/newest-values.ts';

export type Bed = WardMessage['beds'][number];
export type Device = WardMessage['devices'][number];

/** `place` names the values that belong on the tile; null for an empty bed. */
export type Tile =
  | {
      readonly kind: 'bed';
      readonly key: string;
      readonly place: string | null;
      readonly bed: Bed;
      readonly sensors: number;
    }
  | { readonly kind: 'sensor'; readonly key: string; readonly place: string; readonly device: Device };

/** Beds in the ward's own order, because a nurse finds a bed by its place; then sensors that send and are on no bed. */
export function tilesOf(ward: WardMessage): Tile[] {
  const beds = ward.beds.map((bed): Tile => {
    const sensors = ward.devices.filter((device) => device.bed === bed.bed).length;
    return { kind: 'bed', key: `bed/${bed.bed}`, place: bed.stay === null ? null : stayPlace(bed.stay), bed, sensors };
  });
  const sensors = looseSensors(ward)
    .filter(({ lastSeenMs }) => lastSeenMs !== null)
    .map(
      (device): Tile => ({ kind: 'sensor', key: `sensor/${device.device}`, place: devicePlace(device.device), device }),
    );
  return [...beds, ...sensors];
}

export function looseSensors(ward: WardMessage): Device[] {
  return ward.devices.filter(({ bed }) => bed === null).sort((a, b) => (a.device < b.device ? -1 : 1));
}

/** Smallest tile in CSS pixels on which everything can be read. */
const TILE_WIDTH_MIN = 200;
const TILE_HEIGHT_MIN = 220;
/** Width to height at which a tile looks best. */
const TILE_ASPECT = 1.15;

export interface Grid {
  readonly columns: number;
  /** false: the tiles are too many for the screen and the board scrolls. */
  readonly fits: boolean;
}

/** The number of columns that makes `count` tiles largest on `width` x `height` CSS pixels. */
export function gridOf(count: number, width: number, height: number): Grid {
  let best = { columns: 1, size: 0 };
  for (let columns = 1; columns <= count; columns++) {
    const tileWidth = width / columns;
    const rows = Math.ceil(count / columns);
    const tileHeight = height / rows;
    // A full grid is better than slightly larger tiles with holes.
    const size = (Math.min(tileWidth / TILE_ASPECT, tileHeight) * count) / (columns * rows);
    const readable = tileWidth >= TILE_WIDTH_MIN && tileHeight >= TILE_HEIGHT_MIN;
    if (readable && size > best.size) best = { columns, size };
  }
  if (best.size > 0) return { columns: best.columns, fits: true };
  return { columns: Math.max(1, Math.floor(width / TILE_WIDTH_MIN)), fits: false };
}
