// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { id16 } from '../contract/testing/world.ts';
import { openFabricDatabase } from './fabric-database.ts';
import { OutboxStore, type Queueable } from './outbox-store.ts';

let folder: string;
let database: DatabaseSync;
let store: OutboxStore;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lamplight-outbox-store-'));
  database = openFabricDatabase(folder);
  store = new OutboxStore(database);
});
afterEach(() => {
  if (database.isOpen) database.close();
  rmSync(folder, { recursive: true });
});

const command = (label: string, over: Partial<Queueable> = {}): Queueable => ({
  id: id16(label),
  kind: 'command',
  subject: label,
  command: Buffer.from(label),
  ...over,
});
const UNUSABLE = { code: 'FABRIC_STORE_UNUSABLE' };
const endorsed = { txId: 'tx', envelope: Uint8Array.of(1, 2), reply: { kind: 'accepted' } } as const;

it('gives back what it was given, also after it was closed', () => {
  store.add(command('a', { sealed: Uint8Array.of(7) }));
  store.keepEnvelope(id16('a'), endorsed, 5);
  store.postpone(id16('a'), 2, 77);
  database.close();
  database = openFabricDatabase(folder);
  const row = new OutboxStore(database).next('command');
  expect(row).toEqual({
    ...command('a', { command: Uint8Array.from(Buffer.from('a')), sealed: Uint8Array.of(7) }),
    attempts: 2,
    nextTryMs: 77,
    alive: { ...endorsed, endorsedMs: 5 },
  });
});

it('a state goes forward only, and the answer that was first stays', () => {
  store.add(command('a'));
  expect(store.find(id16('a'))).toEqual({ state: 'queued' });
  store.settle(id16('a'), { kind: 'refused', code: 'CONFLICT', detail: '' });
  store.settle(id16('a'), { kind: 'accepted' });
  expect(store.find(id16('a'))).toMatchObject({ state: 'rejected', reply: { code: 'CONFLICT' } });
  expect([store.next('command'), store.waiting()]).toEqual([undefined, 0]);
});

it('the same command waits once; asked again after its answer it waits anew', () => {
  for (let i = 0; i < 3; i += 1) store.add(command('a'));
  expect(store.waiting()).toBe(1);
  store.settle(id16('a'), { kind: 'accepted' });
  store.add(command('a'));
  expect(store.find(id16('a'))).toEqual({ state: 'queued' });
});

it('gives the oldest of a kind for whose subject nothing older waits', () => {
  store.add(command('grant', { subject: 'consent' }));
  store.add(command('revoke', { subject: 'consent', kind: 'revocation' }));
  store.add(command('other', { kind: 'revocation' }));
  expect(Buffer.from(store.next('revocation')!.command).toString()).toBe('other');
  store.settle(id16('grant'), { kind: 'accepted' });
  expect(Buffer.from(store.next('revocation')!.command).toString()).toBe('revoke');
});

it('withdraws only what nothing was signed for, and signs nothing for what was withdrawn', () => {
  store.add(command('a', { kind: 'anchor' }));
  store.withdraw('anchor');
  expect(store.keepEnvelope(id16('a'), endorsed, 5)).toBe(false);
  store.add(command('b', { kind: 'anchor' }));
  expect(store.keepEnvelope(id16('b'), endorsed, 5)).toBe(true);
  store.withdraw('anchor');
  expect(store.next('anchor')?.alive?.txId).toBe('tx');
});

it('keeps the last thousand answers', () => {
  database.exec('BEGIN');
  for (let i = 0; i < 1010; i += 1) {
    store.add(command(`${i}`));
    store.settle(id16(`${i}`), { kind: 'accepted' });
  }
  store.add(command('waits'));
  database.exec('COMMIT');
  expect([9, 10, 1009].map((i) => store.find(id16(`${i}`))?.state)).toEqual([undefined, 'anchored', 'anchored']);
  expect(store.waiting()).toBe(1);
});

describe('refuses, with a code, a file', () => {
  const refused = () => expect(() => openFabricDatabase(folder)).toThrow(expect.objectContaining(UNUSABLE));
  it('of another version', () => {
    database.exec('PRAGMA user_version = 99');
    database.close();
    refused();
  });
  it('that somebody has open', () => refused());
  it('that is no database', () => {
    database.close();
    writeFileSync(join(folder, 'fabric.db'), 'x'.repeat(5000));
    refused();
  });
});
