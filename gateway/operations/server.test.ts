// SPDX-License-Identifier: Apache-2.0
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { silentLog } from '../log.ts';
import { createMetrics } from '../metrics.ts';
import { type HealthFacts, healthOf } from './health.ts';
import { type OperationsServer, startOperationsServer } from './server.ts';

const WELL: HealthFacts = {
  disk: 'recording',
  diskUsedPercent: 40,
  seriesLagBatches: 0,
  anchorLagEntries: 0,
  failed: false,
  journalRows: 12,
  recordOpenBatches: 8,
  timeTrust: 1,
  clockSetMs: 0,
  devicesConnected: 8,
  logSize: 3,
  ledgerFailed: false,
  anchored: null,
};
const PROMTOOL = ['/usr/bin/promtool'].find(existsSync);

describe('the operations server', () => {
  let directory: string;
  let server: OperationsServer;
  let facts: HealthFacts;
  const metrics = createMetrics({ process: true });
  const get = (path: string) => fetch(`http://127.0.0.1:${server.port}${path}`);

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'lamplight-operations-'));
    facts = WELL;
    metrics.count('intake_accepted_total', 3);
    server = await startOperationsServer({
      host: '127.0.0.1',
      port: 0,
      logDirectory: directory,
      metrics,
      log: silentLog(),
      health: () => healthOf(facts),
    });
  });
  afterEach(async () => {
    await server[Symbol.asyncDispose]();
    await rm(directory, { recursive: true });
  });

  it('says that it is well, or what is wrong and what to do, with a status that a probe understands', async () => {
    expect((await get('/healthz')).status).toBe(200);
    facts = { ...WELL, disk: 'refusing' };
    const ill = await get('/healthz');
    expect(ill.status).toBe(503);
    expect((await ill.json()) as object).toMatchObject({
      ok: false,
      problems: [expect.stringContaining('Free disk space')],
      problemKeys: ['disk-full'],
      facts,
    });
  });

  it.each([
    ['part-died', { failed: true }],
    ['disk-full', { disk: 'refusing' }],
    ['disk-nearly-full', { disk: 'waveforms-stopped' }],
    ['series-behind', { seriesLagBatches: 501 }],
    ['log-behind', { anchorLagEntries: 501 }],
    ['ledger-closed', { ledgerFailed: true }],
    ['anchor-behind', { anchored: { size: 3, waitingMs: 3_600_001, alarm: null } }],
    ['ledger-forked', { anchored: { size: 3, waitingMs: 0, alarm: 'ANCHOR_FORKED' } }],
    ['ledger-accused', { anchored: { size: 3, waitingMs: 0, alarm: 'ANCHOR_ACCUSED' } }],
    ['ledger-rolled-back', { anchored: { size: 3, waitingMs: 0, alarm: 'ANCHOR_ROLLED_BACK' } }],
  ] as const)('names %s, and nothing else that is not wrong', (key, change) => {
    const { ok, problems, problemKeys } = healthOf({ ...WELL, ...change });
    expect([ok, problems.length, problemKeys]).toEqual([false, 1, [key]]);
  });

  it('gives metrics in the Prometheus format', async () => {
    const text = await (await get('/metrics')).text();
    expect(text).toMatch(/^lamplight_intake_accepted_total \d+$/m);
  });

  it.skipIf(!PROMTOOL)('gives metrics that promtool reads', async () => {
    const text = await (await get('/metrics')).text();
    const verdict = await new Promise<{ code: unknown; output: string }>((resolve) => {
      const child = execFile(PROMTOOL!, ['check', 'metrics'], (error, stdout, stderr) =>
        resolve({ code: error?.code ?? 0, output: stdout + stderr }),
      );
      child.stdin?.end(text);
    });
    // 3 is lint: prom-client's own process metrics do not follow the naming advice; ours must.
    expect([0, 3]).toContain(verdict.code);
    expect(verdict.output).not.toMatch(/lamplight_(intake|disk|series|anchor|log|outbox|mqtt|serial)/);
  });

  it('serves the published files of the log, and no other file', async () => {
    await mkdir(join(directory, 'tile/0/x001'), { recursive: true });
    await writeFile(join(directory, 'checkpoint'), 'signed');
    await writeFile(join(directory, 'tile/0/x001/234'), 'hashes');
    await writeFile(join(directory, 'head'), 'not published');
    const checkpoint = await get('/log/checkpoint');
    expect(await checkpoint.text()).toBe('signed');
    expect(Date.parse(checkpoint.headers.get('last-modified') ?? '')).toBeGreaterThan(0);
    expect(await (await get('/log/tile/0/x001/234')).text()).toBe('hashes');
    for (const path of [
      '/log/head',
      '/log/tile/0/000',
      '/log/../gateway.keys',
      '/log/%2e%2e/gateway.keys',
      '/log/segment/0',
      '/',
      '/log/tile/0/..',
    ]) {
      expect((await get(path)).status).toBe(404);
    }
    expect((await fetch(`http://127.0.0.1:${server.port}/healthz`, { method: 'POST' })).status).toBe(405);
  });

  it('serves one checkpoint or the next while it is replaced, and never a part of either', async () => {
    const path = join(directory, 'checkpoint');
    const notes = ['short\n', `${'long '.repeat(1000)}\n`];
    await writeFile(path, notes[0]!);
    let isOver = false;
    const replacing = (async () => {
      for (let i = 1; !isOver; i++) {
        await writeFile(`${path}.tmp`, notes[i % 2]!);
        await rename(`${path}.tmp`, path);
      }
    })();
    const seen = new Set<string>();
    for (let i = 0; i < 50; i++) seen.add(await (await get('/log/checkpoint')).text());
    isOver = true;
    await replacing;
    expect([...seen].filter((note) => !notes.includes(note))).toEqual([]);
  });

  it('says when its port is taken', async () => {
    const options = {
      host: '127.0.0.1',
      port: server.port,
      logDirectory: directory,
      metrics,
      log: silentLog(),
      health: () => healthOf(WELL),
    };
    await expect(startOperationsServer(options)).rejects.toMatchObject({ code: 'OPERATIONS_PORT' });
  });
});
