// SPDX-License-Identifier: Apache-2.0
/** The world state of one peer: what each key holds after the newest block. Blocks make a new state, so a simulation keeps the one it began on. */
import type { Range, ReadWriteSet, SpaceSet, Version } from './read-write-set.ts';

export interface Cell {
  readonly value: Uint8Array;
  readonly version: Version;
  readonly metadata: ReadonlyMap<string, Uint8Array>;
}
export type Space = ReadonlyMap<string, Cell>;
export type WorldState = ReadonlyMap<string, Space>;

export const EMPTY_STATE: WorldState = new Map();

export function cellOf(state: WorldState, space: string, key: string): Cell | undefined {
  return state.get(space)?.get(key);
}

/** Keys from `start` up to, not including, `end` in the order of their UTF-8 bytes; an empty end is no end. */
export function cellsBetween(state: WorldState, space: string, start: string, end: string): [string, Cell][] {
  const from = Buffer.from(start);
  const to = Buffer.from(end);
  return [...(state.get(space) ?? [])]
    .map(([key, cell]) => ({ key, cell, bytes: Buffer.from(key) }))
    .filter(({ bytes }) => from.compare(bytes) <= 0 && (to.length === 0 || bytes.compare(to) < 0))
    .sort((a, b) => a.bytes.compare(b.bytes))
    .map(({ key, cell }) => [key, cell]);
}

/** The state after a valid transaction. */
export function written(state: WorldState, set: ReadWriteSet, version: Version): WorldState {
  const next = new Map(state);
  for (const [name, part] of set) {
    if (part.writes.length + part.metadata.length > 0) next.set(name, writtenSpace(state.get(name), part, version));
  }
  return next;
}

/** The state as if somebody else had written what this transaction read, with the values unchanged. */
export function touched(state: WorldState, set: ReadWriteSet, version: Version): WorldState {
  const next = new Map(state);
  for (const [name, { reads }] of set) {
    const space = new Map(state.get(name));
    for (const { key } of reads) {
      const cell = space.get(key);
      space.set(key, { value: new Uint8Array(), metadata: new Map(), ...cell, version });
    }
    next.set(name, space);
  }
  return next;
}

/** Whether something that was read is not as it was. */
export function conflictOf(
  state: WorldState,
  set: ReadWriteSet,
): 'MVCC_READ_CONFLICT' | 'PHANTOM_READ_CONFLICT' | undefined {
  for (const [name, { reads }] of set)
    if (reads.some(({ key, version }) => !isSame(cellOf(state, name, key)?.version, version)))
      return 'MVCC_READ_CONFLICT';
  for (const [name, { ranges }] of set)
    if (ranges.some((range) => isPhantom(state, name, range))) return 'PHANTOM_READ_CONFLICT';
  return undefined;
}

function writtenSpace(space: Space = new Map(), { writes, metadata }: SpaceSet, version: Version): Space {
  const next = new Map(space);
  for (const { key, value } of writes) {
    if (value) next.set(key, { value, version, metadata: space.get(key)?.metadata ?? new Map() });
    else next.delete(key);
  }
  for (const { key, entries } of metadata) {
    const cell = next.get(key);
    // Fabric: metadata of a key that does not exist is not kept.
    if (cell) next.set(key, { ...cell, version, metadata: entries });
  }
  return next;
}

function isPhantom(state: WorldState, space: string, { start, end, exhausted, reads }: Range): boolean {
  const now = cellsBetween(state, space, start, end);
  const seen = exhausted ? now : now.slice(0, reads.length);
  return (
    seen.length !== reads.length ||
    seen.some(([key, { version }], i) => key !== reads[i]?.key || !isSame(version, reads[i]?.version))
  );
}

function isSame(a: Version | undefined, b: Version | undefined): boolean {
  return a?.block === b?.block && a?.tx === b?.tx;
}
