// SPDX-License-Identifier: Apache-2.0
/** The same readings as plain points in InfluxDB, by the influx client: sealed by nobody and proved by nothing, to be compared with. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { InfluxDB, type IPoint } from 'influx';
import { INFLUX_DATABASE, type Influxd, startInfluxd } from '../support/influxd.ts';
import { CLIENTS } from './ingest.ts';
import { readingAt } from './load-job.ts';

export interface PeerFigures {
  readonly readings: number;
  readonly seconds: number;
  readonly storedBytesPerReading: number;
}

const POINTS_AT_ONCE = 5000;

/** Readings as plain points, one device and vital a series, written by the `influx` client as fast as it goes. */
export async function measurePlainPoints(readings: number): Promise<PeerFigures> {
  await using influxd = await startInfluxd();
  const client = new InfluxDB({ host: '127.0.0.1', port: influxd.port, database: INFLUX_DATABASE });
  const firstMs = Date.now();
  const startedAt = performance.now();
  for (let first = 0; first < readings; first += POINTS_AT_ONCE) {
    const points = Array.from({ length: Math.min(POINTS_AT_ONCE, readings - first) }, (_, i) =>
      pointAt(first + i, firstMs),
    );
    await client.writePoints(points, { precision: 'ms' });
  }
  const seconds = (performance.now() - startedAt) / 1000;
  return { readings, seconds, storedBytesPerReading: (await storedBytes(influxd)) / readings };
}

/** The clients take turns. */
function pointAt(index: number, firstMs: number): IPoint {
  const round = Math.floor(index / CLIENTS);
  const { vital, value } = readingAt(round);
  return {
    measurement: 'reading',
    tags: { device: `bed-${1 + (index % CLIENTS)}`, vital: vital.key },
    fields: { value: Number(value) },
    timestamp: new Date(firstMs + round),
  };
}

/** What lies in InfluxDB's own files, once it has written and compacted them. */
export async function storedBytes(influxd: Influxd): Promise<number> {
  await influxd.flushed();
  const data = join(influxd.directory, 'data');
  const files = (await readdir(data, { recursive: true })).filter((name) => name.endsWith('.tsm'));
  const sizes = await Promise.all(files.map(async (name) => (await stat(join(data, name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}
