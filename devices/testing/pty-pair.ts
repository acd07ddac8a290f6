// SPDX-License-Identifier: Apache-2.0
/** A pair of pseudo terminals made by socat: a serial cable that can be pulled. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from './until.ts';

/** With CI=true a missing socat is a failure of the tests that need it, not a reason to skip them. */
export const SOCAT_MISSING = process.env['CI'] !== 'true' && spawnSync('socat', ['-V']).error !== undefined;

export interface PtyPair extends AsyncDisposable {
  readonly a: string;
  readonly b: string;
  plug(): Promise<void>;
  unplug(): Promise<void>;
}

/** Both ends are there when it resolves. */
export async function ptyPair(): Promise<PtyPair> {
  const directory = await mkdtemp(join(tmpdir(), 'lamplight-pty-'));
  const [a, b] = [join(directory, 'a'), join(directory, 'b')];
  let socat: ReturnType<typeof spawn> | undefined;
  const unplug = async () => {
    if (!socat) return;
    const gone = once(socat, 'exit');
    socat.kill('SIGKILL');
    await gone;
    socat = undefined;
    // A cable that is gone leaves no name behind; a killed socat does.
    await Promise.all([rm(a, { force: true }), rm(b, { force: true })]);
  };
  const plug = async () => {
    socat = spawn('socat', [`pty,raw,echo=0,link=${a}`, `pty,raw,echo=0,link=${b}`], { stdio: 'ignore' });
    await until(() => existsSync(a) && existsSync(b));
  };
  await plug();
  return {
    a,
    b,
    plug,
    unplug,
    async [Symbol.asyncDispose]() {
      await unplug();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
