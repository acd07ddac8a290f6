// SPDX-License-Identifier: Apache-2.0
import { createSecretKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  type AccessRecord,
  accessEntry,
  type CborMap,
  decodeCbor,
  ed25519PublicKey,
  encodeCbor,
  verifyTyped,
} from '../../ledger/index.ts';
import { inTransaction, openJournalDatabase } from '../journal/journal-database.ts';
import { AccessStore } from './access-store.ts';
import { OutboxStore } from './outbox-store.ts';

const STAY = 'ab'.repeat(16);
const access = { stay: STAY, by: 'Nurse Joy', purpose: 'trend', fromMs: 1, toMs: 2, atMs: 3 };

function fresh() {
  const database = openJournalDatabase(':memory:');
  const outbox = new OutboxStore(database);
  const signing = generateKeyPairSync('ed25519').privateKey;
  const store = new AccessStore(database, outbox, createSecretKey(randomBytes(32)), randomBytes);
  const made = (of: AccessRecord) => {
    const salt = randomBytes(16);
    return { access: of, made: accessEntry(of, 'ward-3', signing, salt), salt };
  };
  return { database, outbox, signing, store, made };
}

describe('the access log', () => {
  it('keeps who read what, the newest first, and gives it back for its stay only', () => {
    const { database, store, made } = fresh();
    inTransaction(database, () => store.add(made(access)));
    const second = inTransaction(database, () => store.add(made({ ...access, atMs: 9, by: 'Nurse Roy' })));
    expect(store.of(STAY).map(({ by, atMs }) => [by, atMs])).toEqual([
      ['Nurse Roy', 9],
      ['Nurse Joy', 3],
    ]);
    expect(store.of(STAY)[0]).toEqual(second);
    expect(store.of('cd'.repeat(16))).toEqual([]);
  });

  it('puts a signed commitment into the log, and no name', () => {
    const { database, outbox, signing, store, made } = fresh();
    inTransaction(database, () => store.add(made(access)));
    const entry = outbox.unsequenced(0, 1)[0]!.entry;
    expect(Buffer.from(entry).includes('Nurse')).toBe(false);
    expect(Buffer.from(entry).includes(Buffer.from(STAY, 'hex'))).toBe(false);
    const [type, [command, signature]] = decodeCbor(entry) as [number, [CborMap, Uint8Array]];
    const [org, at, basis, details] = [1, 3, 10, 14].map((field) => command.get(field));
    expect([type, command.get(0), org, at, basis]).toEqual([2, 10, 'ward-3', access.atMs, 1]);
    expect((details as Uint8Array).length).toBe(32);
    expect(verifyTyped('command', encodeCbor(command), ed25519PublicKey(signing), signature)).toBe(true);
  });

  it('stands or falls with its transaction', () => {
    const { database, outbox, store, made } = fresh();
    expect(() =>
      inTransaction(database, () => {
        store.add(made(access));
        throw new Error('no room');
      }),
    ).toThrow('no room');
    expect(store.of(STAY)).toEqual([]);
    expect(outbox.unsequenced(0, 1)).toEqual([]);
  });
});
