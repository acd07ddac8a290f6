// SPDX-License-Identifier: Apache-2.0
/** The verb, run as the front door runs it, against a real broker. */
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../test/support/free-port.ts';
import { formatDecimal } from '../decimal.ts';
import type { Measurement } from '../reading.ts';
import { startSerialDriver } from '../serial/driver.ts';
import { TestBroker } from '../testing/test-broker.ts';
import { until } from '../testing/until.ts';
import { simulateCommand } from './simulate.ts';

const WFDB = fileURLToPath(new URL('../../../shared/recordings/wfdb/', import.meta.url));
let directory = '';
let credentials = '';

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'lamplight-simulate-'));
  credentials = await credentialsFile('devices.json', [
    wearable('wear-1'),
    wearable('wear-7'),
    { handle: 'oxi-7', kind: 'nonin-df2', intervalMs: 1000, port: 0 },
  ]);
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const wearable = (handle: string) => ({
  handle,
  secret: TestBroker.secretOf(handle),
  kind: 'senml',
  intervalMs: 1000,
});

async function credentialsFile(name: string, devices: unknown): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, JSON.stringify({ devices }));
  return path;
}

/** Starts the verb; `result` resolves with its exit code. */
function simulate(args: readonly string[], broker?: TestBroker) {
  const stop = new AbortController();
  const text = { out: '', err: '' };
  const sinkOf = (name: 'out' | 'err') => ({
    write(words: string) {
      text[name] += words;
    },
  });
  const io = {
    stdout: sinkOf('out'),
    stderr: sinkOf('err'),
    env: {},
    signal: stop.signal,
  };
  const where = broker ? ['--broker', `mqtt://127.0.0.1:${broker.port}`] : [];
  const result = simulateCommand([...where, '--gateway', 'demo', ...args], io);
  const lines = () =>
    text.out
      .trim()
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));
  return { result, text, lines, stop: () => stop.abort() };
}

const vitalsOf = (message: readonly Measurement[]) => message.map(({ vital }) => vital);

describe('simulate: the synthetic ward', () => {
  it('plays every device until it is stopped, and leaves saturation to an oximeter beside it', async () => {
    await using broker = await new TestBroker().open();
    const run = simulate(['--credentials', credentials, '--rate', '50', '--seed', '3'], broker);
    await until(() => broker.messagesOf('wear-1').length >= 5 && broker.messagesOf('wear-7').length >= 5);
    run.stop();
    expect(await run.result).toBe(0);
    const steady = ['heartRate', 'respiratoryRate', 'temperature'];
    const cuff = ['bpSystolic', 'bpDiastolic', 'bpMean'];
    const [first, second] = broker.messagesOf('wear-1');
    expect([vitalsOf(first!), vitalsOf(second!)]).toStrictEqual([
      [...steady, 'spo2', ...cuff],
      [...steady, 'spo2'],
    ]);
    expect(broker.messagesOf('wear-7').slice(0, 2).map(vitalsOf)).toStrictEqual([[...steady, ...cuff], steady]);
    const temperature = first!.find(({ vital }) => vital === 'temperature')!.value!;
    expect(formatDecimal(temperature)).toMatch(/^3\d\.\d\d$/);
    const [ready, end] = run.lines();
    expect(ready).toStrictEqual({ ready: true, origin: 'synthetic', devices: 3 });
    const { sent, acknowledged, waiting, session, readings } = end.devices['wear-1'];
    expect([acknowledged, waiting]).toStrictEqual([sent, 0]);
    expect(sent).toBe(broker.messagesOf('wear-1').length);
    expect(broker.messagesOf('wear-1').flat().at(-1)).toMatchObject({ session, sequence: readings - 1 });
  });

  it('takes a pressure, and says how full its battery is, at the start and every 15 minutes', async () => {
    await using broker = await new TestBroker().open();
    const slow = await credentialsFile('slow.json', [{ ...wearable('wear-1'), intervalMs: 60_000 }]);
    const run = simulate(['--credentials', slow, '--rate', '3000'], broker);
    await until(() => broker.messagesOf('wear-1').length >= 31);
    run.stop();
    await run.result;
    const times = broker
      .messagesOf('wear-1')
      .filter((message) => vitalsOf(message).includes('bpMean'))
      .map(([first]) => first!.deviceTimeMs!);
    expect(times.length).toBeGreaterThanOrEqual(2);
    expect(Math.min(...times.slice(1).map((ms, i) => ms - times[i]!))).toBeGreaterThanOrEqual(15 * 60_000);
    expect(times[0]).toBe(broker.messagesOf('wear-1')[0]![0]!.deviceTimeMs);
    expect(broker.batteries.length).toBe(times.length);
  });

  it('plays the faults it is told to, on that device only', async () => {
    await using broker = await new TestBroker().open();
    const run = simulate(['--credentials', credentials, '--rate', '50', '--fault', 'wear-1=drop:1'], broker);
    await until(() => broker.messagesOf('wear-7').length >= 5);
    run.stop();
    expect(await run.result).toBe(0);
    expect(broker.messagesOf('wear-1')).toStrictEqual([]);
  });

  it('says once which credential is refused, and plays on', async () => {
    await using broker = await new TestBroker().open();
    const wrong = await credentialsFile('wrong.json', [{ ...wearable('wear-1'), secret: 'wrong' }, wearable('wear-2')]);
    const run = simulate(['--credentials', wrong, '--rate', '50'], broker);
    await until(() => run.text.err !== '' && broker.messagesOf('wear-2').length >= 5);
    run.stop();
    expect(await run.result).toBe(0);
    expect(run.text.err.match(/SIMULATE_REFUSED/g)).toHaveLength(1);
    expect(run.text.err).not.toContain('wrong');
  });

  it('lets the serial driver of the gateway hear its oximeter', async () => {
    await using broker = await new TestBroker().open();
    const port = await freePort();
    const file = await credentialsFile('oximeter.json', [
      { handle: 'oxi-1', kind: 'nonin-df2', intervalMs: 1000, port },
    ]);
    const run = simulate(['--credentials', file, '--rate', '10'], broker);
    const heard: Measurement[] = [];
    const sink = { measurements: (batch: readonly Measurement[]) => void heard.push(...batch), link() {}, fault() {} };
    const url = `tcp://127.0.0.1:${port}`;
    await using _driver = await startSerialDriver({
      name: 'oxi-1',
      url,
      model: 'nonin-df2',
      clock: { monotonicMs: () => performance.now() },
      sink,
    });
    await until(() => heard.length >= 4);
    const taken = simulate(['--credentials', file], broker);
    expect(await taken.result).toBe(1);
    expect(taken.text.err).toMatch(/^SIMULATE_PORT/);
    run.stop();
    expect(await run.result).toBe(0);
  });
});

describe.skipIf(!existsSync(WFDB))('simulate --recording', () => {
  const recorded = (...more: string[]) => [
    '--credentials',
    credentials,
    '--recording',
    WFDB,
    '--device',
    'wear-1',
    ...more,
  ];

  it('with --once sends all of it, dated so that the last minute is now', async () => {
    await using broker = await new TestBroker().open();
    const before = Date.now();
    const run = simulate(recorded('--once', '--record', '3975656n'), broker);
    expect(await run.result, run.text.err).toBe(0);
    expect(run.lines()).toHaveLength(1);
    expect(run.lines()[0]).toMatchObject({
      messages: 1936,
      readings: 19_360,
      values: 7405,
      absent: 11_955,
      acknowledged: 1936,
    });
    const messages = broker.messagesOf('wear-1');
    expect(messages.flat()).toHaveLength(19_360);
    const lastMs = messages.at(-1)![0]!.deviceTimeMs!;
    expect(lastMs).toBeGreaterThanOrEqual(before);
    expect(lastMs).toBeLessThanOrEqual(Date.now());
    expect(lastMs - messages[0]![0]!.deviceTimeMs!).toBe(1935 * 60_000);
    expect(broker.messagesOf('wear-7')).toStrictEqual([]);
  });

  it('with --once and a rate keeps its pace, from now on', async () => {
    await using broker = await new TestBroker().open();
    const before = Date.now();
    const run = simulate(recorded('--once', '--rate', '100000'), broker);
    await until(() => broker.messagesOf('wear-1').length >= 3);
    expect(broker.messagesOf('wear-1')[0]![0]!.deviceTimeMs!).toBeGreaterThanOrEqual(before);
    expect(await run.result).toBe(0);
    expect(broker.messagesOf('wear-1')).toHaveLength(1936);
  });

  it('without --once stops when it is told to', async () => {
    await using broker = await new TestBroker().open();
    const run = simulate(recorded('--rate', '6000'), broker);
    await until(() => broker.messagesOf('wear-1').length >= 3);
    run.stop();
    expect(await run.result).toBe(0);
    expect(run.lines()[0]).toMatchObject({ ready: true, origin: 'recorded, de-identified' });
  });

  it('ends with 1 when it is refused, or stopped before all is acknowledged', async () => {
    await using broker = await new TestBroker().open();
    const wrong = await credentialsFile('refused.json', [{ ...wearable('wear-1'), secret: 'wrong' }]);
    const refused = simulate(['--credentials', wrong, '--recording', WFDB, '--once'], broker);
    expect(await refused.result).toBe(1);
    expect(refused.text.err).toMatch(/^SIMULATE_REFUSED/);
    const early = simulate(recorded('--once', '--rate', '60'), broker);
    await until(() => broker.messagesOf('wear-1').length >= 1);
    early.stop();
    expect(await early.result).toBe(1);
  });

  it('names a record that is not there', async () => {
    const run = simulate(recorded('--once', '--record', 'nobody'));
    expect(await run.result).toBe(1);
    expect(run.text.err).toMatch(/^WFDB_MISSING/);
  });
});

describe('simulate: wrong use', () => {
  it.each<[string, readonly string[]]>([
    ['no credentials', []],
    ['an unknown option', ['--credentials', 'x', '--loud']],
    ['a bad rate', ['--credentials', 'x', '--rate', '0']],
    ['a bad origin', ['--credentials', 'x', '--clock-origin', 'now']],
    ['a bad seed', ['--credentials', 'x', '--seed', 'a']],
    ['a bad broker', ['--credentials', 'x', '--broker', 'http://x']],
    ['a bad gateway', ['--credentials', 'x', '--gateway', 'a/b']],
    ['--once alone', ['--credentials', 'x', '--once']],
  ])('ends with 2 for %s', async (_, args) => {
    const run = simulate(args);
    expect(await run.result).toBe(2);
    expect(run.text.err).toMatch(/^SIMULATE_USAGE/);
  });

  it('ends with 2 for a fault or a device that does not fit the file', async () => {
    for (const more of [
      ['--fault', 'wear-9=drop:1'],
      ['--fault', 'wear-1=lose:1'],
      ['--recording', 'x', '--device', 'oxi-7'],
    ]) {
      expect(await simulate(['--credentials', credentials, ...more]).result, more.join(' ')).toBe(2);
    }
  });

  it('ends with 1 for a credentials file that is missing or malformed', async () => {
    const bad = [
      {},
      [],
      [{ ...wearable('a/b') }],
      [{ ...wearable('a'), kind: 'telepathy' }],
      [wearable('a'), wearable('a')],
    ];
    const paths = await Promise.all(bad.map((devices, i) => credentialsFile(`bad-${i}.json`, devices)));
    for (const path of [...paths, join(directory, 'missing.json')]) {
      const run = simulate(['--credentials', path]);
      expect(await run.result).toBe(1);
      expect(run.text.err).toMatch(/^SIMULATE_CREDENTIALS/);
      expect(run.text.err).not.toContain('the secret of');
    }
  });

  it('explains itself', async () => {
    const run = simulate(['--help']);
    expect(await run.result).toBe(0);
    expect(run.text.out).toContain('lamplight simulate --credentials FILE');
  });
});
