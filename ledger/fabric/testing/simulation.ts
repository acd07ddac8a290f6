// SPDX-License-Identifier: Apache-2.0
/**
 * One run of a chaincode function on one peer: it reads the state as it was at the beginning, its own writes are only noted (so, as on
 * Fabric, a read after a write sees the old value), and all of it becomes the read and write set that the peer signs.
 */
import { createHash } from 'node:crypto';
import type { MetadataWrite, Range, Read, ReadWriteSet, SpaceSet, Write } from './read-write-set.ts';
import { PUBLIC } from './read-write-set.ts';
import { cellOf, cellsBetween, type WorldState } from './world-state.ts';

/** Values of collections in the clear, by `privateKey`. They never stand in a block. */
export type PrivateValues = ReadonlyMap<string, Uint8Array>;

export const privateKey = (collection: string, keyHash: string): string => `${collection}\0${keyHash}`;
export const hashOf = (bytes: Uint8Array | string): Buffer => createHash('sha256').update(bytes).digest();

interface OpenSpace {
  readonly reads: Map<string, Read>;
  readonly ranges: Range[];
  readonly writes: Map<string, Write>;
  readonly metadata: Map<string, MetadataWrite>;
}

export class Simulation {
  readonly #state: WorldState;
  readonly #privateValues: PrivateValues;
  readonly #spaces = new Map<string, OpenSpace>();
  /** What was put into collections, in the clear. */
  readonly privateWrites = new Map<string, Uint8Array>();

  constructor(state: WorldState, privateValues: PrivateValues) {
    this.#state = state;
    this.#privateValues = privateValues;
  }

  /** Empty where there is no such key; an Error where a private value exists that this peer does not hold. */
  get(collection: string, key: string): Uint8Array {
    const cell = this.#read(collection, key);
    if (!cell) return new Uint8Array();
    if (collection === PUBLIC) return cell.value;
    const value = this.#privateValues.get(privateKey(collection, keyIn(collection, key)));
    if (!value) throw new Error('private data matching public hash version is not available');
    return value;
  }

  /** SHA-256 of a private value, which also those know who do not hold it. */
  getHash(collection: string, key: string): Uint8Array {
    return this.#read(collection, key)?.value ?? new Uint8Array();
  }

  getMetadata(collection: string, key: string): ReadonlyMap<string, Uint8Array> {
    return this.#read(collection, key)?.metadata ?? new Map();
  }

  /** An empty value deletes the key, as on Fabric, where the two are the same bytes. */
  put(collection: string, key: string, value: Uint8Array): void {
    const held = keyIn(collection, key);
    if (value.length === 0) this.#note(collection, { key: held });
    else if (collection === PUBLIC) this.#note(collection, { key: held, value });
    else {
      this.#note(collection, { key: held, value: hashOf(value) });
      this.privateWrites.set(privateKey(collection, held), value);
    }
  }

  delete(collection: string, key: string): void {
    this.#note(collection, { key: keyIn(collection, key) });
  }

  purge(collection: string, key: string): void {
    this.#note(collection, { key: keyIn(collection, key), purge: true });
  }

  putMetadata(collection: string, key: string, name: string, value: Uint8Array): void {
    const held = keyIn(collection, key);
    const entries = new Map(cellOf(this.#state, collection, held)?.metadata).set(name, value);
    this.#space(collection).metadata.set(held, { key: held, entries });
  }

  /** All of the range; what of it the chaincode really took goes into the set by `noteRange`. */
  range(start: string, end: string): (Read & { readonly value: Uint8Array })[] {
    return cellsBetween(this.#state, PUBLIC, start, end).map(([key, { value, version }]) => ({ key, value, version }));
  }

  noteRange(range: Range): void {
    this.#space(PUBLIC).ranges.push(range);
  }

  /** In the order of keys, so that endorsers agree to the byte. */
  finish(): ReadWriteSet {
    this.#space(PUBLIC);
    const sorted = [...this.#spaces].sort(([a], [b]) => (a < b ? -1 : 1));
    return new Map(sorted.map(([name, space]) => [name, closed(space)]));
  }

  #read(collection: string, key: string) {
    const held = keyIn(collection, key);
    const cell = cellOf(this.#state, collection, held);
    this.#space(collection).reads.set(held, { key: held, version: cell?.version });
    return cell;
  }

  #note(collection: string, write: Write): void {
    this.#space(collection).writes.set(write.key, write);
  }

  #space(name: string): OpenSpace {
    const open = this.#spaces.get(name) ?? { reads: new Map(), ranges: [], writes: new Map(), metadata: new Map() };
    this.#spaces.set(name, open);
    return open;
  }
}

function keyIn(collection: string, key: string): string {
  return collection === PUBLIC ? key : hashOf(key).toString('hex');
}

function closed({ reads, ranges, writes, metadata }: OpenSpace): SpaceSet {
  return { reads: byKey(reads), ranges, writes: byKey(writes), metadata: byKey(metadata) };
}

function byKey<T extends { readonly key: string }>(notes: ReadonlyMap<string, T>): T[] {
  return [...notes.values()].sort((a, b) => Buffer.from(a.key).compare(Buffer.from(b.key)));
}
