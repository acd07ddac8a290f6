// SPDX-License-Identifier: Apache-2.0
/** `lamplight doctor` beside a real gateway process and a real InfluxDB: what it finds, what --fix mends, and its exit code. */
import { execFile } from 'node:child_process';
import { chmod, stat, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { Finding } from '../gateway/doctor/findings.ts';
import { prepareHome } from './support/gateway-process.ts';
import { INFLUXD_MISSING, startInfluxd } from './support/influxd.ts';

const FRONT_DOOR = fileURLToPath(new URL('../lamplight.ts', import.meta.url));
const ANY_PORT = 'journal = { reserveBytes = 1048576 }\nstation = { port = 0 }';

async function doctor(directory: string, ...flags: readonly string[]) {
  const argv = [FRONT_DOOR, 'doctor', '--json', '--data', directory, ...flags];
  const { stdout, code } = await promisify(execFile)(process.execPath, argv).then(
    ({ stdout }) => ({ stdout, code: 0 }),
    (error: { stdout: string; code: number }) => error,
  );
  const said = JSON.parse(stdout) as { findings: Finding[]; mended: string[] };
  const find = (name: string) => said.findings.find((finding) => finding.name === name);
  const problems = said.findings.filter(({ level }) => level === 'problem').map(({ name }) => name);
  return { code, find, problems, mended: said.mended };
}

describe('lamplight doctor', () => {
  it('finds a gateway that runs and is well, and one that is gone', async () => {
    await using home = await prepareHome({ devices: { 'wear-1': 1000 }, toml: ANY_PORT });
    const gateway = await home.start();
    const beside = await doctor(home.paths.directory);
    expect([beside.code, beside.problems]).toEqual([0, []]);
    expect(beside.find('gateway')).toMatchObject({ level: 'ok', what: 'It runs, answers and is well.' });
    expect(beside.find('keys (station)')).toMatchObject({ level: 'warning' });
    // The lock is what it goes by; a second gateway is refused by it.
    await expect(home.start()).rejects.toThrow('Another Lamplight process uses this data directory');
    await gateway.stop();
    const after = await doctor(home.paths.directory);
    expect(after.find('gateway')).toMatchObject({ level: 'warning', what: 'It does not run.' });
  });

  it('mends permissions, and says what it did', async () => {
    await using home = await prepareHome({ devices: {}, toml: ANY_PORT });
    const { directory, gatewayKeys, accounts } = home.paths;
    await chmod(directory, 0o755);
    await chmod(gatewayKeys, 0o644);
    await writeFile(accounts, '');
    await chmod(accounts, 0o644);
    const found = await doctor(directory);
    expect([found.code, found.problems]).toEqual([1, ['data', 'files', 'keys (gateway)']]);
    expect((await stat(gatewayKeys)).mode & 0o777).toBe(0o644);
    const mended = await doctor(directory, '--fix');
    expect([mended.code, mended.mended.length]).toEqual([0, 3]);
    for (const path of [gatewayKeys, accounts]) expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('says which file is damaged, and that there is no such address', async () => {
    const toml = 'journal = { reserveBytes = 1048576 }\nstation = { host = "192.0.2.1", port = 8080 }';
    await using home = await prepareHome({ devices: {}, toml });
    const { directory, accounts, devices } = home.paths;
    for (const path of [accounts, devices]) await writeFile(path, 'not what it was'.repeat(100), { mode: 0o600 });
    const found = await doctor(directory);
    expect([found.code, found.problems]).toEqual([1, ['port (station)', 'devices', 'accounts']]);
    expect(found.find('accounts')?.advice).toContain('backup');
  });

  it.skipIf(INFLUXD_MISSING)('makes the database of an InfluxDB that lacks it', async () => {
    await using influxd = await startInfluxd({ withDatabase: false });
    await using home = await prepareHome({ devices: {}, toml: `station = { port = 0 }\n${influxd.toml}` });
    const { directory } = home.paths;
    expect(await doctor(directory)).toMatchObject({ code: 1, problems: ['series'] });
    expect(await doctor(directory, '--fix')).toMatchObject({ code: 0, mended: [expect.stringContaining('lamplight')] });
    expect((await influxd.query('SHOW DATABASES')).values.flat()).toContain('lamplight');
    expect((await doctor(directory)).code).toBe(0);
  });
});
