// SPDX-License-Identifier: Apache-2.0
/** The journal's worker without its thread: groups that stand or fall whole, restarts, retention, and the end of a stay. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeKeyRecord } from '../../ledger/index.ts';
import { noFaultPoints } from '../fault-point.ts';
import { OutboxStore } from '../record/outbox-store.ts';
import { StreamStore } from '../record/stream-store.ts';
import { reading, rowOf, START_MS, stayId } from '../record/testing/recorder-bench.ts';
import { readJournalDatabase } from './journal-database.ts';
import { type AppendArgs, type JournalState, JournalWriter } from './journal-writer.ts';
import { encodeRows, type JournalRow } from './rows.ts';
import { markOf, readings, WRITER_OPTIONS } from './testing/writer-bench.ts';

let directory = '';
let files = 0;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'lamplight-writer-'));
});
afterAll(() => rm(directory, { recursive: true }));

/** A writer on a file of its own, or on that of an earlier one. */
async function open(path = join(directory, `${++files}.db`)) {
  const events: [string, unknown][] = [];
  const deps = {
    random: randomBytes,
    passFaultPoint: noFaultPoints,
    emit: (name: string, detail?: unknown) => void events.push([name, detail]),
  };
  const writer = new JournalWriter({ ...WRITER_OPTIONS, path }, deps);
  const state = await writer.open();
  const reader = readJournalDatabase(path);
  const groups = () =>
    reader
      .prepare('SELECT first, last FROM journal_group WHERE last > (SELECT up_to FROM journal_retired) ORDER BY first')
      .all()
      .map(({ first, last }) => [first, last]);
  return {
    path,
    writer,
    state,
    events,
    reader,
    groups,
    outbox: new OutboxStore(reader),
    streams: new StreamStore(reader),
  };
}

const openStay = (n: number) =>
  ({
    type: 'open-stay',
    stay: { id: stayId(n), bed: String(n), name: null, openedMs: START_MS, closedMs: null },
  }) as const;
function group(rows: readonly JournalRow[], more: Partial<AppendArgs> = {}): AppendArgs {
  return { rows: encodeRows(rows), count: rows.length, marks: [], progress: [], changes: [], ...more };
}
const mark = markOf(1);

describe('a group', () => {
  it('commits rows, marks, progress and changes together, and numbers its rows on from the last', async () => {
    const { writer, groups } = await open();
    const progress = [{ device: 'wear-1', lastMs: 5, reportedToMs: 5 }];
    expect(writer.append(group(readings(0, 2), { marks: [mark], progress, changes: [openStay(1)] }))).toEqual({
      first: 1,
    });
    expect(writer.append(group(readings(2, 1)))).toEqual({ first: 3 });
    expect(groups()).toEqual([
      [1, 2],
      [3, 3],
    ]);
    expect(writer.state()).toMatchObject({ marks: [mark], progress, ward: { stays: [{ id: stayId(1) }], links: [] } });
  });

  it('falls whole: when one change cannot be made, no row and no mark of it is there, and the next takes its number', async () => {
    const { writer, groups } = await open();
    writer.append(group([], { changes: [openStay(1)] }));
    const bad = group(readings(0, 1), { marks: [mark], changes: [openStay(1)] });
    expect(() => writer.append(bad)).toThrow('UNIQUE');
    expect([groups(), writer.state().marks]).toEqual([[], []]);
    expect(writer.append(group(readings(0, 1)))).toEqual({ first: 1 });
  });
});

describe('a restart', () => {
  it('finds marks, ward, and every row that stands in no batch yet: none is lost, none stands twice', async () => {
    const first = await open();
    first.writer.append(group(readings(0, 3), { marks: [mark], changes: [openStay(1)] }));
    first.writer.append(group(readings(3, 3)));
    await first.writer.tick();
    expect(first.writer.openReadings(stayId(1)).length).toBe(2);
    const second = await open(first.path);
    expect(second.state).toMatchObject({ marks: [mark], ward: { stays: [{ id: stayId(1) }] } });
    expect(second.writer.openReadings(stayId(1)).length).toBe(2);
    expect(second.writer.append(group(readings(6, 2)))).toEqual({ first: 7 });
    await second.writer.tick();
    expect(second.outbox.unstored(99, 1 << 30).length).toBe(2);
    expect(second.streams.streamsOf(stayId(1))).toMatchObject([{ running: 2, recorded: 8 }]);
  });

  it('goes on counting rows after all of them have left', async () => {
    const first = await open();
    first.writer.append(group(readings(0, 4), { changes: [openStay(1)] }));
    await first.writer.tick();
    first.writer.settled({ stored: [1], setAside: [] });
    first.writer.sequenced(1);
    expect(first.groups()).toEqual([]);
    await first.writer.close();
    const second = await open(first.path);
    expect(second.writer.append(group(readings(4, 1)))).toEqual({ first: 5 });
  });

  it('finds the newest marks and progress, whether their groups have left or not', async () => {
    const first = await open();
    const [older, newer] = [1, 2].map((high) => ({
      marks: [
        { ...mark, high },
        { ...mark, device: `wear-1${high}` },
      ],
      progress: [{ device: 'wear-1', lastMs: high, reportedToMs: high }],
    }));
    first.writer.append(group(readings(0, 4), { ...older!, changes: [openStay(1)] }));
    await first.writer.tick();
    first.writer.append(group(readings(4, 1), newer!));
    const found = { marks: [newer!.marks[0], older!.marks[1], newer!.marks[1]], progress: newer!.progress };
    const sorted = ({ marks, progress }: JournalState) => ({
      marks: marks.toSorted((a, b) => a.device.localeCompare(b.device)),
      progress,
    });
    expect([sorted(first.writer.state()), sorted((await open(first.path)).state)]).toEqual([found, found]);
    first.writer.settled({ stored: [1], setAside: [] });
    first.writer.sequenced(1);
    expect(first.groups()).toEqual([[5, 5]]);
    expect([sorted(first.writer.state()), sorted((await open(first.path)).state)]).toEqual([found, found]);
  });

  it('would lose a mark that moved without a row, and so takes none', async () => {
    const { writer } = await open();
    expect(() => writer.append(group([], { marks: [mark] }))).toThrow(RangeError);
  });
});

describe('rows', () => {
  it('leave once they are recorded, stored and sequenced, whichever comes last', async () => {
    for (const storedLast of [true, false]) {
      const { writer, groups } = await open();
      writer.append(group(readings(0, 4), { changes: [openStay(1)] }));
      writer.append(group(readings(4, 1)));
      const steps = [() => writer.sequenced(1), () => writer.settled({ stored: [1], setAside: [] })];
      await writer.tick();
      for (const step of storedLast ? steps : steps.toReversed()) {
        expect(groups()).toEqual([
          [1, 4],
          [5, 5],
        ]);
        step();
      }
      expect(groups()).toEqual([[5, 5]]);
    }
  });

  it('stay while one row of another stay in their group is in no batch yet', async () => {
    const { writer, groups } = await open();
    const mixed = [...readings(0, 3), rowOf(reading(0, { stay: stayId(2) })), ...readings(3, 1)];
    writer.append(group(mixed, { changes: [openStay(1), openStay(2)] }));
    expect(await writer.tick()).toEqual({ rows: 5, openBatches: 1 });
    writer.settled({ stored: [1], setAside: [] });
    writer.sequenced(1);
    expect(groups()).toEqual([[1, 5]]);
    await writer.flush();
    writer.settled({ stored: [2], setAside: [] });
    writer.sequenced(2);
    expect(groups()).toEqual([]);
    expect(await writer.tick()).toEqual({ rows: 0, openBatches: 0 });
  });

  it('that were committed a moment ago stay, though the recorder has not come to them', async () => {
    const { writer, groups } = await open();
    writer.append(group(readings(0, 4), { changes: [openStay(1)] }));
    await writer.tick();
    writer.append(group(readings(4, 4)));
    // In the same turn: the second group waits in the recorder's queue.
    writer.settled({ stored: [1], setAside: [] });
    writer.sequenced(1);
    expect(groups()).toEqual([[5, 8]]);
    await writer.tick();
    expect(writer.openReadings(stayId(1)).length).toBe(0);
  });
});

describe('a stay that ends', () => {
  it('is sealed at once, and the gateway keeps no key to it', async () => {
    const { writer, events, streams } = await open();
    writer.append(group(readings(0, 1), { changes: [openStay(1)] }));
    writer.append(group([], { changes: [{ type: 'close-stay', stay: stayId(1), atMs: START_MS + 5000 }] }));
    await writer.flush('of nobody');
    await writer.flush('of nobody');
    await writer.flush('of nobody');
    expect(events).toEqual([['sealed', 1]]);
    const [stream] = streams.streamsOf(stayId(1));
    const recipients = streams
      .epochs(stream!.id)
      .map(({ keyRecord }) => decodeKeyRecord(keyRecord).wraps.map((wrap) => wrap.recipient));
    expect(recipients).toEqual([['care-team']]);
  });
});

describe('a heartbeat', () => {
  it('is an entry for the log, and nothing for the series store', async () => {
    const { writer, events, outbox } = await open();
    await writer.heartbeat();
    expect(events).toEqual([['sealed', 1]]);
    expect([outbox.unsequenced(0, 9).length, outbox.unstored(9, 9).length]).toEqual([1, 0]);
  });
});

describe('a close', () => {
  it('seals every open batch', async () => {
    const { writer, outbox } = await open();
    writer.append(group(readings(0, 1), { changes: [openStay(1)] }));
    await writer.close();
    expect(outbox.unstored(9, 1 << 30).length).toBe(1);
  });
});
