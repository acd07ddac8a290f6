// SPDX-License-Identifier: Apache-2.0
/** What `lamplight doctor` finds out about InfluxDB, and what its --fix makes. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../gateway/config.ts';
import { checkSeriesStore } from '../gateway/series/series-check.ts';
import { freePort } from './support/free-port.ts';
import { INFLUXD_MISSING, startInfluxd, tomlOf } from './support/influxd.ts';

const paths = { series: 'series.db' };
const check = (toml: string, fix = false) => checkSeriesStore(parseConfig(toml), { fix, paths });
const words = async (findings: ReturnType<typeof check>) => (await findings).map(({ ok, what }) => `${ok} ${what}`);

describe('the check of the series store', () => {
  it('has nothing to say about the embedded one', async () => {
    expect(await words(check(''))).toEqual(['true The series store is embedded (SQLite).']);
  });

  it('says that nobody answers', async () => {
    const [finding] = await check(tomlOf(`http://127.0.0.1:${await freePort()}`));
    expect(finding).toMatchObject({ ok: false, advice: expect.stringContaining('Start InfluxDB') });
  });

  it('says that a password would cross the network, or that its file is not there', async () => {
    const signIn = ', username = "gateway", passwordFile = "/nonexistent/password"';
    const findings = await check(tomlOf('http://influx.example:8086', signIn));
    expect(findings.map(({ ok }) => ok)).toEqual([false, false]);
    expect(findings[0]!.what).toContain('in the clear');
    expect(findings[1]!.advice).toContain('series.passwordFile');
  });

  describe.skipIf(INFLUXD_MISSING)('of a real InfluxDB (needs influxd)', () => {
    it('misses the database, makes it on --fix, and then finds it; twice is as good as once', async () => {
      await using influxd = await startInfluxd({ withDatabase: false });
      expect(await words(check(influxd.toml))).toEqual([
        expect.stringMatching(/^true InfluxDB 1\.\d.* answers at/),
        'false InfluxDB has no database "lamplight".',
      ]);
      const made = 'true Database "lamplight" is there and keeps for ever.';
      for (const fix of [true, true, false]) expect((await words(check(influxd.toml, fix)))[1]).toBe(made);
    });

    it('finds another retention than configured, and sets it on --fix', async () => {
      await using influxd = await startInfluxd();
      const toml = influxd.toml.replace(' }\nseries = {', ' }\nseries = { retentionDays = 90,');
      expect((await words(check(toml)))[1]).toMatch(/^false .* keeps for ever, but .* says 90 days/);
      expect((await words(check(toml, true)))[1]).toBe('true Database "lamplight" is there and keeps for 90 days.');
      const { columns, values } = await influxd.query('SHOW RETENTION POLICIES ON lamplight');
      expect(values[0]![columns.indexOf('duration')]).toBe('2160h0m0s');
    });

    it('says that the sign-in is refused', async () => {
      await using influxd = await startInfluxd({ auth: true });
      expect((await words(check(influxd.toml)))[1]).toMatch(/^true Database/);
      await writeFile(join(influxd.directory, 'password'), 'another');
      expect((await check(influxd.toml))[1]).toMatchObject({ ok: false, what: expect.stringContaining('401') });
      expect((await check(tomlOf(influxd.url)))[1]).toMatchObject({ ok: false });
    });
  });
});
