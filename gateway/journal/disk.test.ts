// SPDX-License-Identifier: Apache-2.0
/** The limits of the disk, and that the reserve counts as used whether it is held or given up. */
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DiskReserve, diskState, usedPercent } from './disk.ts';

const LIMITS = { waveformStopPercent: 85, refusePercent: 95, reserveBytes: 3 * 1024 * 1024 };

describe('diskState', () => {
  it.each([
    [84.9, 'recording', 'recording'],
    [85, 'recording', 'waveforms-stopped'],
    [84.5, 'waveforms-stopped', 'waveforms-stopped'],
    [83.9, 'waveforms-stopped', 'recording'],
    [95, 'recording', 'refusing'],
    [94.5, 'refusing', 'refusing'],
    [94.5, 'waveforms-stopped', 'waveforms-stopped'],
    [93.9, 'refusing', 'waveforms-stopped'],
    [50, 'refusing', 'recording'],
  ] as const)('at %d %% after %s is %s', (used, before, after) => {
    expect(diskState(used, before, LIMITS)).toBe(after);
  });
});

describe('the reserve', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lamplight-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('takes real bytes, and says what it does not hold', async () => {
    const reserve = new DiskReserve(folder, LIMITS.reserveBytes);
    expect(await reserve.missingBytes()).toBe(LIMITS.reserveBytes);
    await reserve.hold();
    const { size, blocks } = await stat(join(folder, 'reserve.bin'));
    expect([size, blocks * 512 >= LIMITS.reserveBytes, await reserve.missingBytes()]).toEqual([
      LIMITS.reserveBytes,
      true,
      0,
    ]);
    await reserve.release();
    expect(await reserve.missingBytes()).toBe(LIMITS.reserveBytes);
  });

  it('is added to what df says of the disk', async () => {
    const told = execFileSync('df', ['-B1', '--output=used,avail', folder], { encoding: 'utf8' }).split('\n')[1]!;
    const [used, available] = told.trim().split(/\s+/).map(Number) as [number, number];
    const percent = (bytes: number) => (100 * bytes) / (used + available);
    // Others write to this disk meanwhile: to a percent is near enough.
    expect(Math.abs((await usedPercent(folder, 0)) - percent(used))).toBeLessThan(1);
    const reserved = available / 2;
    expect(Math.abs((await usedPercent(folder, reserved)) - percent(used + reserved))).toBeLessThan(1);
  });

  it('counts as used while it is given up, and never beyond the whole disk', async () => {
    const bytes = 2 ** 30;
    expect(await usedPercent(folder, bytes)).toBeGreaterThan(await usedPercent(folder, 0));
    expect(await usedPercent(folder, Number.MAX_SAFE_INTEGER)).toBe(100);
  });
});
