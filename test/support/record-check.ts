// SPDX-License-Identifier: Apache-2.0
/** What a stopped gateway left, against what its sensors were told: every acknowledged reading once, nothing twice, every chain whole. */
import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { decimalToNumber } from '../../devices/index.ts';
import { loadConfig } from '../../gateway/config.ts';
import { CARE_TEAM_ID, readIdentity } from '../../gateway/identity.ts';
import { GroupStore, numberedRows } from '../../gateway/journal/group-store.ts';
import { readJournalDatabase } from '../../gateway/journal/journal-database.ts';
import { openKeyStore } from '../../gateway/key-store.ts';
import { StreamStore } from '../../gateway/record/stream-store.ts';
import { openSeries, seriesOptions } from '../../gateway/series/open-series.ts';
import { RecordReader } from '../../gateway/series/record-reader.ts';
import { nodeCrypto } from '../../ledger/crypto/node.ts';
import { NodeFiles, type RecordReading } from '../../ledger/index.ts';
import { fsck } from '../../ledger/log/fsck.ts';
import type { GatewayHome } from './gateway-process.ts';
import { type Acknowledged, heartRateOf } from './senml-load.ts';

export interface Comparison {
  /** "device/session/sequence": acknowledged, and not in the record. */
  readonly lost: string[];
  readonly twice: string[];
  /** In the record, but never made by a sensor, or with another value. */
  readonly foreign: string[];
}

export interface RecordFindings extends Comparison {
  readonly readings: number;
  readonly batches: number;
  /** Rows of the journal that stand in no batch. */
  readonly unsealedRows: number;
  readonly logDamage: readonly unknown[];
}

/** What a sound record gives besides its counts. */
export const SOUND = { lost: [], twice: [], foreign: [], unsealedRows: 0, logDamage: [] };

/** Compares the record with what the sensors know. Pure. */
export function compareWith(acknowledged: readonly Acknowledged[], recorded: Iterable<RecordReading>): Comparison {
  const seen = new Set<string>();
  const [twice, foreign]: string[][] = [[], []];
  const made = new Map(acknowledged.map((sensor) => [`${sensor.device}/${sensor.session}`, sensor.made]));
  for (const { device, session, sequence, value } of recorded) {
    const identity = `${device}/${session}/${sequence}`;
    if (seen.has(identity)) twice?.push(identity);
    seen.add(identity);
    const known = sequence < (made.get(`${device}/${session}`) ?? 0);
    if (!known || !value || decimalToNumber(value) !== heartRateOf(sequence)) foreign?.push(identity);
  }
  const claims = acknowledged.flatMap(({ device, session, sequences }) =>
    [...sequences].map((sequence) => `${device}/${session}/${sequence}`),
  );
  return { lost: claims.filter((claim) => !seen.has(claim)), twice: twice ?? [], foreign: foreign ?? [] };
}

/** Checks the data directory of a gateway that was stopped gracefully. Throws the coded error of the first batch or chain that does not hold. */
export async function checkRecord(home: GatewayHome, acknowledged: readonly Acknowledged[]): Promise<RecordFindings> {
  using reader = await openReader(home);
  const recorded: RecordReading[] = [];
  let batches = 0;
  for (const { stay } of reader.stays()) {
    recorded.push(...(await reader.readings(stay)));
    batches += await reader.checkChain(stay);
  }
  return {
    ...compareWith(acknowledged, recorded),
    readings: recorded.length,
    batches,
    unsealedRows: await unsealedRows(home),
    logDamage: await logDamage(home),
  };
}

/** Reads the record with the care team's key. */
export async function openReader({ paths }: GatewayHome): Promise<RecordReader> {
  const station = await openKeyStore(paths.stationKeys, 'station', { demo: true });
  return new RecordReader({
    journalPath: paths.journal,
    series: openSeries(await seriesOptions((await loadConfig(paths.config)).config.series, paths)),
    identity: await readIdentity(paths.identity),
    reader: { id: CARE_TEAM_ID, key: station.careTeamKem.privateKey },
  });
}

/** What `lamplight ledger fsck` finds; empty for a clean log. */
export async function logDamage({ paths }: GatewayHome): Promise<readonly unknown[]> {
  const { vkey } = await readIdentity(paths.identity);
  return (await fsck(new NodeFiles(paths.log), nodeCrypto, vkey)).damage;
}

/** Points in the series store, and batches in the outbox with what they still wait for. */
export function countsOf({ paths }: GatewayHome): {
  points: number;
  batches: number;
  unstored: number;
  unsequenced: number;
  groups: number;
} {
  using database = new DatabaseSync(paths.journal, { readOnly: true, timeout: 5_000 });
  const query = `SELECT count(stream) AS batches, coalesce(sum(stored = 0), 0) AS unstored, coalesce(sum(sequenced = 0), 0) AS unsequenced,
    (SELECT count(*) FROM journal_group WHERE last > (SELECT up_to FROM journal_retired)) AS groups FROM outbox`;
  const outbox = database.prepare(query).get() as Record<string, number>;
  const { batches = 0, unstored = 0, unsequenced = 0, groups = 0 } = outbox;
  return { points: pointsIn(paths.series), batches, unstored, unsequenced, groups };
}

/** There is no file when the series store is elsewhere, and no table in it before its first write. */
function pointsIn(path: string): number {
  if (!existsSync(path)) return 0;
  using database = new DatabaseSync(path, { readOnly: true, timeout: 5_000 });
  const hasPoints = database.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'point'").get() !== undefined;
  return hasPoints ? Number(database.prepare('SELECT count(*) AS points FROM point').get()?.['points']) : 0;
}

async function unsealedRows({ paths }: GatewayHome): Promise<number> {
  const keys = await openKeyStore(paths.gatewayKeys, 'gateway', { demo: true });
  const database = readJournalDatabase(paths.journal);
  try {
    const recorded = new Map(new StreamStore(database).streams().map((stream) => [stream.stay, stream.recorded]));
    const groups = new GroupStore(database, keys.journalKey, () => new Uint8Array());
    const rows = [...groups.groups()].flatMap(numberedRows);
    return rows.filter(({ sequence, row }) => sequence > (recorded.get(row.stay) ?? 0)).length;
  } finally {
    database.close();
  }
}
