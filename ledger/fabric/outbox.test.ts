// SPDX-License-Identifier: Apache-2.0
import { fc, test } from '@fast-check/vitest';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bytesToHex } from '../codec/hex.ts';
import { commandId } from '../contract/signed-command.ts';
import { digest } from '../contract/testing/world.ts';
import { sha256 } from '../crypto/sha256.ts';
import { FABRIC_FAULT_POINTS, type FabricFaultPoint } from './fault-point.ts';
import { OutboxStore } from './outbox-store.ts';
import { type Call, CODES, type Fate, thrown } from './testing/fake-port.ts';
import { drained, OutboxBed, type Running } from './testing/outbox-bed.ts';

let bed: OutboxBed;
let running: Running;
beforeEach(async () => {
  bed = new OutboxBed();
  running = bed.open();
  await bed.found(running);
});
afterEach(async () => bed[Symbol.asyncDispose]());

const grant = (label: string) => bed.hosp.sign(bed.hosp.grant(label, bed.reg));
const revoke = (label: string) => bed.hosp.sign(bed.hosp.revoke(label));
const idOf = (signed: Uint8Array) => bytesToHex(commandId(signed, sha256));

/** The given fates for the calls of one kind, one after the other; then it answers. */
function fates(call: Call, ...list: Fate[]): void {
  bed.port.fate = (called) => (called === call && list.shift()) || 'answers';
}

it('takes a command to the ledger once, and keeps its answer', async () => {
  const signed = grant('c1');
  expect(await running.host.submit(signed)).toEqual({ kind: 'accepted' });
  expect(bed.port.calls).toEqual(['endorse', 'submit', 'status']);
  expect(running.host.find(commandId(signed, sha256))).toEqual({ state: 'anchored', reply: { kind: 'accepted' } });
  expect(await running.host.submit(signed)).toEqual({ kind: 'already' });
  expect(
    await running.host.submit(bed.hosp.sign({ ...bed.hosp.grant('c1', bed.reg), scope: digest('wider') })),
  ).toEqual({
    kind: 'refused',
    code: 'CONFLICT',
    detail: 'the consent was given otherwise',
  });
  expect(await running.host.submit(signed.subarray(1))).toMatchObject({ code: 'COMMAND_MALFORMED' });
  expect(bed.port.effects).toEqual([idOf(signed)]);
  expect(running.outbox.counters()).toMatchObject({ waiting: 0, rejected: 1 });
});

it('holds the signed envelope on disk before it leaves', async () => {
  let held: unknown;
  bed.port.before = (call) => {
    if (call === 'submit') held = running.store.next('command')?.alive?.txId;
  };
  await running.host.submit(grant('c1'));
  expect(held).toMatch(/^tx\d+$/);
});

describe('an answer that is lost', () => {
  it.each(['endorse', 'submit', 'status'] as const)('of %s: asked again, and counted once', async (call) => {
    const signed = grant('c1');
    fates(call, 'loses', 'fails');
    expect(await running.host.submit(signed)).toEqual({ kind: 'accepted' });
    expect(bed.port.effects).toEqual([idOf(signed)]);
  });
  it('is found by the status of the transaction, and nothing is submitted again', async () => {
    fates('submit', 'loses');
    await running.host.submit(grant('c1'));
    expect(bed.port.calls).toEqual(['endorse', 'submit', 'status']);
    expect(running.outbox.counters()).toMatchObject({ found: 1, resubmitted: 0, ambiguousFailures: 1 });
  });
  it('is found by asking the contract where the status is not known', async () => {
    const list: [Call, Fate][] = [
      ['endorse', 'answers'],
      ['submit', 'loses'],
      ['status', 'fails'],
      ['judge', 'answers'],
    ];
    bed.port.fate = () => list.shift()?.[1] ?? 'answers';
    expect(await running.host.submit(grant('c1'))).toEqual({ kind: 'accepted' });
    expect(bed.port.calls).toEqual(['endorse', 'submit', 'status', 'judge']);
  });
  it('has the same envelope submitted again while it is fresh, and another one made when it is not', async () => {
    fates('submit', 'fails');
    await running.host.submit(grant('c1'));
    expect(bed.port.calls.filter((call) => call === 'endorse')).toHaveLength(1);
    expect(running.outbox.counters()).toMatchObject({ resubmitted: 1 });
    bed.port.fate = (call) => {
      if (call === 'submit') bed.time.advance(700_000);
      bed.port.fate = call === 'submit' ? () => 'answers' : bed.port.fate;
      return call === 'submit' ? 'fails' : 'answers';
    };
    await running.host.submit(grant('c2'));
    expect(running.outbox.counters()).toMatchObject({ resubmitted: 1, invalidated: 1 });
    expect([bed.port.effects.length, bed.port.twins]).toEqual([2, []]);
  });
});

describe('what validation says', () => {
  it('a conflict has the command endorsed anew', async () => {
    bed.port.forcedCode = CODES.MVCC_READ_CONFLICT;
    expect(await running.host.submit(grant('c1'))).toEqual({ kind: 'accepted' });
    expect(bed.port.calls.filter((call) => call === 'endorse')).toHaveLength(2);
  });
  it('wrong endorsers are the end of it, and not the contract that refuses', async () => {
    bed.port.forcedCode = CODES.VALIDATION_FAILED;
    const signed = grant('c1');
    await expect(running.host.submit(signed)).rejects.toMatchObject({ code: 'FABRIC_TRANSACTION_INVALID' });
    expect(running.host.find(commandId(signed, sha256))).toMatchObject({ state: 'rejected' });
    expect([bed.port.effects, running.outbox.counters()['waiting']]).toEqual([[], 0]);
  });
});

it('believes a refusal of another organisation alone only after some time, for its peer may be behind', async () => {
  let behind = 3;
  bed.port.before = (call) => {
    if (call !== 'endorse' || behind-- <= 0) return;
    throw thrown('EndorseError', 10, 'chaincode response 500, NOT_FOUND: the organisation', 'RegMSP');
  };
  expect(await running.host.submit(grant('c1'))).toEqual({ kind: 'accepted' });
  behind = 100;
  expect(await running.host.submit(grant('c2'))).toMatchObject({ code: 'NOT_FOUND' });
});

it('brings a revocation whose time has not come for the peers, and drops none; another command is refused', async () => {
  await running.host.submit(grant('c1'));
  let ahead = 3;
  bed.port.before = (call) => {
    if (call === 'endorse' && ahead-- > 0)
      throw thrown('EndorseError', 10, 'chaincode response 500, TIME_AHEAD: 700000 ms');
  };
  expect(await running.host.submit(revoke('c1'))).toEqual({ kind: 'accepted' });
  expect(running.outbox.counters()).toMatchObject({ rejected: 0, transientFailures: 3 });
  ahead = 1;
  expect(await running.host.submit(grant('c2'))).toMatchObject({ kind: 'refused', code: 'TIME_AHEAD' });
});

it('lets revocations overtake, but not the grant that they revoke', async () => {
  await running.host.submit(grant('old'));
  bed.port.effects.length = 0;
  const [first, second, old, ofSecond] = [grant('first'), grant('second'), revoke('old'), revoke('second')];
  await Promise.all([first, second, ofSecond, old].map((signed) => running.host.submit(signed)));
  const order = bed.port.effects.map((id) => [first, second, ofSecond, old].findIndex((signed) => idOf(signed) === id));
  expect(order.indexOf(2)).toBeGreaterThan(order.indexOf(1));
  expect(order.indexOf(3)).toBeLessThan(order.indexOf(1));
});

it('takes ten thousand commands and no more, and goes on when it is closed and opened', async () => {
  bed.port.fate = () => 'fails';
  const signed = grant('c1');
  const database = running.store;
  expect(database.waiting()).toBe(0);
  Object.assign(database, { waiting: () => 10_000 });
  expect(() => running.host.enqueue(signed)).toThrow(expect.objectContaining({ code: 'FABRIC_OUTBOX_FULL' }));
  expect(running.outbox.counters()).toMatchObject({ refusedFull: 1 });
  Object.assign(database, { waiting: () => 9_999 });
  const { answer } = running.host.enqueue(signed);
  await running[Symbol.asyncDispose]();
  await expect(answer).rejects.toMatchObject({ code: 'FABRIC_CLOSED' });
  expect(() => running.host.enqueue(signed)).toThrow(expect.objectContaining({ code: 'FABRIC_CLOSED' }));
  bed.port.fate = () => 'answers';
  running = bed.open();
  await drained(running);
  expect(bed.port.effects).toEqual([idOf(signed)]);
});

it('does not wait for a clock that was set back', async () => {
  bed.port.fate = () => 'fails';
  const { answer } = running.host.enqueue(grant('c1'));
  while (bed.port.calls.length < 3) await new Promise<void>((resolve) => setImmediate(resolve));
  const closed = expect(answer).rejects.toMatchObject({ code: 'FABRIC_CLOSED' });
  await running[Symbol.asyncDispose]();
  await closed;
  bed.port.fate = () => 'answers';
  bed.time.advance(-3_600_000);
  const backMs = bed.time.nowMs();
  running = bed.open();
  await drained(running);
  expect(bed.time.nowMs() - backMs).toBeLessThan(3_600_000);
  expect(bed.port.effects).toHaveLength(1);
});

it('tells of a refusal for which nobody waits any more', async () => {
  await running.host.submit(grant('c1'));
  bed.port.fate = () => 'fails';
  const { answer } = running.host.enqueue(bed.hosp.sign({ ...bed.hosp.grant('c1', bed.reg), scope: digest('wider') }));
  await running[Symbol.asyncDispose]();
  await expect(answer).rejects.toMatchObject({ code: 'FABRIC_CLOSED' });
  bed.port.fate = () => 'answers';
  running = bed.open();
  await drained(running);
  expect(bed.unclaimed).toEqual(['CONFLICT']);
});

describe.each(FABRIC_FAULT_POINTS)('killed at %s', (point) => {
  it('goes on after the restart: nothing lost, nothing twice, nothing left', async () => {
    const signed = grant('c1');
    bed.killAt = point;
    const { answer } = running.host.enqueue(signed);
    await expect(answer).rejects.toThrow(point);
    expect(await running.ended).toBe(true);
    await running[Symbol.asyncDispose]();
    running = bed.open();
    await drained(running);
    expect(running.host.find(commandId(signed, sha256))).toMatchObject({ state: 'anchored' });
    expect(bed.port.effects).toEqual([idOf(signed)]);
    expect(bed.port.twins).toEqual([]);
  });
});

interface Trial {
  readonly fates: readonly Fate[];
  readonly kills: readonly FabricFaultPoint[];
}
const trial: fc.Arbitrary<Trial> = fc.record({
  fates: fc.array(fc.constantFrom<Fate>('answers', 'fails', 'loses'), { maxLength: 40 }),
  kills: fc.array(fc.constantFrom(...FABRIC_FAULT_POINTS), { maxLength: 4 }),
});

describe('any failures and any kills', () => {
  test.prop([trial], { numRuns: 25 })('every command takes effect exactly once', async ({ fates: script, kills }) => {
    await using own = new OutboxBed();
    let run = own.open();
    await own.found(run);
    const signed = ['a', 'b'].flatMap((label) => [
      own.hosp.sign(own.hosp.grant(label, own.reg)),
      own.hosp.sign(own.hosp.revoke(label)),
    ]);
    const left = [...script];
    own.port.fate = () => left.shift() ?? 'answers';
    for (const bytes of signed) run.host.enqueue(bytes).answer.catch(() => undefined);
    for (const point of kills) {
      own.killAt = point;
      if (!(await drained(run))) break;
      await run[Symbol.asyncDispose]();
      run = own.open();
    }
    own.killAt = undefined;
    await drained(run);
    expect(own.port.effects.toSorted()).toEqual(signed.map(idOf).toSorted());
    expect(own.port.twins).toEqual([]);
  });

  it('an outbox that forgets its envelopes is caught', async () => {
    await running[Symbol.asyncDispose]();
    running = bed.open(
      class extends OutboxStore {
        override keepEnvelope(): boolean {
          return true;
        }
      },
    );
    fates('submit', 'fails');
    await running.host.submit(grant('c1'));
    expect(bed.port.twins).not.toEqual([]);
  });
});
