// SPDX-License-Identifier: Apache-2.0
/** The ledger of a gateway over its log: founded once whatever happens in between, and by nobody else; commands once, accesses by the rules. */
import { generateKeyPairSync } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ed25519PublicKey, ID_BYTES, sha256 } from '../../ledger/index.ts';
import { grantConsent, listConsents, revokeConsent } from './consents.ts';
import { type LocalLedger, openLocalLedger } from './local-ledger.ts';
import { BENCH_GATEWAY, type LedgerBench, openLedgerBench } from './testing/ledger-bench.ts';

const FOUNDING = 3;
const STAY = 'ab'.repeat(16);
const nowMs = Date.now();
const grantTo = (ledger: LocalLedger, { grantee } = { grantee: 'Paul' }) =>
  grantConsent(
    ledger,
    {
      ...{ id: '1', from: 'desk', by: 'Nurse Joy', command: 'consent-grant', grantor: 'Paula', grantee },
      ...{ reader: 'relative', what: 'all', stay: STAY, fromMs: 0, toMs: nowMs },
      ...{ notBefore: Date.now() - 1, notAfter: nowMs + 60_000 },
    },
    bench.options().random,
  );
const access = { stay: STAY, by: 'Nurse Joy', purpose: 'trend', fromMs: 1, toMs: 2 };
let bench: LedgerBench;
beforeEach(async () => {
  bench = await openLedgerBench();
});
afterEach(() => bench[Symbol.asyncDispose]());

describe('a ledger in the gateway', () => {
  it('is founded at the first start, and read at the next', async () => {
    await openLocalLedger(bench.options());
    expect(bench.size()).toBe(FOUNDING);
    const ledger = await openLocalLedger(bench.options());
    expect(bench.size()).toBe(FOUNDING);
    const key = bench.options().keys.gatewaySigning.publicKey;
    const device = sha256(ed25519PublicKey(key)).slice(0, ID_BYTES);
    expect((await ledger.read('getDevice', { device })).device).toMatchObject({
      owner: BENCH_GATEWAY,
      status: 'active',
    });
    expect(ledger.counters()).toMatchObject({ commands: FOUNDING, refusedInLog: 0 });
  });

  it('is founded once though the gateway died between its journal and its log', async () => {
    bench.isLogTaking = false;
    void openLocalLedger(bench.options()).catch(() => undefined);
    await expect.poll(() => bench.outbox.waiting().newest).toBe(FOUNDING);
    expect(bench.size()).toBe(0);
    bench.isLogTaking = true;
    const opening = openLocalLedger(bench.options());
    await bench.takeAll();
    await opening;
    expect([bench.size(), bench.outbox.waiting().newest]).toEqual([FOUNDING, FOUNDING]);
  });

  it('is not that of another administrator, who cannot begin anew over it either', async () => {
    await openLocalLedger(bench.options());
    const stranger = generateKeyPairSync('ed25519').privateKey;
    await expect(openLocalLedger(bench.options(stranger))).rejects.toMatchObject({ code: 'LEDGER_NOT_FOUNDED' });
    expect(bench.size()).toBe(FOUNDING);
  });

  it('puts an access on record, and refuses one that no rule permits without a trace', async () => {
    const ledger = await openLocalLedger(bench.options());
    const { outbox } = await ledger.logAccess(access);
    expect([outbox, bench.size()]).toEqual([FOUNDING + 1, FOUNDING + 1]);
    const terms = { basis: 'admission', decision: 'allowed', reader: 'researcher', purpose: 'research' } as const;
    await expect(ledger.logAccess({ ...access, terms })).rejects.toMatchObject({ code: 'NOT_PERMITTED' });
    expect(bench.size()).toBe(FOUNDING + 1);
  });

  it('releases nothing under a consent whose revocation is on its way, however long the log takes', async () => {
    const ledger = await openLocalLedger(bench.options());
    const consent = await grantTo(ledger);
    const terms = { basis: 'consent', decision: 'allowed', reader: 'relative', purpose: 'family' } as const;
    const asked = { ...access, terms: { ...terms, consent: Buffer.from(consent, 'hex') } };
    await ledger.logAccess(asked);
    bench.isLogTaking = false;
    const revoked = expect(revokeConsent(ledger, consent)).rejects.toMatchObject({ code: 'COMMAND_WAITS' });
    const NOT_LIVE = expect.objectContaining({ code: 'CONSENT_NOT_LIVE' });
    await expect.poll(() => bench.rotations).toBe(1);
    await expect(ledger.logAccess(asked)).rejects.toEqual(NOT_LIVE);
    await bench.timers.advance(10_000);
    await revoked;
    await expect(ledger.logAccess(asked)).rejects.toEqual(NOT_LIVE);
    // That somebody asked goes on record all the same.
    await ledger.logAccess({ ...asked, terms: { ...asked.terms, decision: 'denied' } });
    bench.isLogTaking = true;
    await bench.takeAll();
    await expect(ledger.logAccess(asked)).rejects.toEqual(NOT_LIVE);
  });

  it('gives a consent once, though its giver did not hear the answer and gave it again', async () => {
    const ledger = await openLocalLedger(bench.options());
    bench.isLogTaking = false;
    for (let again = 0; again < 2; again++) {
      const given = expect(grantTo(ledger)).rejects.toMatchObject({ code: 'COMMAND_WAITS' });
      await expect.poll(() => bench.timers.waiting().length).toBe(1);
      await bench.timers.advance(10_000);
      await given;
    }
    bench.isLogTaking = true;
    await bench.takeAll();
    const consent = await grantTo(ledger);
    expect(await listConsents(ledger)).toMatchObject([{ consent, status: 'granted' }]);
    expect([bench.size(), ledger.counters()['refusedInLog']]).toEqual([FOUNDING + 1, 0]);
    // A gateway that starts anew knows it as well; other terms are another one, and so are the same after a revocation.
    const next = await openLocalLedger(bench.options());
    expect(await grantTo(next)).toBe(consent);
    expect(await grantTo(next, { grantee: 'Petra' })).not.toBe(consent);
    await revokeConsent(next, consent);
    const anew = await grantTo(next);
    expect(anew).not.toBe(consent);
    const status = (await listConsents(next)).map((one) => one.status).toSorted();
    expect(status).toEqual(['granted', 'granted', 'revoked']);
    expect(await grantTo(next)).toBe(anew);
  });

  it('revokes a consent once, and changes the keys once, though who did so did not hear the answer', async () => {
    const ledger = await openLocalLedger(bench.options());
    const consent = await grantTo(ledger);
    bench.isLogTaking = false;
    for (let again = 0; again < 2; again++) {
      const revoked = expect(revokeConsent(ledger, consent)).rejects.toMatchObject({ code: 'COMMAND_WAITS' });
      await expect.poll(() => bench.timers.waiting().length).toBe(1);
      await bench.timers.advance(10_000);
      await revoked;
    }
    bench.isLogTaking = true;
    await bench.takeAll();
    await revokeConsent(ledger, consent);
    expect([bench.size(), bench.rotations]).toEqual([FOUNDING + 2, 1]);
  });

  it('revokes a consent once, under new keys, and keeps its details', async () => {
    const ledger = await openLocalLedger(bench.options());
    const nowMs = Date.now();
    const range = { stay: STAY, fromMs: 0, toMs: nowMs };
    const terms = {
      reader: 'relative',
      what: 'all',
      ...range,
      notBefore: nowMs - 1,
      notAfter: nowMs + 60_000,
    } as const;
    const people = { grantor: 'Paula', grantee: 'Paul' };
    const common = { id: '1', from: 'desk', by: 'Nurse Joy', command: 'consent-grant' } as const;
    const { random } = bench.options();
    const consent = await grantConsent(ledger, { ...common, ...people, ...terms }, random);
    for (let again = 0; again < 2; again++) await revokeConsent(ledger, consent);
    expect([bench.size(), bench.rotations]).toEqual([FOUNDING + 2, 1]);
    const details = { ...people, what: 'all', ...range };
    expect(await listConsents(ledger)).toMatchObject([{ consent, status: 'revoked', details }]);
    await expect(revokeConsent(ledger, STAY)).rejects.toMatchObject({ code: 'CONSENT_UNKNOWN' });
    await expect(
      grantConsent(ledger, { ...common, ...people, ...terms, granteeOrg: 'nobody' }, random),
    ).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});
