// SPDX-License-Identifier: Apache-2.0
/** A log that cannot write: it stops, the gateway ends with it and says why, and the next start goes on with everything acknowledged. */
import { mkdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { PROCESS_GATEWAY, prepareHome } from '../support/gateway-process.ts';
import { checkRecord, SOUND } from '../support/record-check.ts';
import { SenmlLoad } from '../support/senml-load.ts';
import { settled } from '../support/settled.ts';

const READINGS_PER_SECOND = 100;

it('ends the gateway with code 1, each time that it is started, until it can write again; nothing acknowledged is lost', async () => {
  const toml = 'journal = { reserveBytes = 1048576 }\nrecord = { batchMaxMs = 1000, batchMaxReadings = 50 }';
  await using home = await prepareHome({ devices: { 'wear-1': 1000 }, toml });
  const first = await home.start();
  await using load = new SenmlLoad({
    gateway: PROCESS_GATEWAY,
    devices: home.secrets,
    readingsPerSecond: READINGS_PER_SECOND,
    session: '10600d0110600d01',
  });
  load.start(first.brokerPort);
  await settled('readings are acknowledged', () => load.acknowledgedCount() > READINGS_PER_SECOND);
  // Where the next head would be written first: a file cannot be made there.
  const inTheWay = join(home.paths.log, 'head.tmp');
  await mkdir(inTheWay);
  expect(await first.exited).toEqual({ code: 1, signal: null });
  load.lose();
  expect(first.stderr()).toMatch(/"code":"LOG_WRITE_FAILED".*"event":"gateway-failed"/);
  const atEnd = load.acknowledgedCount();

  const second = await home.start();
  expect(await second.exited).toEqual({ code: 1, signal: null });
  expect(load.acknowledgedCount()).toBe(atEnd);

  await rmdir(inTheWay);
  const third = await home.start();
  load.moveTo(third.brokerPort);
  await settled('readings are acknowledged again', () => load.acknowledgedCount() > atEnd);
  load.pause();
  await settled('everything that waited is acknowledged', () => load.unacknowledgedCount() === 0);
  expect(await third.stop()).toBe(0);
  expect(await checkRecord(home, load.acknowledged())).toMatchObject(SOUND);
});
