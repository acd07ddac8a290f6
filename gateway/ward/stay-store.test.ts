// SPDX-License-Identifier: Apache-2.0
/** Stays and links on disk: the ward comes back as it was, names and keys only under the store key. */
import { createSecretKey, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { inTransaction, openJournalDatabase } from '../journal/journal-database.ts';
import { StayStore } from './stay-store.ts';
import { Ward, type WardChange } from './ward-state.ts';

const A = 'aa'.repeat(16);
const B = 'bb'.repeat(16);
const storeKey = createSecretKey(randomBytes(32));

function open() {
  const database = openJournalDatabase(':memory:');
  const store = new StayStore(database, storeKey, randomBytes);
  const ward = new Ward(['1', '2'], { stays: [], links: [] });
  const run = (changes: WardChange[]) => {
    inTransaction(database, () => store.apply(changes));
    ward.apply(changes);
  };
  return { database, store, ward, run };
}

describe('the ward on disk', () => {
  it('is the ward in memory after every change, names included', () => {
    const { store, ward, run } = open();
    const agree = () => {
      const { stays, links } = store.load();
      for (const stay of stays) expect(ward.stay(stay.id)).toEqual(stay);
      const again = new Ward(['1', '2'], { stays, links });
      for (const device of ['d', 'e']) expect(again.openLinkOf(device)).toEqual(ward.openLinkOf(device));
      expect(again.openStays()).toEqual(ward.openStays());
    };
    const steps = [
      () => ward.admit('1', A, 'Ada Lovelace', 10),
      () => ward.link('d', A, 11, 'nurse', false),
      () => ward.meet('e', B, 12),
      () => ward.transfer('1', '2', 13),
      () => ward.link('e', A, 14, 'nurse', false),
      () => ward.unlink('e', 15),
      () => ward.discharge('2', 16),
    ];
    for (const step of steps) {
      run(step());
      agree();
    }
    expect(store.load().stays.map(({ name, bed, closedMs }) => [name, bed, closedMs])).toEqual([
      ['Ada Lovelace', '2', 16],
      [null, null, 14],
    ]);
  });

  it('holds a change whole or not at all', () => {
    const { store, run, ward } = open();
    run(ward.admit('1', A, null, 1));
    const twice = ward.admit('2', A, null, 2);
    expect(() => run([...ward.link('d', A, 2, 'nurse', false), ...twice])).toThrow('UNIQUE');
    expect(store.load()).toMatchObject({ stays: [{ bed: '1' }], links: [] });
  });
});

describe('a stay’s secrets', () => {
  it('are sealed under the store key: its name and key stand nowhere in the clear, and open with no other key', () => {
    const { database, store, ward, run } = open();
    run(ward.admit('1', A, 'Ada Lovelace', 10));
    const key = Buffer.from(store.stayKeyBytes(A));
    const file = Buffer.from(
      JSON.stringify(database.prepare('SELECT hex(sealed_key) AS k, hex(sealed_name) AS n, * FROM stay').all()),
    );
    for (const text of [
      'Ada',
      'Lovelace',
      Buffer.from('Lovelace').toString('hex').toUpperCase(),
      key.toString('hex').toUpperCase(),
    ])
      expect(file.includes(text)).toBe(false);
    const stranger = new StayStore(database, createSecretKey(randomBytes(32)), randomBytes);
    expect(() => stranger.load()).toThrow(expect.objectContaining({ code: 'SEAL_BROKEN' }));
    expect(() => stranger.stayKeyBytes(A)).toThrow(expect.objectContaining({ code: 'SEAL_BROKEN' }));
  });

  it('cannot be swapped between stays', () => {
    const { database, store, ward, run } = open();
    run([...ward.admit('1', A, 'Ada', 1), ...ward.admit('2', B, 'Bob', 1)]);
    expect(store.stayKeyBytes(A)).not.toEqual(store.stayKeyBytes(B));
    const blob = (id: string) => Buffer.from(id, 'hex');
    database
      .prepare('UPDATE stay SET sealed_name = (SELECT sealed_name FROM stay WHERE id = ?) WHERE id = ?')
      .run(blob(A), blob(B));
    expect(() => store.load()).toThrow(expect.objectContaining({ code: 'SEAL_BROKEN' }));
    database
      .prepare('UPDATE stay SET sealed_key = (SELECT sealed_key FROM stay WHERE id = ?) WHERE id = ?')
      .run(blob(A), blob(B));
    expect(() => store.stayKey(B)).toThrow(expect.objectContaining({ code: 'SEAL_BROKEN' }));
  });

  it('are wrapped to the care team once', () => {
    const { store, ward, run } = open();
    run(ward.admit('1', A, null, 1));
    expect(store.hasCareWrap(A)).toBe(false);
    store.putCareWrap(A, new Uint8Array(80));
    expect(store.hasCareWrap(A)).toBe(true);
  });
});
