// SPDX-License-Identifier: Apache-2.0
/** I4: what the series store and the log hold tells nobody a value, a name or an id; an unsealed variant of either is caught. */
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { encodeCbor, encodeReading } from '../ledger/index.ts';
import { dumpOf, type Planted, searchDump } from './support/dump-search.ts';
import { openRig, RIG_GATEWAY } from './support/gateway-rig.ts';
import { openRecord } from './support/record.ts';

const SESSION = 'fedcba9876543210';
const NAME = 'Wilhelmine Planted-Testfrau';
const RUN = [61, 87, 142, 55, 103, 98, 77, 120, 64, 91];
const HANDLE = 'wear-planted';

describe('the stores at the end of the path', () => {
  let dump: Buffer;
  let planted: Planted;
  let unsealed: Buffer;
  let rows: number;

  beforeAll(async () => {
    await using rig = await openRig({ devices: { [HANDLE]: 1000 } });
    const stay = 'ab'.repeat(16);
    await rig.gateway.dataPath.change((ward) => [
      ...ward.admit('3', stay, NAME, Date.now() - 60_000),
      ...ward.link(HANDLE, stay, Date.now() - 60_000, 'Nurse Planted', false),
    ]);
    const client = await rig.connect(HANDLE);
    for (const [i, value] of RUN.entries()) {
      await client.publishAsync(
        `lamplight/v1/${RIG_GATEWAY}/${HANDLE}/senml`,
        `[{"bn":"${SESSION}:","n":"heartRate","u":"/min","v":${value},"seq_":${i}}]`,
        { qos: 1 },
      );
    }
    await client.endAsync();
    await rig.stop();
    planted = { texts: [NAME, 'Planted', HANDLE, SESSION, stay, 'heartRate'], run: RUN };
    dump = await dumpOf(join(rig.directory, 'series.db'), join(rig.directory, 'log'));
    await using record = await openRecord(rig.directory);
    const all = await record.everything();
    rows = all.length;
    unsealed = Buffer.concat([dump, ...all.map(({ reading }) => Buffer.from(encodeReading(reading)))]);
  });

  it('hold the readings, and nothing of them in any encoding', () => {
    expect(rows).toBe(RUN.length);
    expect(dump.length).toBeGreaterThan(1000);
    expect(searchDump(dump, planted)).toEqual([]);
  });

  it('would be caught: readings stored unsealed, a column of values, an id in a tag', () => {
    expect(searchDump(unsealed, planted).map(({ what }) => what)).toEqual(
      expect.arrayContaining([HANDLE, SESSION, 'heartRate']),
    );
    const column = Buffer.concat([dump, Buffer.from(encodeCbor(RUN))]);
    expect(searchDump(column, planted)).toEqual([{ what: 'run 61..91', encoding: 'cbor' }]);
    const floats = Buffer.concat([dump, Buffer.from(Float64Array.from(RUN).buffer)]);
    expect(searchDump(floats, planted)).toEqual([{ what: 'run 61..91', encoding: 'float64le' }]);
    const tagged = Buffer.concat([dump, Buffer.from(`point,device=${Buffer.from(HANDLE).toString('hex')} value=1`)]);
    expect(searchDump(tagged, planted)).toEqual([{ what: HANDLE, encoding: 'hex' }]);
    // What the search cannot see, so that nobody takes it for more than it is: compressed plaintext.
    expect(searchDump(deflateRawSync(Buffer.from(HANDLE.repeat(3))), planted).length).toBeLessThan(3);
  });
});
