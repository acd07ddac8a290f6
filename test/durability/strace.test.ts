// SPDX-License-Identifier: Apache-2.0
/**
 * What kill -9 cannot show: the page cache outlives a process, a power cut it does not. So the kernel is asked: did a sync of the
 * journal's WAL end between a group's last write and its PUBACKs? With weaker commits the same question must be answered no.
 */
import { spawnSync } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import mqtt from 'mqtt';
import { describe, expect, it } from 'vitest';
import { PROCESS_GATEWAY, prepareHome, type StartOptions } from '../support/gateway-process.ts';
import { countsOf } from '../support/record-check.ts';
import { senmlBody } from '../support/senml-load.ts';
import { settled } from '../support/settled.ts';
import { findEarlyPubacks, type SyncFindings } from '../support/system-calls.ts';

const CALLS = 'trace=pwrite64,pwritev,fsync,fdatasync,write,writev';
const SESSION = '5ca1ab1e5ca1ab1e';
const ROUNDS = 40;
const MESSAGES_PER_ROUND = 8;
const HANDLES = ['wear-1', 'wear-2', 'wear-3', 'wear-4'];

const works = spawnSync('strace', ['-f', '--seccomp-bpf', '-o', '/dev/null', 'true']).status === 0;
// A machine that must run everything fails instead.
const MISSING = !works && process.env['CI'] !== 'true';

describe.skipIf(MISSING)('system calls of a commit (needs strace and ptrace)', () => {
  it('shows a completed sync of the WAL between every group and its PUBACKs', async () => {
    const { pubacks, early, groups } = await trace({});
    expect({ pubacks, early }).toEqual({ pubacks: ROUNDS * MESSAGES_PER_ROUND, early: 0 });
    expect(groups).toBeGreaterThanOrEqual(ROUNDS);
  });

  it.each(['OFF', 'NORMAL'] as const)('fails with synchronous=%s', async (synchronous) => {
    const { pubacks, early } = await trace({ synchronous });
    expect(pubacks).toBe(ROUNDS * MESSAGES_PER_ROUND);
    expect(early).toBe(pubacks);
  });
});

/** Sends in rounds: the next only after the last was acknowledged, so that the WAL holds nothing but the group in question. */
async function trace(options: StartOptions): Promise<SyncFindings> {
  await using home = await prepareHome({ devices: Object.fromEntries(HANDLES.map((handle) => [handle, null])) });
  const output = `${home.paths.directory}.strace`;
  // With -D the gateway stays our child, and signals reach it and not strace.
  const under = [
    'strace',
    '-D',
    '-f',
    '--seccomp-bpf',
    '-y',
    '-v',
    '-s',
    '65535',
    '-e',
    CALLS,
    '-e',
    'signal=none',
    '-o',
    output,
  ];
  try {
    const gateway = await home.start({ ...options, under });
    // What the founding of the ledger still writes to the WAL would stand before the first PUBACKs.
    await settled('the founding is sequenced', () => countsOf(home).unsequenced === 0);
    const clients = await Promise.all(
      HANDLES.map((handle) =>
        mqtt.connectAsync({
          port: gateway.brokerPort,
          protocolVersion: 4,
          clientId: handle,
          username: handle,
          password: home.secrets.get(handle) ?? '',
        }),
      ),
    );
    for (let message = 0; message < ROUNDS * MESSAGES_PER_ROUND; message += MESSAGES_PER_ROUND) {
      await Promise.all(
        Array.from({ length: MESSAGES_PER_ROUND }, (_, i) => {
          const at = (message + i) % clients.length;
          const body = senmlBody(SESSION, Math.floor((message + i) / clients.length), 1, Date.now());
          return clients[at]?.publishAsync(`lamplight/v1/${PROCESS_GATEWAY}/${HANDLES[at]}/senml`, body, { qos: 1 });
        }),
      );
    }
    await Promise.all(clients.map((client) => client.endAsync(true)));
    // Killed with the gateway, strace would lose what it has not written yet.
    expect(await gateway.stop()).toBe(0);
    await settled('strace has written everything', async () =>
      (await readFile(output, 'utf8')).endsWith('+++ exited with 0 +++\n'),
    );
    return findEarlyPubacks(await readFile(output, 'utf8'));
  } finally {
    await rm(output, { force: true });
  }
}
