// SPDX-License-Identifier: Apache-2.0
/** The whole data path with the ledger on Fabric: every reading verifies, the channel holds the log's head, and a consent is one on both. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Command } from '../../../gateway/command.ts';
import { consentCommand } from '../../../gateway/consent-command.ts';
import { dataPaths } from '../../../gateway/data-directory.ts';
import { exportCommand } from '../../../gateway/export/export-command.ts';
import { readIdentity } from '../../../gateway/identity.ts';
import { Organisation } from '../../../ledger/contract/testing/world.ts';
import type { FabricLedger } from '../../../ledger/fabric/index.ts';
import type { BedRole, FabricBed } from '../../../ledger/fabric/testing/bed.ts';
import { ID_BYTES, nodeCrypto, openCheckpoint, parseVerifierKey, sha256 } from '../../../ledger/index.ts';
import { nobleCrypto, verifyProof } from '../../../ledger/verify/index.ts';
import { openRig, RIG_GATEWAY, type Rig } from '../../support/gateway-rig.ts';
import { openRecord } from '../../support/record.ts';
import { runCommand } from '../../support/run-command.ts';
import { settled } from '../../support/settled.ts';
import { openBedLedger } from '../support/bed-ledger.ts';

const SESSION = '0123456789abcdef';
const BEDS = 4;
const DEVICES = Object.fromEntries(Array.from({ length: BEDS }, (_, i) => [`wear-${i + 1}`, 1000]));
const COMMON = `journal = { reserveBytes = 1048576 }
record = { batchMaxReadings = 10 }
log = { checkpointIntervalMs = 100 }`;
/** A real network takes its time for a block. */
const SETTLED_MS = 90_000;

export function fabricDataPath(title: string, openBed: () => Promise<FabricBed>): void {
  describe(title, () => {
    let bed: FabricBed;
    let rig: Rig;
    let directory: string;
    let folder: string;
    let toml: string;
    /** The other organisation, which only looks. */
    let regulator: FabricLedger;

    beforeAll(async () => {
      bed = await openBed();
      folder = await mkdtemp(join(tmpdir(), 'lamplight-fabric-path-'));
      const first = await openRig({
        keep: true,
        toml: `${COMMON}\nledger = { organisation = "HospMSP" }`,
        devices: DEVICES,
      });
      ({ directory } = first);
      await first.stop();
      const { gatewayKey } = await readIdentity(dataPaths(directory).identity);
      const deviceId = Buffer.from(sha256(gatewayKey).slice(0, ID_BYTES)).toString('hex');
      const connect = async (name: string, role: BedRole) => {
        await writeFile(join(folder, name), JSON.stringify(await bed.connection('HospMSP', role)), { mode: 0o600 });
        return join(folder, name);
      };
      const connection = await connect('gateway.json', { role: 'gateway', deviceId });
      const adminConnection = await connect('admin.json', { role: 'admin' });
      const fabric = `fabric = { connection = "${connection}", adminConnection = "${adminConnection}" }`;
      toml = `${COMMON}\nledger = { organisation = "HospMSP", backend = "fabric", anchorIntervalMs = 1000, ${fabric} }`;
      rig = await openRig({ directory, keep: true, toml, devices: DEVICES });
      const reg = new Organisation('RegMSP', 'path');
      const asRegulator = await bed.connection('RegMSP', { role: 'admin' });
      regulator = await openBedLedger(reg, { connection: asRegulator, directory: join(folder, 'regulator') });
    });
    afterAll(async () => {
      await regulator?.[Symbol.asyncDispose]();
      await rig?.[Symbol.asyncDispose]();
      await bed?.[Symbol.asyncDispose]();
      for (const path of [folder, directory]) if (path) await rm(path, { recursive: true, force: true });
    });

    const originHash = () => sha256(new TextEncoder().encode(parseVerifierKey(rig.vkey, sha256).name));
    const heldHead = async () => (await regulator.host.read('getHead', { originHash: originHash() })).head;
    const isAnchored = async () => (await heldHead())?.size === rig.gateway.ledger.size;

    const run = (command: Command, ...argv: readonly string[]) => runCommand(command, ...argv, '--data', directory);

    it('anchors the log’s head on the channel, under which every reading verifies', async () => {
      const atMs = Date.now() - 60_000;
      await rig.gateway.dataPath.change((ward) =>
        Object.keys(DEVICES).flatMap((handle, i) => [
          ...ward.admit(String(i + 1), `${i}a`.repeat(16), null, atMs),
          ...ward.link(handle, `${i}a`.repeat(16), atMs, 'test', false),
        ]),
      );
      for (const handle of Object.keys(DEVICES)) {
        const client = await rig.connect(handle);
        for (let i = 0; i < 25; i++) {
          const body = `[{"bn":"${SESSION}:","n":"spo2","u":"%","v":${90 + (i % 10)},"seq_":${i}}]`;
          await client.publishAsync(`lamplight/v1/${RIG_GATEWAY}/${handle}/senml`, body, { qos: 1 });
        }
        await client.endAsync();
      }
      await settled('the channel holds the newest head', isAnchored, SETTLED_MS);
      const head = (await heldHead())!;
      const key = parseVerifierKey(rig.vkey, sha256);
      expect(openCheckpoint(rig.gateway.ledger.checkpoint()!, key, nodeCrypto)).toMatchObject({
        size: head.size,
        root: Uint8Array.from(head.root),
      });
      const published = async (): Promise<number> => {
        const note = await (await fetch(`http://127.0.0.1:${rig.gateway.operationsPort}/log/checkpoint`)).text();
        return openCheckpoint(note, key, nodeCrypto).size;
      };
      // The file follows the head, which may be on the channel by then.
      await settled('the head is served', async () => (await published()) >= head.size, SETTLED_MS);
    }, 120_000);

    it('takes a consent and its revocation to the other organisation; an access stays in the log', async () => {
      const until = new Date(Date.now() + 3_600_000).toISOString();
      const people = ['--grantor', 'Paula Planted', '--grantee', 'Dr. Distant'];
      const granted = await run(consentCommand, 'grant', '--bed', '1', ...people, '--as', 'relative', '--until', until);
      const consent = Buffer.from(granted.said, 'hex');
      const held = async () => (await regulator.host.read('getConsent', { consent })).consent?.status;
      await settled('the other organisation sees it', async () => (await held()) === 'granted', SETTLED_MS);
      expect((await run(consentCommand, 'revoke', granted.said)).code).toBe(0);
      await settled('and its revocation', async () => (await held()) === 'revoked', SETTLED_MS);
      const file = join(folder, 'bed.csv');
      expect((await run(exportCommand, '--format', 'csv', '--bed', '1', '--out', file)).code).toBe(0);
      expect((await readFile(file, 'utf8')).split('\r\n').length).toBeGreaterThan(20);
      expect((await regulator.host.read('listAccess', {})).accesses).toEqual([]);
    }, 120_000);

    it('sequences on while the network is gone, and anchors once when it is back', async () => {
      await bed.faults.network('down');
      const before = rig.gateway.ledger.size;
      expect((await run(exportCommand, '--format', 'csv', '--bed', '2', '--out', join(folder, 'two.csv'))).code).toBe(
        0,
      );
      await settled('the access is under a head', () => rig.gateway.ledger.publishedSize > before);
      await bed.faults.network('up');
      await settled('the channel holds the newest head', isAnchored, SETTLED_MS);
      expect(rig.metrics.read('fabric_commands_refused_total')).toBe(0);
      await rig.stop();
      await using record = await openRecord(directory);
      const all = await record.everything();
      expect(all).toHaveLength(25 * BEDS);
      for (const found of all)
        expect(verifyProof(await record.prove(found), rig.vkey, nobleCrypto).error).toBeUndefined();
    }, 120_000);
  });
}
