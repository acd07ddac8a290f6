// SPDX-License-Identifier: Apache-2.0
/** Is the series store ready to take and give? For `lamplight doctor`, which also lets it make InfluxDB's database. */
import type { Config } from '../config.ts';
import type { DataPaths } from '../data-directory.ts';
import { GatewayError } from '../errors.ts';
import { systemTimers } from '../timers.ts';
import { InfluxConnection } from './influx.ts';
import { seriesOptions } from './open-series.ts';

export interface Finding {
  readonly ok: boolean;
  readonly what: string;
  /** What to do; empty when all is well. */
  readonly advice: string;
  /** It is not as it should be, but works. */
  readonly works?: true;
}

interface Policy {
  readonly name: string;
  readonly hours: number;
}

const LOOPBACK = ['127.0.0.1', 'localhost', '[::1]'];
const HOURS_PER_DAY = 24;

/**
 * Looks at the store that the configuration names; with `fix`, makes its database and sets how long it keeps. Never rejects for
 * what it finds; a finding that is not ok says what to do.
 */
export async function checkSeriesStore(
  config: Pick<Config, 'series'>,
  { fix, paths }: { readonly fix: boolean; readonly paths: Pick<DataPaths, 'series'> },
): Promise<Finding[]> {
  if (config.series.store === 'sqlite') return [good('The series store is embedded (SQLite).')];
  const findings = plainSignIn(config.series);
  try {
    const options = await seriesOptions(config.series, paths);
    if (options.store !== 'influx') return findings;
    using connection = new InfluxConnection(options, systemTimers());
    findings.push(good(`InfluxDB ${await connection.version()} answers at ${config.series.url}.`));
    findings.push(await ensureDatabase(connection, config.series.retentionDays, fix));
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    findings.push({ ok: false, what: error.message, advice: error.advice });
  }
  return findings;
}

/** The database, and a default retention policy that keeps as long as configured. Rejects with the codes of InfluxConnection. */
async function ensureDatabase(connection: InfluxConnection, retentionDays: number, fix: boolean): Promise<Finding> {
  const { database } = connection;
  const wanted = retentionDays * HOURS_PER_DAY;
  const run = (statement: string) => connection.query([statement]);
  const [databases = []] = await run('SHOW DATABASES');
  if (!databases.some(({ columns }) => columns['name'] === database)) {
    if (!fix) return bad(`InfluxDB has no database "${database}".`, 'Run "lamplight doctor --fix", which makes it.');
    await run(`CREATE DATABASE "${database}"`);
  }
  const policy = await defaultPolicy(connection);
  if (policy && policy.hours !== wanted) {
    if (!fix)
      return bad(
        `Database "${database}" keeps for ${kept(policy.hours)}, but series.retentionDays says ${kept(wanted)}.`,
        'Run "lamplight doctor --fix", or mend series.retentionDays.',
      );
    const duration = wanted === 0 ? 'INF' : `${wanted}h`;
    await run(`ALTER RETENTION POLICY "${policy.name}" ON "${database}" DURATION ${duration}`);
  }
  return good(`Database "${database}" is there and keeps for ${kept(wanted)}.`);
}

async function defaultPolicy(connection: InfluxConnection): Promise<Policy | undefined> {
  const [policies = []] = await connection.query([`SHOW RETENTION POLICIES ON "${connection.database}"`]);
  const found = policies.find(({ columns }) => columns['default'] === true)?.columns;
  if (!found) return undefined;
  // "168h0m0s"; 0 hours mean for ever.
  return { name: String(found['name']), hours: Number.parseInt(String(found['duration']), 10) };
}

function plainSignIn({ url, username }: Config['series']): Finding[] {
  const { protocol, hostname } = new URL(url);
  if (username === undefined || protocol === 'https:' || LOOPBACK.includes(hostname)) return [];
  return [
    {
      ...bad(
        'The password of the series store crosses the network in the clear.',
        'Use https in series.url, unless the two run in one private container network.',
      ),
      works: true,
    },
  ];
}

function kept(hours: number): string {
  return hours === 0 ? 'ever' : `${hours / HOURS_PER_DAY} days`;
}

function good(what: string): Finding {
  return { ok: true, what, advice: '' };
}

function bad(what: string, advice: string): Finding {
  return { ok: false, what, advice };
}
