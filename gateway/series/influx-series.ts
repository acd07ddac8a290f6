// SPDX-License-Identifier: Apache-2.0
/**
 * Sealed envelopes as points of InfluxDB (docs/formats.md, "InfluxDB point"): tags stream tag and epoch, time = start of the epoch
 * + number ns, four fields as text91, nothing else. The same envelope is the same point however often it is written.
 *
 * InfluxDB overwrites what lies under the same coordinates, so a conflict must be found before a write: each write looks at its
 * coordinates first, one request for all points. Where nothing lies the answer is empty, and costs a fifth of the write. What lies
 * there and is ours is written again: it may be in the server's cache and not on its disk, and only the answer to a write says
 * that it is durable.
 */
import { decodeEnvelope, encodeEnvelope } from '../../ledger/index.ts';
import { GatewayError } from '../errors.ts';
import type { EpochPlace, SeriesPoint } from '../record/outbox-store.ts';
import type { InfluxConnection, InfluxPoint, InfluxRow } from './influx.ts';
import type { SeriesBackend, WriteOutcome } from './series-backend.ts';
import { fromText91, toText91 } from './text91.ts';

/** One for all: the name of a measurement tells nothing. */
const MEASUREMENT = 'b';
const FIELDS = ['header', 'nonce', 'ciphertext', 'signature'] as const;
const NS_PER_MS = 1_000_000n;
/** What stands for a point that is no envelope: it opens as nothing, so that the reader names it as altered. */
const NO_ENVELOPE = new Uint8Array();

export class InfluxSeries implements SeriesBackend {
  readonly #connection: InfluxConnection;

  constructor(connection: InfluxConnection) {
    this.#connection = connection;
  }

  async write(points: readonly SeriesPoint[]): Promise<WriteOutcome[]> {
    if (points.length === 0) return [];
    const conflicting = await this.#conflicting(points);
    const refused = await this.#writeOrIsolate(points.filter((point) => !conflicting.has(point)));
    return points.map((point) => {
      if (conflicting.has(point)) return 'conflict';
      return refused.has(point) ? 'refused' : 'stored';
    });
  }

  async read(place: EpochPlace, first: number, last: number): Promise<ReadonlyMap<number, Uint8Array>> {
    const [rows = []] = await this.#connection.query([rangeQuery(place, first, last)]);
    return envelopesOf(rows, place);
  }

  [Symbol.dispose](): void {
    this.#connection[Symbol.dispose]();
  }

  /** Those under whose coordinates other bytes lie. */
  async #conflicting(points: readonly SeriesPoint[]): Promise<Set<SeriesPoint>> {
    const epochs = Map.groupBy(points, ({ tag, epoch }) => `${Buffer.from(tag).toString('hex')}/${epoch}`);
    const groups = [...epochs.values()] as [SeriesPoint, ...SeriesPoint[]][];
    const statements = groups.map((group) => {
      const numbers = group.map(({ number }) => number);
      return rangeQuery(group[0], Math.min(...numbers), Math.max(...numbers));
    });
    const answers = await this.#connection.query(statements);
    const conflicting = groups.flatMap((group, i) => {
      const there = envelopesOf(answers[i] ?? [], group[0]);
      return group.filter(({ number, envelope }) => Buffer.compare(there.get(number) ?? envelope, envelope) !== 0);
    });
    return new Set(conflicting);
  }

  /** Writes all that the server takes. What it refuses is narrowed down by halves; at most 2n requests for n points. */
  async #writeOrIsolate(points: readonly SeriesPoint[]): Promise<Set<SeriesPoint>> {
    if (points.length === 0 || (await this.#connection.write(points.map(pointOf)))) return new Set();
    if (points.length === 1) return new Set(points);
    const half = points.length >> 1;
    const refused = await this.#writeOrIsolate(points.slice(0, half));
    return refused.union(await this.#writeOrIsolate(points.slice(half)));
  }
}

/** The point as it is written. */
export function pointOf(point: SeriesPoint): InfluxPoint {
  const envelope = decodeEnvelope(point.envelope);
  return {
    measurement: MEASUREMENT,
    tags: tagsOf(point),
    fields: Object.fromEntries(FIELDS.map((name) => [name, toText91(envelope[name])])),
    timestamp: String(timeNs(point, point.number)),
  };
}

function tagsOf({ tag, epoch }: EpochPlace): { tag: string; epoch: string } {
  return { tag: Buffer.from(tag).toString('hex'), epoch: String(epoch) };
}

function timeNs({ epochStartMs }: EpochPlace, number: number): bigint {
  return BigInt(epochStartMs) * NS_PER_MS + BigInt(number);
}

/** Hex and integers only: nothing in it needs escaping. */
function rangeQuery(place: EpochPlace, first: number, last: number): string {
  const { tag, epoch } = tagsOf(place);
  const times = `time >= ${timeNs(place, first)} AND time <= ${timeNs(place, last)}`;
  return `SELECT ${FIELDS.join(', ')} FROM ${MEASUREMENT} WHERE "tag" = '${tag}' AND epoch = '${epoch}' AND ${times} GROUP BY *`;
}

/** By number. A row with a tag more than ours is somebody else's point beside it, and is passed over. */
function envelopesOf(rows: readonly InfluxRow[], place: EpochPlace): Map<number, Uint8Array> {
  const ours = rows.filter(({ tags }) => Object.values(tags).filter((value) => value !== '').length === 2);
  return new Map(
    ours.map(({ columns }) => [
      Number(nanosecondsOf(String(columns['time'])) - timeNs(place, 0)),
      envelopeOf(columns) ?? NO_ENVELOPE,
    ]),
  );
}

function envelopeOf(columns: Readonly<Record<string, unknown>>): Uint8Array | undefined {
  const [header, nonce, ciphertext, signature] = FIELDS.map((name) => bytesOf(columns[name]));
  return header && nonce && ciphertext && signature && encodeEnvelope({ header, nonce, ciphertext, signature });
}

function bytesOf(text: unknown): Uint8Array | undefined {
  return typeof text === 'string' ? fromText91(text) : undefined;
}

/** RFC 3339 as InfluxDB writes it: whole seconds, or with up to nine digits after them. */
function nanosecondsOf(time: string): bigint {
  const [, seconds = '', fraction = ''] = /^([^.Z]*)(?:\.(\d{1,9}))?Z$/.exec(time) ?? [];
  const ms = Date.parse(`${seconds}Z`);
  if (Number.isNaN(ms)) throw new GatewayError('SERIES_QUERY_FAILED', 'a time that is none');
  return BigInt(ms) * NS_PER_MS + BigInt(fraction.padEnd(9, '0'));
}
