// SPDX-License-Identifier: Apache-2.0
/** The series store is gone for a day of ward time: the outbox keeps everything on disk, and catches up when the store is back. */
import { rename, symlink } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { createWardClock } from '../../devices/index.ts';
import { type GatewayHome, PROCESS_GATEWAY, prepareHome } from '../support/gateway-process.ts';
import { checkRecord, countsOf, SOUND } from '../support/record-check.ts';
import { SenmlLoad } from '../support/senml-load.ts';
import { settled } from '../support/settled.ts';

const RATE = 7200;
const DAY_MS = 86_400_000;
const HANDLES = ['wear-1', 'wear-2', 'wear-3', 'wear-4'];
/** Every device once a ward minute. */
const READINGS_PER_SECOND = (RATE / 60) * HANDLES.length;

it('keeps a day of batches on disk while the series store is gone, and catches up when it is back', async () => {
  const now = Date.now();
  const clock = { rate: RATE, originRealMs: now, originWardMs: now };
  const wardClock = createWardClock(clock);
  await using home = await prepareHome({
    devices: Object.fromEntries(HANDLES.map((handle) => [handle, null])),
    // At this rate the gateway would say eight times a second that it is alive.
    toml: 'journal = { reserveBytes = 1048576 }\nlog = { heartbeatMs = 86400000 }',
  });
  await using load = new SenmlLoad({
    gateway: PROCESS_GATEWAY,
    devices: home.secrets,
    readingsPerSecond: READINGS_PER_SECOND,
    session: 'da70f0077da70f00',
    wardMs: () => wardClock.wallMs(),
  });
  const first = await home.start({ clock });
  load.start(first.brokerPort);
  await settled('batches are stored', () => countsOf(home).points > HANDLES.length);
  await first.kill();
  load.lose();
  await takeAway(home);

  const gateway = await home.start({ clock });
  load.moveTo(gateway.brokerPort);
  const goneAtMs = wardClock.wallMs();
  const before = load.acknowledgedCount();
  await settled('a day is over', () => wardClock.wallMs() - goneAtMs >= DAY_MS);
  // Readings do not wait for the store.
  expect(load.acknowledgedCount() - before).toBeGreaterThan((0.8 * READINGS_PER_SECOND * DAY_MS) / (1000 * RATE));
  await bringBack(home);
  load.pause();
  await settled('everything is stored and sequenced, and the journal let go of it', () => {
    const { unstored, unsequenced, groups, points, batches } = countsOf(home);
    return unstored + unsequenced + groups === 0 && points === batches;
  });
  expect(load.unacknowledgedCount()).toBe(0);
  expect(await gateway.stop()).toBe(0);
  const findings = await checkRecord(home, load.acknowledged());
  expect(findings).toMatchObject(SOUND);
  const { points, batches } = countsOf(home);
  expect([points, batches, findings.readings]).toEqual([findings.batches, findings.batches, load.acknowledgedCount()]);
});

/** A link to nowhere lies where the file was: every open fails. */
async function takeAway({ paths }: GatewayHome): Promise<void> {
  for (const part of ['', '-wal', '-shm']) await rename(`${paths.series}${part}`, `${paths.series}.gone${part}`);
  await symlink('/nonexistent/series.db', paths.series);
}

/** The file takes the place of the link in one step: an open in between would make another. */
async function bringBack({ paths }: GatewayHome): Promise<void> {
  for (const part of ['-wal', '-shm', '']) await rename(`${paths.series}.gone${part}`, `${paths.series}${part}`);
}
