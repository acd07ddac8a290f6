// SPDX-License-Identifier: Apache-2.0
/** Points of InfluxDB: their exact form, what is found in their place, and how a refused one is isolated. The real server is in test/influx*.test.ts. */
import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { encodeEnvelope } from '../../ledger/index.ts';
import type { SeriesPoint } from '../record/outbox-store.ts';
import type { InfluxConnection, InfluxPoint, InfluxRow } from './influx.ts';
import { InfluxSeries } from './influx-series.ts';
import { toText91 } from './text91.ts';

const TAG = Uint8Array.from({ length: 16 }, (_, i) => i);
const EPOCH_START_MS = 1_763_683_200_000;

function pointAt(number: number, filling = number): SeriesPoint {
  const envelope = encodeEnvelope({
    header: Uint8Array.of(1, number),
    nonce: new Uint8Array(24).fill(2),
    ciphertext: new Uint8Array(100).fill(filling),
    signature: new Uint8Array(64).fill(4),
  });
  return { outbox: number + 1, tag: TAG, epoch: 7, number, epochStartMs: EPOCH_START_MS, envelope };
}

/** A server in memory that keeps points by series and time, and refuses those it is told to. */
class MemoryServer {
  readonly points = new Map<string, InfluxPoint>();
  readonly refused: ReadonlySet<number>;
  requests = 0;

  constructor(refused: Iterable<number> = []) {
    this.refused = new Set(refused);
  }

  connection(): InfluxConnection {
    const write = async (points: readonly InfluxPoint[]) => {
      this.requests += 1;
      const taken = points.filter((point) => !this.refused.has(numberOf(point)));
      for (const point of taken) this.points.set(`${JSON.stringify(point.tags)} ${point.timestamp}`, point);
      return taken.length === points.length;
    };
    const query = async (statements: readonly string[]) => statements.map((statement) => this.#rows(statement));
    return { write, query, [Symbol.dispose]: () => undefined } as unknown as InfluxConnection;
  }

  #rows(statement: string): InfluxRow[] {
    const [from, to] = [...statement.matchAll(/time [<>]= (\d+)/g)].map(([, ns]) => BigInt(ns!));
    const inside = [...this.points.values()].filter(
      ({ timestamp }) => BigInt(timestamp) >= from! && BigInt(timestamp) <= to!,
    );
    return inside.map(({ tags, fields, timestamp }) => ({ tags, columns: { time: rfc3339(timestamp), ...fields } }));
  }
}

function numberOf({ timestamp }: InfluxPoint): number {
  return Number(BigInt(timestamp) - BigInt(EPOCH_START_MS) * 1_000_000n);
}

function rfc3339(timestamp: string): string {
  const [seconds, nanoseconds] = [timestamp.slice(0, -9), timestamp.slice(-9)];
  const fraction = nanoseconds.replace(/0+$/, '');
  return new Date(Number(seconds) * 1000).toISOString().replace('.000Z', fraction ? `.${fraction}Z` : 'Z');
}

describe('a point', () => {
  it('has the exact form of docs/formats.md, and nothing else', async () => {
    const server = new MemoryServer();
    await new InfluxSeries(server.connection()).write([pointAt(3)]);
    expect([...server.points.values()]).toEqual([
      {
        measurement: 'b',
        tags: { tag: '000102030405060708090a0b0c0d0e0f', epoch: '7' },
        fields: {
          header: '!C;',
          nonce: toText91(Buffer.alloc(24, 2)),
          ciphertext: toText91(Buffer.alloc(100, 3)),
          signature: toText91(Buffer.alloc(64, 4)),
        },
        timestamp: '1763683200000000003',
      },
    ]);
  });

  it('is read back byte for byte under its number, holes left out', async () => {
    const series = new InfluxSeries(new MemoryServer().connection());
    const points = [0, 1, 5, 1_000_000_007].map((number) => pointAt(number, 1));
    expect(await series.write(points)).toEqual(['stored', 'stored', 'stored', 'stored']);
    expect(await series.read(points[0]!, 0, 5)).toEqual(new Map(points.slice(0, 3).map((p) => [p.number, p.envelope])));
    expect(await series.read(points[0]!, 1_000_000_007, 1_000_000_007)).toEqual(
      new Map([[1_000_000_007, points[3]!.envelope]]),
    );
  });

  it('is one point when it is written twice', async () => {
    const server = new MemoryServer();
    const series = new InfluxSeries(server.connection());
    for (let i = 0; i < 2; i++) expect(await series.write([pointAt(0), pointAt(1)])).toEqual(['stored', 'stored']);
    expect(server.points.size).toBe(2);
  });

  it('is not written over another one in its place, whole or not', async () => {
    const server = new MemoryServer();
    const series = new InfluxSeries(server.connection());
    await series.write([pointAt(0, 9), pointAt(1), pointAt(2)]);
    const [key, there] = [...server.points].find(([, point]) => numberOf(point) === 2)!;
    server.points.set(key, { ...there, fields: { header: '!C;' } });
    expect(await series.write([0, 1, 2, 3].map((n) => pointAt(n)))).toEqual([
      'conflict',
      'stored',
      'conflict',
      'stored',
    ]);
    expect(numberOf(server.points.get(key)!)).toBe(2);
    expect(server.points.get(key)!.fields).toEqual({ header: '!C;' });
  });

  it('with a tag more is nobody of ours: neither a conflict nor read', async () => {
    const server = new MemoryServer();
    const series = new InfluxSeries(server.connection());
    await series.write([pointAt(0, 9)]);
    const [key, foreign] = [...server.points][0]!;
    server.points.delete(key);
    server.points.set('foreign', { ...foreign, tags: { ...foreign.tags, more: '1' } });
    expect(await series.read(pointAt(0), 0, 0)).toEqual(new Map());
    expect(await series.write([pointAt(0)])).toEqual(['stored']);
  });

  it('that is no envelope any more is read as one that does not open', async () => {
    const server = new MemoryServer();
    const series = new InfluxSeries(server.connection());
    await series.write([pointAt(0)]);
    const [key, point] = [...server.points][0]!;
    server.points.set(key, { ...point, fields: { ...point.fields, nonce: 'not text91 "' } });
    expect(await series.read(pointAt(0), 0, 0)).toEqual(new Map([[0, new Uint8Array()]]));
  });
});

describe('refused points', () => {
  test.prop([
    fc
      .integer({ min: 0, max: 64 })
      .chain((count) => fc.tuple(fc.constant(count), fc.subarray(Array.from({ length: count }, (_, i) => i)))),
  ])(
    'are exactly those that the server refuses, found in at most 2n requests; all others are stored',
    async ([count, refused]) => {
      const server = new MemoryServer(refused);
      const points = Array.from({ length: count }, (_, number) => pointAt(number));
      const outcomes = await new InfluxSeries(server.connection()).write(points);
      expect(outcomes).toEqual(points.map(({ number }) => (refused.includes(number) ? 'refused' : 'stored')));
      expect(server.points.size).toBe(count - refused.length);
      expect(server.requests).toBeLessThanOrEqual(2 * count);
    },
  );
});
