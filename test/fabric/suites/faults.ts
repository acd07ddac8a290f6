// SPDX-License-Identifier: Apache-2.0
/**
 * The fault list of the ledger on Fabric: whatever dies, and whenever, nothing is lost and nothing counted twice, and the outbox is empty
 * afterwards. What took effect is counted by the events of the channel, never by what the client believes.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bytesToHex } from '../../../ledger/codec/hex.ts';
import { commandId } from '../../../ledger/contract/signed-command.ts';
import { sha256 } from '../../../ledger/crypto/sha256.ts';
import { openFabricClient } from '../../../ledger/fabric/client.ts';
import { FABRIC_FAULT_POINTS } from '../../../ledger/fabric/fault-point.ts';
import type { FabricLedger } from '../../../ledger/fabric/index.ts';
import type { FabricBed } from '../../../ledger/fabric/testing/bed.ts';
import { gatewayOf, headOf } from '../support/bed-ledger.ts';
import { Ward } from '../support/ward.ts';

export interface FaultTimes {
  /** Longer than a peer waits for the orderer. */
  readonly freezeMs: number;
}

const HOUR_MS = 3_600_000;
const LOOK_AGAIN_MS = 20;

export function fabricFaults(title: string, openBed: () => Promise<FabricBed>, times: FaultTimes): void {
  describe(`faults of ${title}`, () => {
    let ward: Ward;
    beforeAll(async () => {
      ward = await Ward.found(await openBed());
    });
    afterAll(async () => ward?.[Symbol.asyncDispose]());
    frozenOrderer(() => ward, times);
    deadParts(() => ward);
    killedClient(() => ward);
    duplicateEnvelope(() => ward);
    dayWithoutNetwork(() => ward, times);
  });
}

function frozenOrderer(ward: () => Ward, { freezeMs }: FaultTimes): void {
  it('an orderer that is frozen while it commits: the answer is found', async () => {
    await using ledger = await ward().open();
    const { signed, id } = ward().access();
    await ward().bed.faults.freezeOrderer(freezeMs);
    expect(await ledger.host.submit(signed)).toEqual({ kind: 'accepted' });
    expect(ledger.counters()).toMatchObject({ waiting: 0, ambiguousFailures: expect.toSatisfy((n: number) => n > 0) });
    expect(await ward().timesOf([id])).toEqual([1]);
  });
}

function deadParts(ward: () => Ward): void {
  const parts = [
    ['our own peer', 'killPeer', 'startPeer', 'HospMSP'],
    ["the other organisation's peer", 'killPeer', 'startPeer', 'RegMSP'],
    ['our own chaincode server', 'killChaincode', 'startChaincode', 'HospMSP'],
    ["the other organisation's chaincode server", 'killChaincode', 'startChaincode', 'RegMSP'],
  ] as const;
  it.each(parts)('%s killed: the command waits until it is back', async (_part, kill, start, org) => {
    await using ledger = await ward().open();
    const before = ward().access();
    const during = ward().access();
    await ledger.host.submit(before.signed);
    await ward().bed.faults[kill](org);
    const { answer } = ledger.host.enqueue(during.signed);
    await failedOnce(ledger);
    await ward().bed.faults[start](org);
    expect(await answer).toEqual({ kind: 'accepted' });
    expect(ledger.counters()).toMatchObject({ waiting: 0 });
    expect(await ward().timesOf([before.id, during.id])).toEqual([1, 1]);
  });
}

function killedClient(ward: () => Ward): void {
  it.each(FABRIC_FAULT_POINTS)('the client killed at %s: the next one finishes', async (killAt) => {
    const { signed, id } = ward().access();
    const directory = ward().directory();
    const commandHex = bytesToHex(signed);
    expect(await ward().child({ directory, commandHex, killAt })).toBe('SIGKILL');
    expect(await ward().child({ directory })).toBe('done');
    expect(await ward().timesOf([id])).toEqual([1]);
  });
  it('control: a command whose outbox was lost with the client is missed', async () => {
    const { signed, id } = ward().access();
    const task = { commandHex: bytesToHex(signed), killAt: 'fabric-after-endorse' } as const;
    expect(await ward().child({ ...task, directory: ward().directory() })).toBe('SIGKILL');
    expect(await ward().child({ directory: ward().directory() })).toBe('done');
    expect(await ward().timesOf([id])).toEqual([0]);
  });
  it.each(FABRIC_FAULT_POINTS)(
    'the client killed at %s of an anchor: the next one goes on from there',
    async (killAt) => {
      const directory = ward().directory();
      const size = ((await ward().heldSize()) ?? 0) + 3;
      expect(await ward().child({ directory, size, killAt })).toBe('SIGKILL');
      expect(await ward().child({ directory, size: size + 2 })).toBe('done');
      expect(await ward().heldSize()).toBe(size + 2);
    },
  );
}

function duplicateEnvelope(ward: () => Ward): void {
  it('one envelope submitted twice counts once, and stays valid', async () => {
    await using client = openFabricClient(await ward().bed.connection('HospMSP', gatewayOf(ward().hosp)));
    const { signed, id } = ward().access();
    const { txId, envelope } = await client.endorse(signed);
    await client.submit(envelope);
    await client.submit(envelope);
    expect(await client.status(txId, 20_000)).toBe(0);
    expect(await ward().timesOf([id])).toEqual([1]);
    expect(await client.status(txId, 20_000)).toBe(0);
  });
}

function dayWithoutNetwork(ward: () => Ward, { freezeMs }: FaultTimes): void {
  it('a day without network: at most three anchors cover it, and nothing waits afterwards', async () => {
    const { hosp, reg, bed } = ward();
    const clock = new DayClock();
    await using ledger = await ward().open({ nowMs: clock.nowMs, timers: clock });
    const first = ((await ward().heldSize()) ?? 0) + 1;
    const grants = ['granted', 'revoked'].map((label) => hosp.sign(hosp.grant(label, reg)));
    const commands = [...grants, hosp.sign(hosp.revoke('revoked'))];
    // The day begins with an anchor whose answer is lost with the network.
    await bed.faults.freezeOrderer(freezeMs);
    const lost = settled(ledger.anchor.anchor(headOf(hosp, first)));
    await untilCounted(ledger, 'endorsed');
    await bed.faults.network('down');
    const answers = commands.map((signed) => ledger.host.enqueue(signed).answer);
    expect(await lost).toBe('ANCHOR_UNREACHABLE');
    for (let hour = 1; hour <= 24; hour += 1) {
      clock.advance(HOUR_MS);
      expect(await settled(ledger.anchor.anchor(headOf(hosp, first + hour)))).toBe('ANCHOR_UNREACHABLE');
    }
    await bed.faults.network('up');
    const newest = headOf(hosp, first + 25);
    while ((await settled(ledger.anchor.anchor(newest))) !== newest) await clock.pass();
    for (const answer of answers)
      expect(await Promise.race([answer, clock.ticking(answer)])).toEqual({ kind: 'accepted' });
    expect(ledger.counters()).toMatchObject({ waiting: 0 });
    expect(await ward().heldSize()).toBe(newest.size);
    const end = ward().access();
    await ledger.host.submit(end.signed);
    const events = await ward().eventsUntil(end.id);
    const anchors = events.filter(({ type, size = 0 }) => type === 'anchorCheckpoint' && size >= first);
    expect(anchors.length).toBeLessThanOrEqual(3);
    const ids = commands.map((signed) => bytesToHex(commandId(signed, sha256)));
    expect(ids.map((id) => events.filter((event) => event.id === id).length)).toEqual([1, 1, 1]);
  });
}

/** A clock that begins a day and an hour ago, and goes by leaps: commands never bear a time that has not come. */
class DayClock {
  #nowMs = Date.now() - 25 * HOUR_MS;
  readonly nowMs = (): number => this.#nowMs;

  advance(byMs: number): void {
    this.#nowMs += byMs;
  }

  /** Waits a little, whatever is asked for: the waiting loop looks at the time again. */
  after(delayMs: number, run: () => void): () => void {
    const timer = setTimeout(run, Math.min(delayMs, LOOK_AGAIN_MS));
    return () => clearTimeout(timer);
  }

  /** A little time in which every back-off ends. */
  async pass(): Promise<void> {
    await sleep(LOOK_AGAIN_MS);
    this.advance(60_000);
  }

  /** Lets time pass until something is answered. */
  async ticking(answer: Promise<unknown>): Promise<never> {
    let isOver = false;
    const over = () => {
      isOver = true;
    };
    answer.then(over, over);
    while (!isOver) await this.pass();
    return new Promise(() => {});
  }
}

/** What it resolves with, or the code of the error that it rejects with. */
async function settled<T>(promise: Promise<T>): Promise<T | string> {
  try {
    return await promise;
  } catch (error) {
    if (error instanceof Error && 'code' in error) return String(error.code);
    throw error;
  }
}

async function failedOnce(ledger: FabricLedger): Promise<void> {
  const failures = () => ledger.counters()['transientFailures']! + ledger.counters()['ambiguousFailures']!;
  while (failures() === 0) await sleep(LOOK_AGAIN_MS);
}

async function untilCounted(ledger: FabricLedger, counter: string): Promise<void> {
  while (ledger.counters()[counter] === 0) await sleep(LOOK_AGAIN_MS);
}
