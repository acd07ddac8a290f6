// SPDX-License-Identifier: Apache-2.0
/** Reads typed fields out of decoded CBOR from outside: anything unexpected is the error that the caller names. */
import type { CborMap, CborValue } from './cbor.ts';

/** Makes the error for a field that is not what it must be; thrown by every reader below. */
export type Refuse = (detail: string) => Error;

export function asMap(value: CborValue | undefined, refuse: Refuse): CborMap {
  if (!(value instanceof Map)) throw refuse('a map is expected');
  return value as CborMap;
}

export function asArray(value: CborValue | undefined, refuse: Refuse, maxLength: number): readonly CborValue[] {
  if (!Array.isArray(value) || value.length > maxLength) throw refuse(`an array of at most ${maxLength} is expected`);
  return value as readonly CborValue[];
}

/** A byte string, of exactly `length` bytes if given, else of at most `maxLength`. */
export function asBytes(
  value: CborValue | undefined,
  refuse: Refuse,
  size: { length: number } | { maxLength: number },
): Uint8Array {
  const fits =
    value instanceof Uint8Array && ('length' in size ? value.length === size.length : value.length <= size.maxLength);
  if (!fits) throw refuse('a byte string of another length is expected');
  return value as Uint8Array;
}

export function asText(value: CborValue | undefined, refuse: Refuse, maxLength: number): string {
  if (typeof value !== 'string' || value.length > maxLength) throw refuse(`a text of at most ${maxLength} is expected`);
  return value;
}

export function asInteger(value: CborValue | undefined, refuse: Refuse, min: number, max: number): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < min || value > max)
    throw refuse('an integer in range is expected');
  return value;
}

/** Refuses a map with keys that the format does not have. */
export function noOtherKeys(map: CborMap, known: ReadonlySet<number>, refuse: Refuse): void {
  for (const key of map.keys()) if (!known.has(key)) throw refuse(`unknown key ${key}`);
}
