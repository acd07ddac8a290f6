// SPDX-License-Identifier: Apache-2.0
/** The largest batches that can be configured can be read back: what is sealed otherwise is lost for ever. */
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { FLAG } from '../../devices/index.ts';
import { parseConfig } from '../config.ts';
import { RecorderBench, reading, START_MS } from './testing/recorder-bench.ts';

const BYTES_MAX = 256 * 1024;
const configured = (bytes: number) => parseConfig(`[record]\nbatchMaxBytes = ${bytes}\npaddingBytes = 65536\n`).record;
/** Of bytes as received that nothing compresses. */
const raws = (count: number) =>
  Array.from({ length: count }, (_, i) => reading(i, { raw: randomBytes(8192), flags: FLAG.implausible }));

async function readBack(bench: RecorderBench, readings: ReturnType<typeof raws>): Promise<number[]> {
  await bench.take(1, readings);
  await bench.recorder.flush();
  return (await bench.record()).map((batch) => batch.readings.length);
}

describe('the largest batch', () => {
  it('of bytes as received can be read back', async () => {
    expect(await readBack(new RecorderBench(configured(BYTES_MAX)), raws(40))).toEqual([32, 8]);
  });

  it('of readings that have nothing in common can be read back', async () => {
    const below = (bound: number) => Math.floor(Math.random() * bound);
    const wild = Array.from({ length: 10_000 }, (_, i) =>
      reading(i, {
        session: `00000000000000e${i % 2}`,
        sequence: below(2 ** 40),
        value: { mantissa: below(2e9) - 1e9, exponent: -below(6) },
        monotonicMs: below(2 ** 45),
        correctedMs: START_MS + below(2 ** 40),
        deviceTimeMs: START_MS + below(2 ** 40),
      }),
    );
    const bench = new RecorderBench({ ...configured(BYTES_MAX), batchMaxReadings: 10_000 });
    expect((await readBack(bench, wild)).reduce((sum, count) => sum + count, 0)).toBe(10_000);
  });

  it('is as large as may be configured; one of a megabyte could be sealed, and not be opened', async () => {
    expect(() => configured(BYTES_MAX + 1)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
    const control = new RecorderBench({ batchMaxBytes: 1024 * 1024 });
    await expect(readBack(control, raws(140))).rejects.toMatchObject({ code: 'CBOR_NOT_CANONICAL' });
  });
});
