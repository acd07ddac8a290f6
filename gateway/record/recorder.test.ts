// SPDX-License-Identifier: Apache-2.0
/** The recorder: when batches close, how they are chained and keyed, and that no row is lost or taken twice. */
import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { FLAG } from '../../devices/index.ts';
import { sha256 } from '../../ledger/index.ts';
import { GatewayError } from '../errors.ts';
import type { JournalRow } from '../journal/rows.ts';
import { BOOT, RecorderBench, reading, rowOf, START_MS, stayId } from './testing/recorder-bench.ts';

const run = (from: number, count: number) => Array.from({ length: count }, (_, i) => reading(from + i));
const sequences = async (bench: RecorderBench) =>
  (await bench.record()).map(({ readings }) => readings.map(({ sequence }) => sequence));

const DAY_MS = 86_400_000;
/** Number of the epoch at START_MS. */
const epochAt = (epochMs: number) => Math.floor(START_MS / epochMs);
const epochsOf = (bench: RecorderBench, stay: string) =>
  bench.streams.epochs(bench.streams.streamsOf(stay)[0]!.id).map(({ epoch, openedMs }) => ({ epoch, openedMs }));

describe('a batch closes', () => {
  it('before it names more devices than can be read back', async () => {
    const bench = new RecorderBench();
    await bench.take(
      1,
      Array.from({ length: 600 }, (_, i) => reading(i, { device: `wear-${i % 300}` })),
    );
    await bench.recorder.flush();
    const record = await bench.record();
    expect(record.map(({ leafZero }) => leafZero.devices.length)).toEqual([256, 256, 88]);
    expect(record.flatMap(({ readings }) => readings.map(({ sequence }) => sequence))).toEqual([...Array(600).keys()]);
  });

  it('at so many readings, and not before', async () => {
    const bench = new RecorderBench({ batchMaxReadings: 3 });
    await bench.take(1, run(0, 2));
    expect(bench.sealed).toEqual([]);
    await bench.take(3, run(2, 5));
    expect(await sequences(bench)).toEqual([
      [0, 1, 2],
      [3, 4, 5],
    ]);
    expect(bench.sealed).toEqual([1, 2]);
  });

  it('at so many bytes: raw bytes of flagged readings count', async () => {
    const bench = new RecorderBench({ batchMaxBytes: 1000 });
    const flagged = (n: number) => reading(n, { flags: FLAG.weakSignal, raw: new Uint8Array(300) });
    await bench.take(1, [flagged(0), flagged(1), flagged(2), flagged(3)]);
    expect(await sequences(bench)).toEqual([[0, 1, 2]]);
  });

  it('at its age, counted from its first row', async () => {
    const bench = new RecorderBench({ batchMaxMs: 1000 });
    await bench.take(1, run(0, 1));
    bench.nowMs += 999;
    await bench.recorder.tick();
    expect(bench.sealed).toEqual([]);
    bench.nowMs += 1;
    await bench.recorder.tick();
    expect(bench.sealed).toEqual([1]);
  });

  it('when the boot changes, for leaf 0 names one', async () => {
    const bench = new RecorderBench();
    await bench.take(1, [reading(0), reading(1, { boot: '00000000000000b1' })]);
    await bench.recorder.flush();
    expect((await bench.record()).map(({ leafZero }) => leafZero.boot.id)).toEqual([BOOT, '00000000000000b1']);
  });

  it('on demand, of one stay or of all, and an empty one never', async () => {
    const bench = new RecorderBench({}, [stayId(1), stayId(2)]);
    await bench.take(1, [reading(0), reading(1, { stay: stayId(2) })]);
    await bench.recorder.flush(stayId(2));
    expect(await sequences(bench)).toEqual([[1]]);
    await bench.recorder.flush();
    await bench.recorder.flush();
    expect(await sequences(bench)).toEqual([[1], [0]]);
  });
});

describe('a sealed batch', () => {
  it('carries running number, hash of the one before, window, devices and gaps in leaf 0', async () => {
    const bench = new RecorderBench();
    await bench.take(1, run(0, 2));
    await bench.recorder.flush();
    const gap = { device: 'wear-2', evidence: 'link-lost', fromMs: START_MS - 5000, toMs: START_MS + 9000 } as const;
    await bench.recorder.take([
      { sequence: 3, row: rowOf(reading(2)) },
      { sequence: 4, row: { kind: 'gap', stay: stayId(1), boot: BOOT, gap } },
    ]);
    await bench.recorder.flush();
    const [first, second] = await bench.record();
    expect(first!.leafZero).toMatchObject({ runningNumber: 0, count: 2, gaps: [], fromMs: START_MS });
    expect(Buffer.from(first!.leafZero.previousHash)).toEqual(Buffer.alloc(32));
    expect(second!.leafZero).toMatchObject({
      runningNumber: 1,
      count: 1,
      gaps: [gap],
      fromMs: START_MS - 5000,
      toMs: START_MS + 9000,
    });
    expect(Buffer.from(second!.leafZero.previousHash)).toEqual(Buffer.from(sha256(first!.signedPart)));
    expect(second!.leafZero.devices.map(({ handle, badge }) => [handle, badge])).toEqual([
      ['wear-1', 'C'],
      ['wear-2', 'C'],
    ]);
  });

  it('may hold nothing but a gap', async () => {
    const bench = new RecorderBench();
    const gap = { device: 'wear-1', evidence: 'cadence-missed', fromMs: START_MS, toMs: START_MS + 1 } as const;
    await bench.recorder.take([{ sequence: 1, row: { kind: 'gap', stay: stayId(1), boot: BOOT, gap } }]);
    await bench.recorder.flush();
    expect((await bench.record()).map(({ leafZero }) => [leafZero.count, leafZero.gaps])).toEqual([[0, [gap]]]);
  });

  it('keeps the bytes as received of readings whose flags say something about the value, and of no other', async () => {
    const bench = new RecorderBench();
    await bench.take(1, [reading(0, { flags: FLAG.late }), reading(1, { flags: FLAG.implausible })]);
    await bench.recorder.flush();
    const [batch] = await bench.record();
    expect(batch!.readings.map(({ raw }) => raw && Buffer.from(raw).toString())).toEqual([undefined, 'as received 1']);
  });
});

describe('an epoch', () => {
  it('closes at its age: batches count from 0 again, the chain goes on, and the gateway can no longer open the old one', async () => {
    const bench = new RecorderBench({ epochMs: 10_000 });
    await bench.take(1, run(0, 1));
    await bench.recorder.flush();
    bench.nowMs += 9_999;
    await bench.take(2, run(1, 1));
    await bench.recorder.flush();
    expect(bench.recipients(stayId(1))).toEqual([['care-team', 'gateway']]);
    bench.nowMs += 1;
    await bench.take(3, run(2, 1));
    await bench.recorder.flush();
    expect(bench.recipients(stayId(1))).toEqual([['care-team'], ['care-team', 'gateway']]);
    const record = await bench.record();
    expect(
      record.map(({ header, leafZero }) => [header.epoch - epochAt(10_000), header.number, leafZero.runningNumber]),
    ).toEqual([
      [0, 0, 0],
      [0, 1, 1],
      [1, 0, 2],
    ]);
    expect(record[1]!.header.streamTag).not.toEqual(record[2]!.header.streamTag);
  });

  it('closes at its age without a further reading too', async () => {
    const bench = new RecorderBench({ epochMs: 10_000 });
    await bench.take(1, run(0, 1));
    await bench.recorder.flush();
    await bench.recorder.closeEpochs();
    expect(bench.recipients(stayId(1))).toEqual([['care-team', 'gateway']]);
    bench.nowMs += 10_000;
    await bench.recorder.closeEpochs();
    expect(bench.recipients(stayId(1))).toEqual([['care-team']]);
  });

  it('closes with its stay, once its open batch is sealed; late readings open a new one', async () => {
    const bench = new RecorderBench();
    await bench.take(1, run(0, 1));
    await bench.recorder.flush();
    await bench.take(2, run(1, 1));
    bench.closeStay(stayId(1));
    await bench.recorder.closeEpochs();
    expect(bench.recipients(stayId(1))).toEqual([['care-team', 'gateway']]);
    await bench.recorder.flush();
    await bench.recorder.closeEpochs();
    expect(bench.recipients(stayId(1))).toEqual([['care-team']]);
    await bench.take(3, run(2, 1));
    await bench.recorder.flush();
    expect((await bench.record()).map(({ header }) => [header.epoch - epochAt(DAY_MS), header.number])).toEqual([
      [0, 0],
      [0, 1],
      [1, 0],
    ]);
  });

  it('goes on after a restart, opened with the wrap of the gateway', async () => {
    const bench = new RecorderBench();
    await bench.take(1, run(0, 1));
    await bench.recorder.flush();
    bench.restart();
    await bench.take(2, run(1, 1));
    await bench.recorder.flush();
    expect((await bench.record()).map(({ header }) => [header.epoch - epochAt(DAY_MS), header.number])).toEqual([
      [0, 0],
      [0, 1],
    ]);
  });

  it('that was closed stays closed, even when the clock stands before its age after a restart', async () => {
    const bench = new RecorderBench({ epochMs: 10_000 });
    await bench.take(1, run(0, 1));
    await bench.recorder.flush();
    bench.nowMs += 10_000;
    await bench.recorder.closeEpochs();
    bench.nowMs = START_MS;
    bench.restart();
    await bench.take(2, run(1, 1));
    await bench.recorder.flush();
    expect((await bench.record()).map(({ header }) => header.epoch - epochAt(10_000))).toEqual([0, 1]);
  });

  it('starts and counts like that of every other stream, whenever its stay began', async () => {
    const bench = new RecorderBench({ epochMs: 10_000 }, [stayId(1), stayId(2)]);
    bench.nowMs += 3_456;
    await bench.take(1, [reading(0)]);
    await bench.recorder.flush();
    bench.nowMs += 10_000;
    await bench.take(2, [reading(1, { stay: stayId(2) }), reading(2)]);
    await bench.recorder.flush();
    const first = epochAt(10_000);
    expect(epochsOf(bench, stayId(1))).toEqual([
      { epoch: first, openedMs: first * 10_000 },
      { epoch: first + 1, openedMs: (first + 1) * 10_000 },
    ]);
    expect(epochsOf(bench, stayId(2))).toEqual(epochsOf(bench, stayId(1)).slice(1));
  });
});

describe('the rows of the journal', () => {
  it('are needed from the oldest on that is in no sealed batch, those included that no batch has taken yet', async () => {
    const bench = new RecorderBench({ batchMaxReadings: 2 }, [stayId(1), stayId(2)]);
    const taking = bench.take(1, [reading(0, { stay: stayId(2) }), ...run(1, 2)]);
    expect(bench.recorder.oldestOpenRow()).toBe(1);
    await taking;
    expect(bench.recorder.oldestOpenRow()).toBe(1);
    await bench.recorder.flush();
    expect(bench.recorder.oldestOpenRow()).toBe(4);
  });

  it('are not lost when a batch in between cannot be sealed: they are taken where it stopped', async () => {
    const bench = new RecorderBench({ batchMaxReadings: 2 });
    bench.passFaultPoint = () => {
      throw new GatewayError('JOURNAL_FULL');
    };
    await expect(bench.take(1, run(0, 5))).rejects.toMatchObject({ code: 'JOURNAL_FULL' });
    expect(bench.recorder.oldestOpenRow()).toBe(1);
    bench.passFaultPoint = () => {};
    await bench.take(6, run(5, 1));
    await bench.recorder.flush();
    expect((await sequences(bench)).flat()).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('that wait for a batch that could not be sealed are taken by the next tick', async () => {
    const bench = new RecorderBench({ batchMaxReadings: 2 });
    bench.passFaultPoint = () => {
      throw new GatewayError('JOURNAL_FULL');
    };
    await expect(bench.take(1, run(0, 5))).rejects.toMatchObject({ code: 'JOURNAL_FULL' });
    bench.passFaultPoint = () => {};
    await bench.recorder.tick();
    expect(await sequences(bench)).toEqual([
      [0, 1],
      [2, 3],
    ]);
    expect(bench.recorder.openReadings(stayId(1)).length).toBe(1);
  });

  const step = fc.oneof(
    fc.record({ do: fc.constant('take' as const), count: fc.integer({ min: 1, max: 7 }) }),
    fc.record({ do: fc.constantFrom('restart' as const, 'flush' as const, 'fail' as const, 'tick' as const) }),
  );
  test.prop([fc.array(step, { maxLength: 25 })], { numRuns: 40 })(
    'stand in the record exactly once and in order, whatever fails or restarts in between',
    async (steps) => {
      const bench = new RecorderBench({ batchMaxReadings: 4 }, [stayId(1), stayId(2)]);
      const journal: { sequence: number; row: JournalRow }[] = [];
      for (const each of steps) {
        const failing = each.do === 'fail';
        bench.passFaultPoint = () => {
          if (failing) throw new GatewayError('JOURNAL_FULL');
        };
        const count = each.do === 'take' ? each.count : failing ? 5 : 0;
        const added = Array.from({ length: count }, (_, i) => {
          const sequence = journal.length + i + 1;
          return { sequence, row: rowOf(reading(sequence, { stay: stayId(1 + (sequence % 2)) })) };
        });
        journal.push(...added);
        await bench.recorder.take(added).catch(() => undefined);
        if (each.do === 'flush') await bench.recorder.flush();
        if (each.do === 'tick') await bench.recorder.tick();
        if (each.do === 'restart') await bench.restart().take(journal);
      }
      bench.passFaultPoint = () => {};
      await bench.recorder.tick();
      await bench.recorder.flush();
      const all = (await bench.record()).flatMap(({ readings }) => readings.map(({ sequence }) => sequence));
      const expected = (odd: number) => journal.map(({ sequence }) => sequence).filter((n) => n % 2 === odd);
      expect(all.filter((n) => n % 2 === 0)).toEqual(expected(0));
      expect(all.filter((n) => n % 2 === 1)).toEqual(expected(1));
    },
  );
});
