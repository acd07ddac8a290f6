// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AnchorSource, SignedHead } from '../anchor/anchor-home.ts';
import { Organisation, treeOf } from '../contract/testing/world.ts';
import { ed25519Sign } from '../crypto/ed25519.ts';
import { FabricAnchor } from './fabric-anchor.ts';
import type { Call, Fate } from './testing/fake-port.ts';
import { OutboxBed, type Running } from './testing/outbox-bed.ts';

let bed: OutboxBed;
let running: Running;
let anchor: FabricAnchor;
beforeEach(async () => {
  bed = new OutboxBed();
  running = bed.open();
  await bed.found(running);
  anchor = anchorOf(running);
});
afterEach(async () => bed[Symbol.asyncDispose]());

const entries = (size: number, first = 'e0') => [first, ...Array.from({ length: size - 1 }, (_, i) => `e${i + 1}`)];
const head = (size: number, first?: string): SignedHead => ({ size, note: bed.hosp.note(entries(size, first)) });
const source: AnchorSource = {
  consistencyProof: async (from, to) => treeOf(entries(to)).consistencyProof(from),
};
const heldSize = async () => (await running.host.read('getHead', { originHash: bed.hosp.originHash })).head?.size;

function anchorOf({ outbox, host }: Running, organisation = bed.hosp, from = source): FabricAnchor {
  const { org, device, gatewayKey, logSigner } = organisation;
  const signing = { org, device, sign: (message: Uint8Array) => ed25519Sign(message, gatewayKey) };
  return new FabricAnchor({ outbox, host, source: from, key: logSigner.key, signing, nowMs: bed.time.nowMs });
}

function fates(call: Call, ...list: Fate[]): void {
  bed.port.fate = (called) => (called === call && list.shift()) || 'answers';
}

it('anchors heads that extend one another, any gap with one transaction, and one that is held with none', async () => {
  expect(await anchor.anchor(head(3))).toEqual(head(3));
  expect(await anchor.anchor(head(900))).toEqual(head(900));
  expect(bed.port.effects).toHaveLength(2);
  expect(await anchor.anchor(head(900))).toEqual(head(900));
  expect(bed.port.calls.filter((call) => call === 'endorse')).toHaveLength(2);
  expect(await heldSize()).toBe(900);
});

it('makes the proof anew when the ledger has moved on meanwhile', async () => {
  await anchor.anchor(head(3));
  let moved = false;
  bed.port.before = (call) => {
    if (call !== 'endorse' || moved) return;
    moved = true;
    // A peer that was behind when it was asked: the ledger itself holds five.
    bed.port.commit(bed.hosp.sign(bed.hosp.anchor(3, entries(5))));
  };
  expect(await anchor.anchor(head(8))).toEqual(head(8));
  expect(await heldSize()).toBe(8);
});

it('is an alarm if the ledger holds another root at our size, and the ledger writes the fork down', async () => {
  await anchor.anchor(head(3));
  await expect(anchor.anchor(head(3, 'other'))).rejects.toMatchObject({ code: 'ANCHOR_FORKED' });
  expect([...bed.port.state.range('inc~')]).toHaveLength(1);
});

it('is an alarm if our log does not extend what the ledger holds', async () => {
  await anchor.anchor(head(3));
  const altered = {
    consistencyProof: async (from: number, to: number) => treeOf(entries(to, 'other')).consistencyProof(from),
  };
  const forked = anchorOf(running, bed.hosp, altered);
  await expect(forked.anchor(head(7, 'other'))).rejects.toMatchObject({ code: 'ANCHOR_FORKED' });
  expect(await heldSize()).toBe(3);
});

it('is an alarm if the ledger shows a longer log under our key', async () => {
  await anchor.anchor(head(9));
  await expect(anchor.anchor(head(4))).rejects.toMatchObject({ code: 'ANCHOR_ROLLED_BACK' });
});

describe('an alarm without proof, when the peer', () => {
  const accused = { code: 'ANCHOR_ACCUSED', class: 'transient' };

  it('speaks of a longer log that it does not show, or shows under a stranger key', async () => {
    const stranger = new Organisation('HospMSP', 'stranger').note(entries(9));
    for (const note of [undefined, stranger, bed.hosp.note(entries(8))]) {
      const host = { read: async () => ({ head: { size: 9, root: new Uint8Array(32), note } }) };
      const lied = anchorOf({ ...running, host: host as unknown as Running['host'] });
      await expect(lied.anchor(head(4))).rejects.toMatchObject(accused);
    }
  });

  it('speaks of a fork, and holds what ours extends, or nothing', async () => {
    const send = async () => ({ kind: 'refused', code: 'FORK', id: '' });
    const outbox = { next: () => undefined, withdraw: () => undefined, send };
    const lied = anchorOf({ ...running, outbox: outbox as unknown as Running['outbox'] });
    await expect(lied.anchor(head(2))).rejects.toMatchObject(accused);
    await anchor.anchor(head(3));
    await expect(lied.anchor(head(7))).rejects.toMatchObject(accused);
  });
});

it('waits for people where the ledger does not know the log', async () => {
  const stranger = anchorOf(running, new Organisation('HospMSP', 'stranger'));
  const note = new Organisation('HospMSP', 'stranger').note(entries(2));
  await expect(stranger.anchor({ size: 2, note })).rejects.toMatchObject({ code: 'ANCHOR_UNREACHABLE' });
});

it.each(['read', 'endorse', 'submit', 'status'] as const)(
  'comes back at once when %s fails, and later goes on',
  async (call) => {
    // The status is asked for twice: once more by the outbox itself.
    fates(call, 'fails', 'fails');
    await expect(anchor.anchor(head(3))).rejects.toMatchObject({ code: 'ANCHOR_UNREACHABLE', class: 'transient' });
    bed.port.fate = () => 'answers';
    expect(await anchor.anchor(head(7))).toEqual(head(7));
    expect(await heldSize()).toBe(7);
    expect(bed.port.effects.length).toBeLessThanOrEqual(2);
    expect(bed.port.twins).toEqual([]);
    expect(running.outbox.counters()['waiting']).toBe(0);
  },
);

it('one head covers all that could not be shown before', async () => {
  bed.port.fate = (call) => (call === 'endorse' ? 'fails' : 'answers');
  for (const size of [3, 5, 8, 13]) await anchor.anchor(head(size)).catch(() => undefined);
  expect(running.outbox.counters()['waiting']).toBe(1);
  bed.port.fate = () => 'answers';
  expect(await anchor.anchor(head(21))).toEqual(head(21));
  expect(bed.port.effects.length).toBeLessThanOrEqual(2);
});

it('one that is withdrawn while it is being endorsed never leaves', async () => {
  bed.port.before = (call) => {
    if (call === 'endorse') running.outbox.withdraw('anchor');
  };
  await expect(anchor.anchor(head(3))).rejects.toMatchObject({ code: 'ANCHOR_UNREACHABLE' });
  expect(bed.port.calls).not.toContain('submit');
  expect(running.outbox.counters()['waiting']).toBe(0);
});
