// SPDX-License-Identifier: Apache-2.0
/**
 * The ledger of a running gateway as people meet it: founded once, consents granted and revoked, reads under them and without, each on record;
 * a mirror of the log shows nobody; a suspended gateway releases nothing.
 */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Command } from '../gateway/command.ts';
import { consentCommand } from '../gateway/consent-command.ts';
import { dataPaths } from '../gateway/data-directory.ts';
import { exportCommand } from '../gateway/export/export-command.ts';
import { readIdentity } from '../gateway/identity.ts';
import { GuardStore } from '../gateway/journal/guard-store.ts';
import { inTransaction, openJournalDatabase } from '../gateway/journal/journal-database.ts';
import { openKeyStore } from '../gateway/key-store.ts';
import { openAdministrator } from '../gateway/ledger/administrator.ts';
import type { ConsentView } from '../gateway/messages.ts';
import { proveCommand } from '../gateway/prove.ts';
import { OutboxStore } from '../gateway/record/outbox-store.ts';
import { StreamStore } from '../gateway/record/stream-store.ts';
import { commandEntry, ed25519Sign, ID_BYTES, sha256, signCommand } from '../ledger/index.ts';
import { dumpOf, searchDump } from './support/dump-search.ts';
import { openRig, RIG_GATEWAY, type Rig } from './support/gateway-rig.ts';
import { runCommand } from './support/run-command.ts';
import { settled } from './support/settled.ts';

const STAYS = ['ab'.repeat(16), 'cd'.repeat(16)] as const;
const GRANTOR = 'Paula Planted-Patient';
const GRANTEE = 'Dr. Distant Planted';
const SESSION = '0123456789abcdef';
const TOML = `journal = { reserveBytes = 1048576 }
record = { batchMaxReadings = 4 }
log = { checkpointIntervalMs = 100 }`;
/** Organisation, gateway, log; a batch of each device. */
const FIRST_ENTRIES = 5;
const DEVICES = { 'wear-1': 1000, 'wear-2': 1000 };
let rig: Rig;
let directory: string;
let sequence = 0;

beforeAll(async () => {
  rig = await openRig({ keep: true, toml: TOML, devices: DEVICES });
  ({ directory } = rig);
  const atMs = Date.now() - 60_000;
  await rig.gateway.dataPath.change((ward) =>
    STAYS.flatMap((stay, i) => [
      ...ward.admit(String(i + 1), stay, GRANTOR, atMs),
      ...ward.link(`wear-${i + 1}`, stay, atMs, 'test', false),
    ]),
  );
  await record();
});
afterAll(() => rig[Symbol.asyncDispose]());

/** Reads how the record stands. */
function streams<T>(read: (store: StreamStore) => T): T {
  using database = new DatabaseSync(dataPaths(directory).journal, { readOnly: true });
  return read(new StreamStore(database));
}
const batches = () => streams((store) => store.streams().map(({ running }) => running));

/** Records a batch for each of the two. */
async function record(): Promise<void> {
  const before = batches();
  for (const handle of Object.keys(DEVICES)) {
    const client = await rig.connect(handle);
    for (let i = 0; i < 4; i++) {
      const body = `[{"bn":"${SESSION}:","n":"spo2","u":"%","v":97,"seq_":${sequence + i}}]`;
      await client.publishAsync(`lamplight/v1/${RIG_GATEWAY}/${handle}/senml`, body, { qos: 1 });
    }
    await client.endAsync();
  }
  sequence += 4;
  await settled('both are sealed', () => [0, 1].every((i) => (batches()[i] ?? 0) > (before[i] ?? 0)));
}

const run = (command: Command, ...argv: readonly string[]) => runCommand(command, ...argv, '--data', directory);
const exportAs = (...flags: readonly string[]) =>
  run(exportCommand, '--format', 'csv', '--bed', '1', '--out', join(directory, 'out.csv'), ...flags);
const until = new Date(Date.now() + 3_600_000).toISOString();
const grant = (...flags: readonly string[]) =>
  run(consentCommand, 'grant', '--bed', '1', '--grantor', GRANTOR, '--grantee', GRANTEE, '--until', until, ...flags);
const consents = async () => JSON.parse((await run(consentCommand, 'list', '--json')).said) as ConsentView[];

/** Who read bed 1, the newest first, as the gateway keeps it for the auditor. */
async function accesses(): Promise<{ reader?: string; decision?: string; purpose: string }[]> {
  const { askGateway } = await import('../gateway/station-request.ts');
  const { readStationFile } = await import('../gateway/station-file.ts');
  const station = (await readStationFile(dataPaths(directory).commandLine))!;
  const question = { id: '1', from: station.name, by: 'auditor', command: 'accesses', stay: STAYS[0] } as const;
  return ((await askGateway(station, question)).result as { accesses: { purpose: string }[] }).accesses;
}

describe('the ledger of a gateway', () => {
  it('is founded once, however often the gateway starts', async () => {
    await settled('founding and both batches are in the log', () => rig.gateway.ledger.size >= FIRST_ENTRIES);
    const size = rig.gateway.ledger.size;
    await rig.stop();
    rig = await openRig({ directory, keep: true, toml: TOML, devices: DEVICES });
    await exportAs();
    await settled('the access is in the log', () => rig.gateway.ledger.size > size);
    expect(rig.gateway.ledger.size).toBe(size + 1);
    expect(rig.logLines.filter((line) => line.includes('"level":"error"'))).toEqual([]);
  });

  it('lets somebody else read under a live consent only, and puts on record who asked, also in vain', async () => {
    const { said: consent } = await grant('--as', 'outside-doctor', '--what', 'oxygen');
    expect(consent).toMatch(/^[0-9a-f]{32}$/);
    expect(await consents()).toMatchObject([
      { consent, status: 'granted', details: { grantor: GRANTOR, grantee: GRANTEE, what: 'oxygen', stay: STAYS[0] } },
    ]);
    const from = new Date(Date.now() - 30_000).toISOString();
    const as = ['--as', 'outside-doctor', '--consent', consent, '--from', from] as const;
    expect((await exportAs(...as)).code).toBe(0);
    expect((await accesses())[0]).toMatchObject({ reader: 'outside-doctor', decision: 'allowed', purpose: 'export' });
    // Another role, another stay, no consent, none that was given.
    for (const flags of [
      ['--as', 'researcher', '--consent', consent, '--from', from],
      ['--as', 'relative'],
      ['--as', 'relative', '--consent', 'ef'.repeat(16)],
    ])
      await expect(exportAs(...flags)).rejects.toMatchObject({ code: 'READ_NOT_ON_RECORD' });
    const other = ['--format', 'csv', '--bed', '2', '--out', join(directory, 'two.csv')] as const;
    await expect(run(exportCommand, ...other, ...as)).rejects.toThrow('CONSENT_SCOPE');
    expect((await accesses())[0]).toMatchObject({ reader: 'relative', decision: 'denied' });

    expect((await run(consentCommand, 'revoke', consent)).code).toBe(0);
    expect(await consents()).toMatchObject([{ consent, status: 'revoked' }]);
    await expect(exportAs(...as)).rejects.toThrow('CONSENT_NOT_LIVE');
    expect((await accesses())[0]).toMatchObject({ reader: 'outside-doctor', decision: 'denied' });
    // The treating team's access rests on the admission.
    expect((await exportAs()).code).toBe(0);
    expect((await exportAs('--as', 'physician')).code).toBe(0);
    expect((await accesses())[0]).toMatchObject({ reader: 'physician', decision: 'allowed' });
    expect((await exportAs('--as', 'outside-doctor', '--emergency', 'danger-to-life')).code).toBe(0);
    expect((await run(consentCommand, 'revoke', 'ef'.repeat(16))).said).toContain('CONSENT_UNKNOWN');
  });

  it('gives one consent to two who give the same at once, and cuts neither off', async () => {
    const flags = ['--as', 'relative', '--what', 'twice at once'] as const;
    const [one, other] = await Promise.all([grant(...flags), grant(...flags)]);
    expect([one?.code, other?.code, one?.said]).toEqual([0, 0, other?.said]);
    const given = (await consents()).filter(({ details }) => details?.what === 'twice at once');
    expect(given).toMatchObject([{ consent: one?.said, status: 'granted' }]);
  });

  it('records under new keys after a revocation, all streams alike', async () => {
    const epochs = () =>
      streams((store) =>
        store.streams().map(({ id }) => store.epochs(id).map(({ epoch, closedMs }) => [epoch, closedMs !== null])),
      );
    await record();
    const before = epochs();
    expect(before[0]).toEqual(before[1]);
    const { said: consent } = await grant('--as', 'relative');
    await run(consentCommand, 'revoke', consent);
    await record();
    const after = epochs();
    expect(after[0]).toEqual(after[1]);
    const newest = before[0]!.at(-1)![0] as number;
    expect(after[0]).toEqual([...before[0]!.slice(0, -1), [newest, true], [newest + 1, false]]);
  });

  it('shows nobody to a mirror of its log, and puts a proof on record', async () => {
    const planted = { texts: [GRANTOR, GRANTEE, 'Planted', ...STAYS], run: [97, 97, 97, 97, 97, 97] };
    const before = (await accesses()).length;
    const open = Buffer.from(JSON.stringify(await consents()));
    await rig.stop();
    const log = await dumpOf(dataPaths(directory).log);
    rig = await openRig({ directory, keep: true, toml: TOML, devices: DEVICES });
    expect(searchDump(log, planted)).toEqual([]);
    // The control: what stands in the sealed details is found where it lies open.
    expect(searchDump(Buffer.concat([log, open]), planted).map(({ what }) => what)).toEqual(
      expect.arrayContaining([GRANTOR, STAYS[0]]),
    );
    const proved = await run(proveCommand, '--id', `wear-1/${SESSION}/2`);
    expect([proved.code, (await accesses()).length]).toEqual([0, before + 1]);
    expect((await accesses())[0]).toMatchObject({ purpose: 'proof', reader: 'nurse', decision: 'allowed' });
  });

  it('releases nothing when its administrator has suspended the gateway, and care goes on', async () => {
    await rig.stop();
    const paths = dataPaths(directory);
    const { gatewayKey } = await readIdentity(paths.identity);
    const administrator = await (await openAdministrator(paths, { demo: true })).privateKey();
    const target = sha256(gatewayKey).slice(0, ID_BYTES);
    const command = { type: 'setDeviceStatus', org: RIG_GATEWAY, at: Date.now(), target, status: 'suspended' } as const;
    const database = openJournalDatabase(paths.journal);
    const { journalKey } = await openKeyStore(paths.gatewayKeys, 'gateway', { demo: true });
    new GuardStore(database, journalKey, randomBytes).open();
    const entry = commandEntry(signCommand(command, (message) => ed25519Sign(message, administrator)));
    inTransaction(database, () => new OutboxStore(database).addEntry(entry));
    database.close();
    rig = await openRig({ directory, keep: true, toml: TOML, devices: DEVICES });
    const before = (await accesses()).length;
    await expect(exportAs()).rejects.toThrow('SENDER_INACTIVE');
    expect((await accesses()).length).toBe(before);
    expect((await readFile(join(directory, 'out.csv'), 'utf8')).length).toBeGreaterThan(0);
    await record();
  });
});
