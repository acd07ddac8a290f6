// SPDX-License-Identifier: Apache-2.0
/** Outbox and events under the failures that only the bench peer can make to order: each ends with every command counted once. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ContractEvent } from '../../ledger/contract/answer.ts';
import { BenchNetwork } from '../../ledger/fabric/testing/bench-network.ts';
import { Ward } from './support/ward.ts';

const program = new URL('../../ledger/fabric/chaincode/server.ts', import.meta.url);
let bed: BenchNetwork;
let ward: Ward;
beforeAll(async () => {
  bed = await BenchNetwork.start({ program });
  ward = await Ward.found(bed);
});
afterAll(async () => ward?.[Symbol.asyncDispose]());

const RETURN_MS = 700;
/** What goes wrong, what mends it if it does not pass by itself, and what the outbox must have met. */
const FAULTS: readonly [string, () => Promise<void>, (() => Promise<void>) | undefined, Record<string, number>][] = [
  [
    'the answer of the peer is cut off after it broadcast',
    () => bed.faults.cutAfterBroadcast('HospMSP'),
    undefined,
    { ambiguousFailures: 1, found: 1, endorsed: 1 },
  ],
  [
    'somebody else writes what it has read',
    () => bed.faults.mvccConflict(),
    undefined,
    { invalidated: 1, endorsed: 2 },
  ],
  ['its envelope is ordered twice', () => bed.faults.duplicate(), undefined, { endorsed: 1 }],
  ['its block is late', () => bed.faults.slowBlock(RETURN_MS), undefined, { endorsed: 1 }],
  [
    'the peer has heard of no other',
    () => bed.faults.discovery('HospMSP', 'down'),
    () => bed.faults.discovery('HospMSP', 'up'),
    { endorsed: 1 },
  ],
  ['the orderer is gone', () => bed.faults.stopOrderer(), () => bed.faults.startOrderer(), { endorsed: 1 }],
];

it.each(FAULTS)('%s: counted once, and nothing waits', async (_what, breaks, mends, counted) => {
  await using ledger = await ward.open();
  const { signed, id } = ward.access();
  await breaks();
  const { answer } = ledger.host.enqueue(signed);
  if (mends) {
    await sleep(RETURN_MS);
    await mends();
  }
  expect(await answer).toEqual({ kind: 'accepted' });
  expect(ledger.counters()).toMatchObject({ waiting: 0, rejected: 0, ...counted });
  expect(await ward.timesOf([id])).toEqual([1]);
});

it('a peer of the other organisation that is behind refuses for a while, and is not believed at once', async () => {
  const { hosp, reg } = ward;
  await using ledger = await ward.open();
  await bed.faults.behind('RegMSP', 'behind');
  expect(await ledger.host.submit(hosp.sign(hosp.grant('behind', reg)))).toEqual({ kind: 'accepted' });
  // That peer does not hold the consent yet, so by what it knows there is nothing to revoke.
  const { answer } = ledger.host.enqueue(hosp.sign(hosp.revoke('behind')));
  await sleep(RETURN_MS);
  await bed.faults.behind('RegMSP', 'level');
  expect(await answer).toEqual({ kind: 'accepted' });
});

it('events come once and in order through cut streams, a dead peer and a restart', async () => {
  const directory = ward.directory();
  const breaks = [async () => {}, () => bed.faults.cutEvents('HospMSP'), restartPeer];
  const taken: ContractEvent[] = [];
  let last = '';
  {
    await using reader = await ward.open({ directory });
    const events = reader.events.follow();
    for (const breakStream of breaks) {
      await breakStream();
      const { signed, id } = ward.access();
      await reader.host.submit(signed);
      for (last = id; taken.at(-1)?.id !== id; ) taken.push((await events.next()).value!.event);
    }
  }
  expect(taken).toEqual(await ward.eventsUntil(last));
  // Nobody said that the last one was dealt with: it comes again after the restart, and only that one.
  await using reader = await ward.open({ directory });
  expect((await reader.events.follow().next()).value?.event).toEqual(taken.at(-1));
});

async function restartPeer(): Promise<void> {
  await bed.faults.killPeer('HospMSP');
  await bed.faults.startPeer('HospMSP');
}
