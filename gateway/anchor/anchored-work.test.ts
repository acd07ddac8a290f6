// SPDX-License-Identifier: Apache-2.0
/** The anchored follower over a real log on disk and homes that do as a test says: what is anchored is durable, and nothing waits for it. */
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  AnchorError,
  type AnchorErrorCode,
  type AnchorHome,
  type AnchorReceipt,
  type AnchorSequel,
  type Log,
  openLog,
  readAnchored,
  type SignedHead,
} from '../../ledger/index.ts';
import { HeldTimers, settled } from '../testing/held-timers.ts';
import { type AnchoredDeps, openAnchoredWork } from './anchored-work.ts';

const INTERVAL_MS = 60_000;
const LINE = '— north.example/witness AAAAAAAA\n';

/** Accepts with a line of its own, until it is told otherwise. */
class Home implements AnchorHome {
  readonly name;
  readonly shown: number[] = [];
  /** Who is told what this home says of the newest head later. */
  sequel: AnchorSequel | undefined;
  answer: (head: SignedHead) => Promise<AnchorReceipt>;

  constructor(name: AnchorHome['name'], line = '') {
    this.name = name;
    this.answer = async ({ size, note }) => ({ size, note: note + line });
  }
  anchor(head: SignedHead, sequel?: AnchorSequel): Promise<AnchorReceipt> {
    this.shown.push(head.size);
    this.sequel = sequel;
    return this.answer(head);
  }
  fail(code: AnchorErrorCode): void {
    this.answer = () => Promise.reject(new AnchorError(code));
  }
  async [Symbol.asyncDispose](): Promise<void> {}
}

let directory: string;
let log: Log;
let outbox: number;
let timers: HeldTimers;
let failures: unknown[];
const key = generateKeyPairSync('ed25519').privateKey;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'lamplight-anchored-'));
  log = await openLog({ directory, name: 'anchored', key, onFatal: () => {}, checkpointIntervalMs: 2 ** 30 });
  [outbox, timers, failures] = [0, new HeldTimers(), []];
  await grow();
});
afterEach(async () => {
  await log[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

async function grow(): Promise<void> {
  outbox += 1;
  await log.append([{ outbox, entry: Buffer.from(`entry ${outbox}`) }]);
  await log.publish();
}
const open = (homes: readonly AnchorHome[], over: Partial<AnchoredDeps> = {}) =>
  openAnchoredWork({
    homes,
    log,
    directory,
    timers,
    intervalMs: INTERVAL_MS,
    wake: () => undefined,
    onHomeFailure: (_, error) => failures.push(error),
    ...over,
  });
const anchored = async () => (await readAnchored(directory, log.vkey))?.size;

describe('the anchored follower', () => {
  it('shows the newest head at the start and once an interval, and keeps what was cosigned', async () => {
    const home = new Home('witnesses', LINE);
    let woken = 0;
    const work = await open([home], { wake: () => (woken += 1) });
    expect([await anchored(), home.shown]).toEqual([1, [1]]);
    for (let i = 0; i < 3; i++) await grow();
    expect(await work.sendOldest()).toBe(0);
    expect(work.state()).toEqual({ size: 1, waitingMs: 0, alarm: null });
    await timers.advance(INTERVAL_MS);
    expect([woken, work.state().waitingMs]).toEqual([1, INTERVAL_MS]);
    expect(await work.sendOldest()).toBe(1);
    expect([home.shown, await anchored(), work.state()]).toEqual([[1, 4], 4, { size: 4, waitingMs: 0, alarm: null }]);
    expect((await readAnchored(directory, log.vkey))?.note).toContain(LINE);
    expect(await work.sendOldest()).toBe(0);
  });

  it('does not wait for its time after a revocation', async () => {
    const home = new Home('witnesses');
    const work = await open([home]);
    await grow();
    work.hurry();
    expect([await work.sendOldest(), await anchored()]).toEqual([1, 2]);
  });

  it('is anchored when every home has accepted, and comes again with the newest head', async () => {
    const [witnesses, fabric] = [new Home('witnesses', LINE), new Home('fabric')];
    fabric.fail('ANCHOR_UNREACHABLE');
    const work = await open([witnesses, fabric]);
    expect([await anchored(), failures.length]).toEqual([undefined, 1]);
    await timers.advance(INTERVAL_MS);
    await expect(work.sendOldest()).rejects.toMatchObject({ code: 'ANCHOR_UNREACHABLE' });
    fabric.answer = async (head) => head;
    await grow();
    await timers.advance(INTERVAL_MS);
    await work.sendOldest();
    expect([await anchored(), witnesses.shown, fabric.shown]).toEqual([2, [1, 1, 2], [1, 1, 2]]);
    expect((await readAnchored(directory, log.vkey))?.note).toContain(LINE);
  });

  it.each(['ANCHOR_FORKED', 'ANCHOR_ROLLED_BACK'] as const)('does not start when a home proves %s', async (code) => {
    const home = new Home('witnesses');
    home.fail(code);
    await expect(open([home])).rejects.toMatchObject({ code: 'LEDGER_RECOVERY_NEEDED' });
    expect(await anchored()).toBeUndefined();
  });

  it('does not start either when the proof is there and another home never answers', async () => {
    const [witnesses, fabric] = [new Home('witnesses'), new Home('fabric')];
    witnesses.fail('ANCHOR_ROLLED_BACK');
    fabric.answer = () => new Promise(() => undefined);
    const opening = open([fabric, witnesses]);
    opening.catch(() => undefined);
    await expect.poll(() => failures.length).toBe(1);
    await timers.advance(10_000);
    await expect(opening).rejects.toMatchObject({ code: 'LEDGER_RECOVERY_NEEDED' });
  });

  it('starts though a home accuses without proof, says so, and is well again when that home accepts a head', async () => {
    const home = new Home('witnesses', LINE);
    home.fail('ANCHOR_ACCUSED');
    const work = await open([home]);
    expect([work.state().alarm, failures]).toEqual(['ANCHOR_ACCUSED', [expect.any(AnchorError)]]);
    home.fail('ANCHOR_UNREACHABLE');
    await timers.advance(INTERVAL_MS);
    await expect(work.sendOldest()).rejects.toMatchObject({ code: 'ANCHOR_UNREACHABLE' });
    // To fall silent is not to take it back.
    expect(work.state().alarm).toBe('ANCHOR_ACCUSED');
    home.answer = async (head) => head;
    await timers.advance(INTERVAL_MS);
    await work.sendOldest();
    expect(work.state()).toEqual({ size: 1, waitingMs: 0, alarm: null });
  });

  it('sounds an alarm that stays, when a home proves it later', async () => {
    const home = new Home('witnesses');
    const work = await open([home]);
    home.fail('ANCHOR_FORKED');
    await grow();
    await timers.advance(INTERVAL_MS);
    await expect(work.sendOldest()).rejects.toMatchObject({ code: 'ANCHOR_FORKED' });
    home.answer = async (head) => head;
    await timers.advance(INTERVAL_MS);
    await work.sendOldest();
    expect(work.state()).toMatchObject({ size: 2, alarm: 'ANCHOR_FORKED' });
  });

  it('sounds the alarm at once when a home has accepted a head and then proves more, and keeps a proof over an accusation', async () => {
    const home = new Home('witnesses');
    const work = await open([home]);
    home.sequel?.alarmed(new AnchorError('ANCHOR_ACCUSED'));
    expect(work.state().alarm).toBe('ANCHOR_ACCUSED');
    home.sequel?.alarmed(new AnchorError('ANCHOR_FORKED'));
    home.sequel?.alarmed(new AnchorError('ANCHOR_ACCUSED'));
    expect([work.state().alarm, failures.length]).toEqual(['ANCHOR_FORKED', 3]);
  });

  it('starts and stops though a home never answers', async () => {
    const home = new Home('witnesses');
    home.answer = () => new Promise(() => undefined);
    const opening = open([home]);
    await settled();
    await expect.poll(() => home.shown.length).toBe(1);
    await timers.advance(10_000);
    const work = await opening;
    await grow();
    await timers.advance(INTERVAL_MS);
    const running = work.sendOldest();
    work.stop();
    await timers.advance(10_000);
    expect(await running).toBe(0);
    expect(log.publishedSize).toBe(2);
  });

  it('publishes a line that came late, and never goes back to an older head', async () => {
    const home = new Home('witnesses');
    const work = await open([home]);
    const note = log.checkpoint()!;
    home.sequel?.improved({ size: 1, note: note + LINE });
    await expect.poll(async () => (await readAnchored(directory, log.vkey))?.note).toContain(LINE);
    await grow();
    work.hurry();
    await work.sendOldest();
    home.sequel?.improved({ size: 1, note: note + LINE });
    await work.showNow();
    expect(await anchored()).toBe(2);
  });
});
