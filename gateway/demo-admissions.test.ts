// SPDX-License-Identifier: Apache-2.0
/** The demo's patients, over a real journal: who is admitted, since when, and what a later start leaves alone. */
import { describe, expect, it } from 'vitest';
import { admitDemoPatients } from './demo-admissions.ts';
import { REPORT_SILENCE_EVERY_MS } from './intake/cadence.ts';
import { openDataPathBench, START_MS, WEAR } from './testing/data-path-bench.ts';

const DEVICES = [WEAR.handle, 'wear-2', 'oxi-2', 'wear-12'].map((handle) => ({ handle }));
const MINUTE_MS = 60_000;

async function open() {
  const opened = await openDataPathBench();
  const admit = (sinceMs: number) => admitDemoPatients(opened.dataPath, DEVICES, () => opened.randomHex(16), sinceMs);
  return { ...opened, admit, onDisk: () => opened.bench.writer.state().ward };
}

describe('the patients of the demo', () => {
  it('lie one in each bed, with the sensors of that bed', async () => {
    const { dataPath, admit, onDisk } = await open();
    await admit(START_MS);
    const { stays } = onDisk();
    expect(stays.map(({ bed, name, openedMs }) => [bed, name, openedMs])).toEqual([
      ['1', 'Synthetic 1', START_MS],
      ['2', 'Synthetic 2', START_MS],
    ]);
    const sensors = stays.map(({ id }) => dataPath.ward.linksOn(id).map(({ device }) => device));
    expect(sensors).toEqual([[WEAR.handle], ['wear-2', 'oxi-2']]);
  });

  it('stay as they are at the next start; a bed that was freed meanwhile is taken again', async () => {
    const { dataPath, admit, onDisk } = await open();
    await admit(START_MS);
    const before = onDisk();
    await admit(START_MS + MINUTE_MS);
    expect(onDisk()).toEqual(before);
    await dataPath.change((ward) => ward.discharge('2', START_MS + MINUTE_MS));
    await admit(START_MS + 2 * MINUTE_MS);
    expect(dataPath.ward.openStayOn('1')).toEqual(before.stays[0]);
    expect(dataPath.ward.openStayOn('2')?.openedMs).toBe(START_MS + 2 * MINUTE_MS);
    expect(dataPath.ward.openLinkOf('oxi-2')?.fromMs).toBe(START_MS + 2 * MINUTE_MS);
  });

  it('own what their sensors missed before the first reading, also when their admission took a while', async () => {
    const { dataPath, clock, admit, onDisk, counts } = await open();
    clock.wardMs += REPORT_SILENCE_EVERY_MS;
    await admit(START_MS);
    await dataPath.tick();
    expect(counts).toMatchObject({ gaps: 1 });
    expect(onDisk().stays.filter(({ bed }) => bed === null)).toEqual([]);
  });

  it('would be missed by a gap if they came only after the gateway had begun to look', async () => {
    const { dataPath, clock, admit, onDisk } = await open();
    clock.wardMs += REPORT_SILENCE_EVERY_MS;
    await admit(clock.wardMs);
    await dataPath.tick();
    expect(onDisk().stays.filter(({ bed }) => bed === null)).toHaveLength(1);
  });
});
