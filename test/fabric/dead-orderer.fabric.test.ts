// SPDX-License-Identifier: Apache-2.0
/** Four SmartBFT orderers go on with three, whichever is dead, and not with two. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RealBed } from '../../ledger/fabric/network/real-bed.ts';
import { onRealNetwork } from './support/real-network.ts';
import { Ward } from './support/ward.ts';

/** Some twenty times what a submit takes. */
const SILENCE_MS = 10_000;

onRealNetwork((openBed, ordering) => {
  describe.skipIf(ordering !== 'bft')('dead orderers of a real network with four of SmartBFT', () => {
    let bed: RealBed;
    let ward: Ward;
    beforeAll(async () => {
      bed = await openBed();
      ward = await Ward.found(bed);
    });
    afterAll(async () => ward?.[Symbol.asyncDispose]());

    // The first leads until it is dead.
    it.each([
      ['a follower', 3],
      ['the leader', 0],
    ])('%s killed: commands are accepted all the same', async (_who, index) => {
      await using ledger = await ward.open();
      const dead = [bed.orderers[index]!];
      await bed.killOrderers(dead);
      const [first, second] = [ward.access(), ward.access()];
      expect(await ledger.host.submit(first.signed)).toEqual({ kind: 'accepted' });
      expect(await ledger.host.submit(second.signed)).toEqual({ kind: 'accepted' });
      await bed.startOrderers(dead);
      expect(await ward.timesOf([first.id, second.id])).toEqual([1, 1]);
    });

    it('two killed: the command waits until one is back', async () => {
      await using ledger = await ward.open();
      const [one, other] = bed.orderers.slice(2);
      await bed.killOrderers([one!, other!]);
      const { signed, id } = ward.access();
      const { answer } = ledger.host.enqueue(signed);
      const answered = answer.then(() => 'answered');
      expect(await Promise.race([answered, sleep(SILENCE_MS, 'waits')])).toBe('waits');
      await bed.startOrderers([one!]);
      expect(await answer).toEqual({ kind: 'accepted' });
      await bed.startOrderers([other!]);
      expect(await ward.timesOf([id])).toEqual([1]);
    });
  });
});
