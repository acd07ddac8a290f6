// SPDX-License-Identifier: Apache-2.0
/** What a station may ask, over a real data path: commands, refusals with their code, and payloads that are no request. */
import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import type { WardMessage } from '../messages.ts';
import { CUFF, openDataPathBench, START_MS, WEAR } from '../testing/data-path-bench.ts';
import { Control } from './control.ts';

const STAY = 'ab'.repeat(16);
const [EARLY, LATE] = [0, 100].map((fromMs) => ({
  correction: 'cd'.repeat(16),
  fromMs,
  toMs: fromMs + 10,
  vital: null,
  reason: 'in-error' as const,
  by: 'Nurse Joy',
  why: 'sensor fell off',
  atMs: 200,
  withdrawn: { by: 'Nurse Ray', why: 'it was the wrong hour', atMs: 300 },
}));
/** Where it stands in the log, and the bytes for a proof, are for who asks for that only. */
const PROVABLE = { entries: [{ entry: 7, opening: 'AAAA' }] };

async function open(granted: Promise<void> = Promise.resolve()) {
  const { bench, dataPath, shown, clock, randomHex } = await openDataPathBench();
  const logged: object[] = [];
  let changes = 0;
  const control = new Control({
    dataPath,
    wardMs: () => clock.wardMs + 0.25,
    randomHex,
    wardMessage: () => ({ type: 'ward' }) as WardMessage,
    ledger: {
      logAccess: async (access) => {
        if (access.by === 'nobody') throw new Error('a detail that is nobody’s business');
        logged.push(access);
        const { stay, by, purpose, fromMs, toMs } = access;
        return { stay, by, purpose, fromMs, toMs, id: 'entry 1', atMs: 0, outbox: 1 };
      },
      grant: () => granted.then(() => ({ consent: STAY })),
      revoke: async () => undefined,
      consents: async () => ({ consents: [] }),
      correct: async () => undefined,
      withdrawCorrection: async ({ stay }) => stay ?? '',
      corrections: async () => [EARLY!, LATE!].map((one) => ({ ...one, ...PROVABLE })),
    },
    openReadings: async () => [Uint8Array.of(1, 2)],
    accessesOf: async () => [],
    onChange: () => {
      changes += 1;
    },
  });
  const ask = async (request: object) => {
    const body = { id: '7', from: 'desk', by: 'Nurse Joy', ...request };
    const answer = await control.answer(Buffer.from(JSON.stringify(body)));
    return answer?.response;
  };
  return { bench, dataPath, shown, control, ask, logged, changes: () => changes };
}

describe('a station', () => {
  it('admits with a bed and no name, and links the sensor in the same breath', async () => {
    const { bench, ask, changes } = await open();
    expect(await ask({ command: 'admit', bed: '1', name: '  ', device: WEAR.handle })).toEqual({ id: '7', ok: true });
    const { stays, links } = bench.writer.state().ward;
    expect(stays).toMatchObject([{ bed: '1', name: null, openedMs: START_MS, closedMs: null }]);
    expect(links).toMatchObject([{ device: WEAR.handle, stay: stays[0]!.id, toMs: null, by: 'Nurse Joy' }]);
    expect(changes()).toBe(1);
  });

  it('is told that a bed is taken, empty or unknown, and nothing changes', async () => {
    const { bench, ask, changes } = await open();
    await ask({ command: 'admit', bed: '1' });
    expect(await ask({ command: 'admit', bed: '1', device: WEAR.handle })).toMatchObject({
      ok: false,
      code: 'BED_TAKEN',
    });
    expect(await ask({ command: 'link', bed: '2', device: WEAR.handle })).toMatchObject({ code: 'BED_EMPTY' });
    expect(await ask({ command: 'admit', bed: '9' })).toMatchObject({ code: 'BED_UNKNOWN' });
    expect(bench.writer.state().ward).toMatchObject({ stays: [{ bed: '1' }], links: [] });
    expect(changes()).toBe(1);
  });

  it('acts on the patient that was seen, or on nobody', async () => {
    const { bench, ask, dataPath } = await open();
    await ask({ command: 'admit', bed: '1', name: 'Meier', device: WEAR.handle });
    const seen = dataPath.ward.openStayOn('1')?.id;
    await ask({ command: 'discharge', bed: '1', stay: seen });
    // Meanwhile another nurse has given the bed, and the sensor, to somebody else.
    await ask({ command: 'admit', bed: '1', name: 'Schulz', device: WEAR.handle, confirm: true });
    const before = bench.writer.state().ward;
    for (const command of [
      { command: 'discharge', bed: '1' },
      { command: 'transfer', bed: '1', to: '2' },
      { command: 'link', bed: '1', device: CUFF.handle },
      { command: 'unlink', device: WEAR.handle },
    ]) {
      expect(await ask({ ...command, stay: seen }), command.command).toMatchObject({ code: 'STAY_CHANGED' });
      expect(bench.writer.state().ward).toEqual(before);
    }
    expect(await ask({ command: 'unlink', device: WEAR.handle, stay: dataPath.ward.openStayOn('1')?.id })).toEqual({
      id: '7',
      ok: true,
    });
    expect(await ask({ command: 'unlink', device: WEAR.handle, stay: seen })).toMatchObject({ ok: true });
  });

  it('marks readings as wrong, and no board shows one until that is taken back', async () => {
    const { ask, dataPath, shown } = await open();
    await ask({ command: 'admit', bed: '1', device: CUFF.handle });
    const systolic = { vital: 'bpSystolic', value: { mantissa: 120, exponent: 0 }, unit: 'mm[Hg]', mdc: 150021 };
    await dataPath.accept(CUFF, [{ ...systolic, deviceTimeMs: START_MS, flags: 0, raw: Uint8Array.of(1) }], 0);
    await expect.poll(() => shown).toMatchObject([{ value: '120' }]);
    const stay = dataPath.ward.openStayOn('1')?.id;
    const command = { command: 'correct', stay, fromMs: START_MS, toMs: START_MS, reason: 'in-error', why: 'fell off' };
    expect(await ask(command)).toEqual({ id: '7', ok: true });
    expect(shown.slice(1)).toMatchObject([{ stay, value: null, absent: 'corrected' }]);
    const back = { command: 'withdraw-correction', stay, correction: 'cd'.repeat(16), why: 'the wrong hour' };
    expect(await ask(back)).toEqual({ id: '7', ok: true });
    expect(shown.slice(2)).toMatchObject([{ stay, value: '120', absent: null }]);
  });

  it('is asked to confirm a sensor that was used for a patient, and may', async () => {
    const { ask, dataPath } = await open();
    await ask({ command: 'admit', bed: '1', device: WEAR.handle });
    await ask({ command: 'admit', bed: '2' });
    const link = { command: 'link', bed: '2', device: WEAR.handle };
    expect(await ask(link)).toMatchObject({ ok: false, code: 'CONFIRM_REUSE', advice: expect.any(String) });
    expect(await ask({ ...link, confirm: true })).toMatchObject({ ok: true });
    expect(dataPath.ward.openLinkOf(WEAR.handle)?.stay).toBe(dataPath.ward.openStayOn('2')?.id);
  });

  it('cannot link a sensor that nobody enrolled, but unlinks whatever is linked', async () => {
    const { ask, dataPath } = await open();
    const unknown = { ok: false, code: 'DEVICE_UNKNOWN' };
    expect(await ask({ command: 'admit', bed: '1', device: 'wear-9' })).toMatchObject(unknown);
    expect(dataPath.ward.openStayOn('1')).toBeUndefined();
    await ask({ command: 'admit', bed: '1', device: CUFF.handle });
    expect(await ask({ command: 'link', bed: '1', device: 'wear-9' })).toMatchObject(unknown);
    expect(await ask({ command: 'unlink', device: CUFF.handle })).toMatchObject({ ok: true });
    expect(dataPath.ward.openLinkOf(CUFF.handle)).toBeUndefined();
  });

  it('moves a stay to a free bed, and discharges it there', async () => {
    const { ask, dataPath } = await open();
    await ask({ command: 'admit', bed: '1', device: WEAR.handle });
    expect(await ask({ command: 'transfer', bed: '1', to: '2' })).toMatchObject({ ok: true });
    expect(await ask({ command: 'discharge', bed: '2' })).toMatchObject({ ok: true });
    expect(dataPath.ward.openStays()).toEqual([]);
  });

  it('is told that the disk is full, by its code and advice', async () => {
    const { bench, ask } = await open();
    bench.full = true;
    expect(await ask({ command: 'admit', bed: '1' })).toMatchObject({
      ok: false,
      code: 'JOURNAL_FULL',
      advice: 'make room',
    });
  });

  it('gets the words of no error that is not coded', async () => {
    const { ask } = await open();
    const request = { command: 'log-access', stay: STAY, fromMs: 1, toMs: 2, purpose: 'trend', by: 'nobody' };
    const answer = await ask(request);
    expect(answer).toMatchObject({ ok: false, code: 'COMMAND_FAILED' });
    expect(JSON.stringify(answer)).not.toContain('detail');
  });

  it('gets unsealed readings with the entry of its access only, and only for a trend', async () => {
    const { ask, logged } = await open();
    const request = { command: 'log-access', stay: STAY, fromMs: 1.5, toMs: 2.25 };
    const head = [Buffer.from([1, 2]).toString('base64')];
    const common = { access: 'entry 1', corrections: [EARLY] };
    expect((await ask({ ...request, purpose: 'trend' }))?.result).toEqual({ ...common, head });
    expect((await ask({ ...request, purpose: 'export' }))?.result).toEqual({ ...common, head: [] });
    expect(logged).toMatchObject([{ fromMs: 1.5, by: 'Nurse Joy', purpose: 'trend' }, { purpose: 'export' }]);
  });

  it('gets nothing for an open board but that it is on record', async () => {
    const { ask, logged } = await open();
    const board = { command: 'log-access', stay: STAY, fromMs: 0, toMs: 200, purpose: 'board' };
    expect((await ask(board))?.result).toEqual({ access: 'entry 1', head: [], corrections: [] });
    expect(logged).toMatchObject([{ by: 'Nurse Joy', purpose: 'board' }]);
  });

  it('gets with its access what was said of readings of that range, and all that was said when it asks for that', async () => {
    const { ask } = await open();
    const request = { command: 'log-access', stay: STAY, fromMs: 11, toMs: 99, purpose: 'proof' };
    expect((await ask(request))?.result).toMatchObject({ corrections: [] });
    expect((await ask({ ...request, toMs: 100 }))?.result).toMatchObject({ corrections: [LATE] });
    expect((await ask({ command: 'corrections', stay: STAY }))?.result).toEqual({
      corrections: [
        { ...EARLY, ...PROVABLE },
        { ...LATE, ...PROVABLE },
      ],
    });
  });

  it('gets ward and newest values as a snapshot', async () => {
    const { ask } = await open();
    expect((await ask({ command: 'snapshot' }))?.result).toMatchObject({
      ward: { type: 'ward' },
      live: { type: 'live', readings: [] },
    });
  });
});

describe('commands', () => {
  it('are carried out one after another: of two who want a bed at once, one gets it', async () => {
    const { ask } = await open();
    const answers = await Promise.all([ask({ command: 'admit', bed: '1' }), ask({ command: 'admit', bed: '1' })]);
    expect(answers.map((answer) => answer?.ok)).toEqual([true, false]);
  });

  it('that wait for the log hold up no admission and no read, and each other in their order', async () => {
    const log = Promise.withResolvers<void>();
    const { ask } = await open(log.promise);
    const grant = { command: 'consent-grant', stay: STAY, grantor: 'P', grantee: 'Q', reader: 'relative', what: 'all' };
    const times = { fromMs: 0, toMs: 1, notBefore: 0, notAfter: 1 };
    const order: string[] = [];
    const answers = [
      ask({ ...grant, ...times }).then(() => order.push('granted')),
      ask({ command: 'consent-revoke', consent: STAY }).then(() => order.push('revoked')),
      ask({ command: 'log-access', stay: STAY, fromMs: 1, toMs: 2, purpose: 'trend' }).then(() => order.push('read')),
    ];
    expect((await ask({ command: 'admit', bed: '1' }))?.ok).toBe(true);
    await answers[2];
    expect(order).toEqual(['read']);
    log.resolve();
    await Promise.all(answers);
    expect(order).toEqual(['read', 'granted', 'revoked']);
  });

  it('go on after one that failed', async () => {
    const { ask } = await open();
    const answers = await Promise.all([ask({ command: 'discharge', bed: '1' }), ask({ command: 'snapshot' })]);
    expect(answers.map((answer) => answer?.ok)).toEqual([false, true]);
  });
});

describe('a payload that is no request', () => {
  it('is answered to nobody', async () => {
    const { control, ask } = await open();
    const bodies = ['', '{', 'null', '[]', '"snapshot"', '{"__proto__":{"command":"snapshot"}}', '[['.repeat(4000)];
    for (const body of bodies) expect(await control.answer(Buffer.from(body))).toBeUndefined();
    const bad = [
      { command: 'reboot' },
      { command: 'snapshot', extra: 1 },
      { command: 'snapshot', id: '' },
      { command: 'snapshot', from: '../other' },
      { command: 'admit', bed: '' },
      { command: 'admit', bed: '1', name: 'x'.repeat(81) },
      { command: 'link', bed: '1', device: 'a/#' },
      { command: 'log-access', stay: 'short', fromMs: 0, toMs: 1, purpose: 'trend' },
      { command: 'log-access', stay: STAY, fromMs: null, toMs: 1, purpose: 'trend' },
    ];
    for (const request of bad) expect(await ask(request)).toBeUndefined();
  });

  test.prop([
    fc.oneof(
      fc.uint8Array({ maxLength: 100 }),
      fc.json().map((text) => Buffer.from(text)),
    ),
  ])('is answered to nobody, whatever it is', async (payload) => {
    const { control } = await open();
    expect(await control.answer(payload)).toBeUndefined();
  });
});
