// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { inTransaction, openJournalDatabase } from '../journal/journal-database.ts';
import { CommandStore } from './command-store.ts';
import { OutboxStore } from './outbox-store.ts';

const bytes = (length: number, value: number) => new Uint8Array(length).fill(value);
const command = {
  id: bytes(16, 1),
  entry: bytes(40, 2),
  records: [{ commitment: bytes(32, 3), sealed: bytes(9, 4) }],
};

function fresh() {
  const database = openJournalDatabase(':memory:');
  const outbox = new OutboxStore(database);
  return { database, outbox, store: new CommandStore(database, outbox) };
}

describe('commands on their way to the log', () => {
  it('go once, with what lies behind them', () => {
    const { database, outbox, store } = fresh();
    outbox.addEntry(bytes(1, 0));
    const add = () => inTransaction(database, () => store.add(command));
    expect([add(), add()]).toEqual([2, 2]);
    expect(outbox.unsequenced(1, 10)).toEqual([{ outbox: 2, entry: command.entry }]);
    expect(store.numberOf(bytes(16, 1))).toBe(2);
    expect(store.numberOf(bytes(16, 9))).toBeUndefined();
    expect(store.sealedRecord(bytes(32, 3))).toEqual(bytes(9, 4));
    expect(store.sealedRecord(bytes(32, 9))).toBeUndefined();
  });

  it('stand or fall with their transaction', () => {
    const { database, outbox, store } = fresh();
    const broken = () =>
      inTransaction(database, () => {
        store.add(command);
        throw new Error('no room');
      });
    expect(broken).toThrow('no room');
    expect(outbox.unsequenced(0, 10)).toEqual([]);
    expect(store.sealedRecord(bytes(32, 3))).toBeUndefined();
    expect(inTransaction(database, () => store.add(command))).toBe(1);
  });
});
