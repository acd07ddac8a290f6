// SPDX-License-Identifier: Apache-2.0
/** Our files under other people's code: the Go module in test/interop/ (docker-compose.yml, loaded as Docker Compose loads it). */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { GO_MISSING } from './support/go-programs.ts';

const MODULE = fileURLToPath(new URL('./interop/', import.meta.url));
const ROOT = fileURLToPath(new URL('../', import.meta.url));

it.skipIf(GO_MISSING)(
  'docker-compose.yml is what a clinic wants, and every weakening of it is found (needs Go)',
  () => {
    const { status, stdout, stderr, error } = spawnSync('go', ['test', '-count=1', '-v', './...'], {
      cwd: MODULE,
      encoding: 'utf8',
    });
    expect(error).toBeUndefined();
    expect(status, `${stdout}${stderr}`).toBe(0);
    // A module without tests would end well too.
    expect(stdout.match(/^--- PASS/gm)?.length).toBeGreaterThanOrEqual(5);
  },
);

const COMPOSE_MISSING = spawnSync('docker', ['compose', 'version']).status !== 0;
it.skipIf(COMPOSE_MISSING)(
  'docker compose takes the file, and names a variable that is missing (needs Docker Compose)',
  () => {
    const config = (env: Record<string, string | undefined>) =>
      spawnSync('docker', ['compose', '--profile', '*', 'config', '--quiet'], { cwd: ROOT, encoding: 'utf8', env });
    const names = [...readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8').matchAll(/\$\{(\w+):\?/g)].map(
      ([, name]) => name!,
    );
    const whole = { ...process.env, ...Object.fromEntries(names.map((name) => [name, '/dev/null'])) };
    expect(config(whole)).toMatchObject({ status: 0, stderr: '' });
    for (const name of names) expect(config({ ...whole, [name]: '' }).stderr).toContain(name);
  },
);
