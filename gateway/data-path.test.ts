// SPDX-License-Identifier: Apache-2.0
/** The data path over a real journal: what is acknowledged when, what a refused commit undoes, and what the bedside sees meanwhile. */
import { describe, expect, it } from 'vitest';
import type { Measurement } from '../devices/index.ts';
import type { DataPath } from './data-path.ts';
import type { JournalBench } from './journal/testing/journal-bench.ts';
import { CUFF, openDataPathBench as open, START_MS, WEAR } from './testing/data-path-bench.ts';

const SESSION = '00000000000000e0';
const STAY = 'ab'.repeat(16);

const spo2 = (sequence: number, more: Partial<Measurement> = {}): Measurement => ({
  vital: 'spo2',
  value: { mantissa: 90 + sequence, exponent: 0 },
  unit: '%',
  mdc: 150456,
  session: SESSION,
  sequence,
  flags: 0,
  raw: Buffer.from(`raw ${sequence}`),
  ...more,
});

const turn = () => new Promise((resolve) => setImmediate(resolve));
const admit = (dataPath: DataPath, device = WEAR.handle) =>
  dataPath.change((ward) => [
    ...ward.admit('1', STAY, null, START_MS),
    ...ward.link(device, STAY, START_MS, 'nurse', false),
  ]);
const openLinks = (bench: JournalBench, device: string) =>
  bench.writer.state().ward.links.filter((link) => link.device === device && link.toMs === null);

describe('what a device sends', () => {
  it('is acknowledged and shown after its commit, not before', async () => {
    const { bench, dataPath, shown } = await open();
    const release = bench.hold();
    let acknowledged = false;
    const accepted = dataPath.accept(WEAR, [spo2(0)], 0).then(() => {
      acknowledged = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect([acknowledged, shown.length]).toEqual([false, 0]);
    release();
    await accepted;
    await turn();
    expect(shown.map(({ value, bed }) => [value, bed])).toEqual([['90', null]]);
  });

  it('again, while its first sending is not committed, is acknowledged with it and stands once', async () => {
    const { bench, dataPath, counts } = await open();
    const release = bench.hold();
    const order: string[] = [];
    const first = dataPath.accept(WEAR, [spo2(0)], 0).then(() => order.push('first'));
    const resend = dataPath.accept(WEAR, [spo2(0)], 1).then(() => order.push('resend'));
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(order).toEqual([]);
    release();
    await Promise.all([first, resend]);
    expect(counts).toMatchObject({ accepted: 1, duplicate: 1 });
  });

  it('again, after a full disk refused it, is new: neither it nor its resend was acknowledged', async () => {
    const { bench, dataPath, counts } = await open();
    bench.full = true;
    const release = bench.hold();
    const first = dataPath.accept(WEAR, [spo2(0)], 0);
    const resend = dataPath.accept(WEAR, [spo2(0)], 1);
    release();
    await expect(first).rejects.toMatchObject({ code: 'JOURNAL_FULL' });
    await expect(resend).rejects.toMatchObject({ code: 'JOURNAL_FULL' });
    bench.full = false;
    await dataPath.accept(WEAR, [spo2(0)], 2);
    expect(counts).toMatchObject({ accepted: 2, duplicate: 1 });
    expect(bench.writer.openReadings(bench.writer.state().ward.stays[0]!.id).length).toBe(1);
  });

  it('again, after a full disk refused it, is new for a device that sends a time and no sequence too', async () => {
    const { bench, dataPath } = await open();
    const { session: _, sequence: __, ...timed } = spo2(0, { deviceTimeMs: START_MS });
    bench.full = true;
    await expect(dataPath.accept(CUFF, [timed], 0)).rejects.toMatchObject({ code: 'JOURNAL_FULL' });
    bench.full = false;
    await dataPath.accept(CUFF, [timed], 1);
    await dataPath.accept(CUFF, [timed], 2);
    expect(bench.writer.openReadings(bench.writer.state().ward.stays[0]!.id).length).toBe(1);
  });

  it('is refused and counted before anything of it is marked when too much waits for the disk', async () => {
    const { bench, dataPath, counts } = await open();
    const release = bench.hold();
    const raw = new Uint8Array(8000);
    const waiting: Promise<unknown>[] = [];
    let n = 0;
    while (bench.journal.hasRoom() && n < 5000) {
      waiting.push(dataPath.accept(WEAR, [spo2(n++ % 10, { raw, session: n.toString(16).padStart(16, '0') })], 0));
      await Promise.resolve();
      await Promise.resolve();
    }
    const refused = spo2(0, { session: 'f'.repeat(16) });
    await expect(dataPath.accept(WEAR, [refused], 0)).rejects.toMatchObject({ code: 'JOURNAL_BUSY' });
    release();
    await Promise.all(waiting);
    const before = counts['accepted'];
    await dataPath.accept(WEAR, [refused], 1);
    expect(counts).toMatchObject({ busy: 1, accepted: before! + 1 });
  });

  it('is never acknowledged again in this process after intake broke off half way, for its numbers are marked by then', async () => {
    const { bench, dataPath } = await open();
    const impossible = [spo2(0), spo2(1, { mdc: 0.5 })];
    await expect(dataPath.accept(WEAR, impossible, 0)).rejects.toBeInstanceOf(TypeError);
    expect(bench.fatal.length).toBe(1);
    await expect(dataPath.accept(WEAR, [spo2(0)], 1)).rejects.toBeInstanceOf(TypeError);
  });

  it('is shown but neither stored nor acknowledged while the disk refuses readings', async () => {
    const { bench, dataPath, shown, counts } = await open();
    await dataPath.accept(WEAR, [spo2(0)], 0);
    dataPath.diskChanged('refusing');
    await expect(dataPath.accept(WEAR, [spo2(1)], 1000)).rejects.toMatchObject({ code: 'JOURNAL_FULL' });
    await turn();
    expect(shown.at(-1)?.value).toBe('91');
    expect(bench.writer.state().marks[0]!.high).toBe(0);
    dataPath.diskChanged('recording');
    await dataPath.accept(WEAR, [spo2(1)], 2000);
    expect(bench.writer.state().marks[0]!.high).toBe(1);
    expect(counts).toMatchObject({ unstored: 1, accepted: 2 });
  });
});

describe('a change of the ward', () => {
  it('holds for what is first heard while it is being committed: a sensor has one open link, that of the nurse', async () => {
    const { bench, dataPath, shown } = await open();
    const release = bench.hold();
    const admitted = admit(dataPath);
    await Promise.resolve();
    const accepted = dataPath.accept(WEAR, [spo2(0)], 0);
    await turn();
    release();
    await Promise.all([admitted, accepted]);
    await turn();
    expect(openLinks(bench, WEAR.handle).map(({ stay }) => stay)).toEqual([STAY]);
    expect(shown.map(({ stay, bed }) => [stay, bed])).toEqual([[STAY, '1']]);
  });

  it('that is refused never was', async () => {
    const { bench, dataPath } = await open();
    bench.full = true;
    await expect(admit(dataPath)).rejects.toMatchObject({ code: 'JOURNAL_FULL' });
    expect(dataPath.ward.openStayOn('1')).toBeUndefined();
    bench.full = false;
    await admit(dataPath);
    expect(dataPath.ward.openStayOn('1')?.id).toBe(STAY);
  });

  it('that the rules refuse changes nothing', async () => {
    const { dataPath } = await open();
    await admit(dataPath);
    await expect(admit(dataPath, CUFF.handle)).rejects.toMatchObject({ code: 'BED_TAKEN' });
    expect(dataPath.ward.openLinkOf(CUFF.handle)).toBeUndefined();
  });
});

describe('silence', () => {
  const gapsOf = (bench: JournalBench) =>
    bench.writer.state().progress.map(({ device, reportedToMs }) => [device, reportedToMs - START_MS]);

  it('is put on record by the tick, also while readings are refused', async () => {
    const { bench, dataPath, clock } = await open();
    await dataPath.accept(WEAR, [spo2(0)], 0);
    dataPath.diskChanged('refusing');
    clock.wardMs = START_MS + 300_000;
    await dataPath.tick();
    expect(gapsOf(bench)).toEqual([[WEAR.handle, 300_000]]);
  });

  it('after a refused commit is explained by the full disk, for the gateway was not down', async () => {
    const { bench, dataPath, clock } = await open();
    const appended: unknown[] = [];
    const append = bench.journal.append.bind(bench.journal);
    bench.journal.append = (entry, atOnce) => {
      appended.push(...entry.rows.flatMap((row) => (row.kind === 'gap' ? [row.gap.evidence] : [])));
      return append(entry, atOnce);
    };
    await dataPath.accept(WEAR, [spo2(0)], 0);
    bench.full = true;
    await expect(dataPath.accept(WEAR, [spo2(1)], 1000)).rejects.toMatchObject({ code: 'JOURNAL_FULL' });
    bench.full = false;
    clock.wardMs = START_MS + 20_000;
    await dataPath.tick();
    await dataPath.accept(WEAR, [spo2(1)], 20_000);
    expect(appended).toEqual(['disk-full']);
  });

  it('is told once: what the tick has reported is not told again when the device speaks', async () => {
    const { bench, dataPath, clock } = await open();
    const gaps: [number, number][] = [];
    const append = bench.journal.append.bind(bench.journal);
    bench.journal.append = (entry, atOnce) => {
      gaps.push(
        ...entry.rows.flatMap((row): [number, number][] =>
          row.kind === 'gap' ? [[row.gap.fromMs - START_MS, row.gap.toMs - START_MS]] : [],
        ),
      );
      return append(entry, atOnce);
    };
    await dataPath.accept(WEAR, [spo2(0)], 0);
    clock.wardMs = START_MS + 300_000;
    await dataPath.tick();
    await dataPath.tick();
    await dataPath.accept(WEAR, [spo2(1)], 400_000);
    expect(gaps).toEqual([
      [0, 300_000],
      [300_000, 400_000],
    ]);
  });
});

describe('what is known of a device since the start', () => {
  it('counts the readings it sent again, and when it was last heard', async () => {
    const { dataPath } = await open();
    await dataPath.accept(WEAR, [spo2(0), spo2(1)], 0);
    expect(dataPath.factsOf(WEAR.handle)).toEqual({ lastSeenMs: START_MS, resends: 0, gaps: 0 });
    await dataPath.accept(WEAR, [spo2(0), spo2(1)], 1000);
    await dataPath.accept(WEAR, [spo2(1), spo2(2)], 2000);
    expect(dataPath.factsOf(WEAR.handle)).toEqual({ lastSeenMs: START_MS + 2000, resends: 3, gaps: 0 });
    expect(dataPath.factsOf(CUFF.handle)).toEqual({ resends: 0, gaps: 0 });
  });

  it('counts a resend and a gap only when they are durable: what the disk refused comes again', async () => {
    const { bench, dataPath, clock } = await open();
    await dataPath.accept(WEAR, [spo2(0)], 0);
    clock.wardMs = START_MS + 300_000;
    bench.full = true;
    await expect(dataPath.tick()).rejects.toMatchObject({ code: 'JOURNAL_FULL' });
    const release = bench.hold();
    const twice = [spo2(1), spo2(1)].map((again) => dataPath.accept(WEAR, [again], 300_000));
    release();
    expect((await Promise.allSettled(twice)).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(dataPath.factsOf(WEAR.handle)).toMatchObject({ resends: 0, gaps: 0 });
    bench.full = false;
    await dataPath.tick();
    expect(dataPath.factsOf(WEAR.handle)).toMatchObject({ resends: 0, gaps: 1 });
  });

  it('survives a change of the devices, but for those that left', async () => {
    const { dataPath, enrolled } = await open();
    await dataPath.accept(WEAR, [spo2(0)], 0);
    await dataPath.accept(CUFF, [spo2(0)], 0);
    dataPath.batteryTold(WEAR.handle, 80, 1000);
    enrolled.delete(CUFF);
    dataPath.devicesChanged();
    expect([WEAR, CUFF].map(({ handle }) => dataPath.factsOf(handle).lastSeenMs)).toEqual([START_MS, undefined]);
    expect(dataPath.factsOf(WEAR.handle).battery).toEqual({ percent: 80, toldMs: START_MS + 1000 });
  });
});
