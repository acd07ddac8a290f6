// SPDX-License-Identifier: Apache-2.0
/** InfluxDB's administrator, who has every point and wants to know which epochs belong to one patient. */
import { fromText91 } from '../../gateway/series/text91.ts';

export interface AdminPoint {
  readonly time: string;
  /** By name, as the database has them. */
  readonly tags: Readonly<Record<string, string>>;
  /** Decoded from the text that they are stored as. */
  readonly fields: Readonly<Record<string, Buffer>>;
}

/** As nearly as an administrator gets who finds other text in the field. */
function bytesOf(text: string): Buffer {
  return Buffer.from(fromText91(text) ?? Buffer.from(text));
}

/** So many equal bytes are no chance: beside the 11 that headers of one epoch share (its number between fixed keys) 5 or more are random. */
const WINDOW_BYTES = 16;

/** All points of a query `SELECT * FROM b GROUP BY *`-like answer whose tag columns are named. */
export function adminPoints(
  columns: readonly string[],
  values: readonly (readonly unknown[])[],
  tagNames: readonly string[],
): AdminPoint[] {
  return values.map((row) => {
    const cells = columns.map((name, i) => [name, row[i]] as const).filter(([, cell]) => cell !== null);
    const pick = (wanted: (name: string) => boolean) => cells.filter(([name]) => name !== 'time' && wanted(name));
    return {
      time: String(row[0]),
      tags: Object.fromEntries(pick((name) => tagNames.includes(name)).map(([name, cell]) => [name, String(cell)])),
      fields: Object.fromEntries(
        pick((name) => !tagNames.includes(name)).map(([name, cell]) => [name, bytesOf(String(cell))]),
      ),
    };
  });
}

/**
 * Pairs of epochs that share something which not every epoch of that time has: a value of a tag, or a run of bytes in a field.
 * An epoch of a stream is what has one stream tag; `epoch` and time are looked at as well, but as something that may be common.
 */
export function joined(points: readonly AdminPoint[]): Set<string> {
  const holders = new Map<string, Set<string>>();
  for (const point of points)
    for (const trait of traitsOf(point)) {
      const streams = holders.get(trait) ?? new Set();
      holders.set(trait, streams.add(point.tags['tag']!));
    }
  const pairs = new Set<string>();
  for (const streams of holders.values()) {
    const sorted = [...streams].sort();
    for (const [i, one] of sorted.entries()) for (const other of sorted.slice(i + 1)) pairs.add(`${one} ${other}`);
  }
  return pairs;
}

function* traitsOf({ tags, fields }: AdminPoint): Generator<string> {
  // The epoch is the ward's, the same for everybody; it is judged by `joinedByTime`.
  for (const [name, value] of Object.entries(tags)) if (name !== 'epoch') yield `${name}=${value}`;
  for (const bytes of Object.values(fields)) {
    for (let at = 0; at + WINDOW_BYTES <= bytes.length; at++) yield bytes.toString('latin1', at, at + WINDOW_BYTES);
  }
}

/**
 * Pairs of epochs that must be one patient's by number and start: the second is one number and one epoch's length after the
 * first, and there is no other such pair with either of them.
 */
export function joinedByTime(points: readonly AdminPoint[], epochMs: number): Set<string> {
  const epochs = new Map(points.map((point) => [point.tags['tag']!, startOf(point)]));
  const candidates = [...epochs].flatMap(([one, before]) =>
    [...epochs]
      .filter(([, after]) => after.number === before.number + 1 && after.startMs - before.startMs === epochMs)
      .map(([other]) => ({ one, other })),
  );
  const alone = candidates.filter(
    (pair) => candidates.filter(({ one, other }) => one === pair.one || other === pair.other).length === 1,
  );
  return new Set(alone.map(({ one, other }) => [one, other].sort().join(' ')));
}

/** One batch an epoch here, so that the time of a point is the start of its epoch. */
function startOf({ tags, time }: AdminPoint): { number: number; startMs: number } {
  return { number: Number(tags['epoch']), startMs: Number(BigInt(time) / 1_000_000n) };
}
