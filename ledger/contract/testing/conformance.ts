// SPDX-License-Identifier: Apache-2.0
/** What every home of the ledger must do, as a function of the home: in memory, embedded, Fabric's bench peer, the real Fabric network. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bytesToHex as hex } from '../../codec/hex.ts';
import { nodeCrypto } from '../../crypto/node.ts';
import { leafHash } from '../../merkle/hash.ts';
import type { Command } from '../commands.ts';
import type { ContractHost, Reply } from '../host.ts';
import { commandId } from '../signed-command.ts';
import { digest, id16, keyOf, NOW_MS, Organisation, treeOf } from './world.ts';

export interface HostUnderTest {
  readonly host: ContractHost;
  /** Stops the host and starts it again over what it had made durable. */
  restart(): Promise<ContractHost>;
  close(): Promise<void>;
}
/** Gets the organisations that take part, so that the host may know them (founders, certificates). */
export type MakeHost = (organisations: readonly Organisation[]) => Promise<HostUnderTest>;

/** `names`: MSP ids of two organisations. `label`: new for each run on a network that keeps its state. `nowMs`: the clock of the host. */
export function conformance(
  title: string,
  make: MakeHost,
  names = ['NorthMSP', 'SouthMSP'],
  label = 'suite',
  nowMs = () => NOW_MS,
): void {
  describe(`conformance of ${title}`, () => {
    const [north, south] = names.map((name) => new Organisation(name, label)) as [Organisation, Organisation];
    let under: HostUnderTest;
    let host: ContractHost;
    beforeAll(async () => {
      under = await make([north, south]);
      host = under.host;
    });
    afterAll(async () => under.close());
    const scene: Scene = {
      north,
      south,
      label,
      nowMs,
      hand: (bytes) => said(host.submit(bytes)),
      submit: (by, command, key) => said(host.submit(by.sign(command, key))),
      read: (name, args) => host.read(name, args),
      restart: async () => {
        host = await under.restart();
      },
    };
    members(scene);
    anchoring(scene);
    consents(scene);
    records(scene);
  });
}

interface Scene {
  readonly north: Organisation;
  readonly south: Organisation;
  readonly label: string;
  nowMs(): number;
  /** The answer in one word: `accepted`, `already`, a code, or `STALE <held>`. */
  submit(by: Organisation, command: Command, key?: Parameters<Organisation['sign']>[1]): Promise<string>;
  hand(signed: Uint8Array): Promise<string>;
  readonly read: ContractHost['read'];
  restart(): Promise<void>;
}

async function said(reply: Promise<Reply>): Promise<string> {
  const { kind, code, detail } = await reply;
  return code === 'STALE' ? `STALE ${detail}` : (code ?? kind);
}

function members({ north, south, label, nowMs, submit, hand, read, restart }: Scene): void {
  it('registers organisations and gateways, once', async () => {
    expect(await submit(north, north.registerGateway())).toBe('NOT_FOUND');
    for (const org of [north, south]) {
      expect(await submit(org, org.register())).toBe('accepted');
      expect(await submit(org, org.register())).toBe('already');
      expect(await submit(org, org.register({ at: NOW_MS + 1 }))).toBe('STALE 1');
      expect(await submit(org, org.registerGateway())).toBe('accepted');
      expect(await submit(org, org.registerGateway({ at: NOW_MS + 1 }))).toBe('CONFLICT');
    }
    expect((await read('getDevice', { device: north.device })).device).toMatchObject({
      owner: north.org,
      status: 'active',
    });
    expect(await read('getDevice', { device: id16('nobody') })).toEqual({});
  });
  it('refuses what is damaged, forged, of a stranger, or from the future', async () => {
    const grant = north.grant('refused', south);
    const signed = north.sign(grant);
    expect(await hand(signed.subarray(1))).toBe('COMMAND_MALFORMED');
    expect(await hand(signed.map((b, i) => (i === signed.length - 1 ? b ^ 1 : b)))).toBe('COMMAND_SIGNATURE');
    expect(await submit(north, grant, keyOf('a stranger'))).toBe('COMMAND_SIGNATURE');
    expect(await submit(south, { ...grant, org: south.org }, south.gatewayKey)).not.toBe('accepted');
    expect(await submit(north, { ...grant, at: nowMs() + 3_600_000 })).toBe('TIME_AHEAD');
    expect(await read('getConsent', { consent: grant.consent })).toEqual({});
  });
  it('changes the key of a gateway: the old one no longer speaks, a late repeat changes nothing', async () => {
    const next = new Organisation(south.org, `${label}-next`);
    const rotate = south.gateway('rotateDeviceKey', {
      target: south.device,
      publicKey: next.registerGateway().publicKey,
    });
    expect(await submit(south, rotate)).toBe('accepted');
    const erasure = south.gateway('recordErasure', { reason: 'retention-ended', details: digest('rotated') });
    expect(await submit(south, erasure)).toBe('COMMAND_SIGNATURE');
    expect(await submit(south, erasure, next.gatewayKey)).toBe('accepted');
    const back = south.admin('rotateDeviceKey', {
      target: south.device,
      publicKey: south.registerGateway().publicKey,
    });
    expect(await submit(south, back)).toBe('accepted');
    expect(await submit(south, rotate)).toBe('already');
    expect(await submit(south, { ...erasure, at: NOW_MS + 1 })).toBe('accepted');
  });
  it('suspends a gateway, of its own organisation only', async () => {
    const suspend = (by: Organisation, status: 'active' | 'suspended', at = NOW_MS) =>
      submit(by, by.admin('setDeviceStatus', { target: south.device, status, at }));
    expect(await suspend(north, 'suspended')).toBe('NOT_PERMITTED');
    expect(await suspend(south, 'suspended')).toBe('accepted');
    await restart();
    expect(await submit(south, south.access())).toBe('SENDER_INACTIVE');
    expect(await suspend(south, 'active', NOW_MS + 1)).toBe('accepted');
    expect(await suspend(south, 'suspended')).toBe('already');
    expect(await submit(south, south.access())).toBe('accepted');
  });
}

function anchoring({ north, south, submit, read, restart }: Scene): void {
  it('anchors checkpoints that extend one another, and answers already, STALE, FORK', async () => {
    const entries = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    const anchor = (from: number, to: number) => submit(north, north.anchor(from, entries.slice(0, to)));
    expect(await anchor(0, 2)).toBe('NOT_FOUND');
    expect(await submit(south, { ...south.openLog(), logKeys: [north.vkey] })).toBe('NOT_PERMITTED');
    expect(await submit(north, north.openLog())).toBe('accepted');
    expect(await anchor(0, 3)).toBe('accepted');
    expect(await submit(north, north.anchor(0, entries.slice(0, 3), { at: NOW_MS + 1 }))).toBe('already');
    expect(await anchor(1, 5)).toBe('STALE 3');
    const unproven = north.anchor(3, entries.slice(0, 5), { proof: [] });
    expect(await submit(north, unproven)).toBe('CHECKPOINT_NOT_EXTENSION');
    const stranger = north.anchor(3, entries.slice(0, 5), { note: north.note(entries.slice(0, 5), south.logSigner) });
    expect(await submit(north, stranger)).toBe('NOTE_SIGNATURE');
    expect(await submit(south, south.gateway('anchorCheckpoint', anchorFields(north.anchor(3, entries))))).toBe(
      'NOT_PERMITTED',
    );
    await restart();
    expect(await anchor(3, 5)).toBe('accepted');
    expect(await anchor(5, 7)).toBe('accepted');
    for (const size of [3, 5, 7]) {
      const other = north.anchor(7, ['x', ...entries.slice(1, size)]);
      expect(await submit(north, other)).toBe('FORK');
      expect(await submit(north, other)).toBe('FORK');
    }
    expect(await submit(north, north.anchor(7, ['x', ...entries, 'y']))).toBe('CHECKPOINT_NOT_EXTENSION');
    expect(await anchor(3, 4)).toBe('STALE 7');
  });
  it('answers for what is anchored', async () => {
    const entries = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    const { originHash } = north;
    const tree = treeOf(entries);
    const root = Uint8Array.from(tree.root());
    expect((await read('getHead', { originHash })).head).toMatchObject({
      size: 7,
      root,
      note: north.note(entries),
    });
    expect((await read('getAnchor', { originHash, size: 7 })).anchor?.root).toEqual(root);
    expect(await read('getAnchor', { originHash, size: 6 })).toEqual({});
    expect(await read('verifyAnchor', { originHash, size: 7, root })).toEqual({ verdict: 'yes' });
    expect(await read('verifyAnchor', { originHash, size: 7, root: digest('other') })).toEqual({
      verdict: 'no',
    });
    expect(await read('verifyAnchor', { originHash, size: 6, root })).toEqual({ verdict: 'unknown' });
    const leaf = leafHash(nodeCrypto.sha256, Buffer.from('c'));
    const claim = { originHash, size: 7, index: 2, leafHash: leaf, proof: tree.inclusionProof(2) };
    expect(await read('verifyInclusion', claim)).toEqual({ verdict: 'yes' });
    expect(await read('verifyInclusion', { ...claim, index: 3 })).toEqual({ verdict: 'no' });
  });
}

function consents({ north, south, submit, read, restart }: Scene): void {
  it('lets others read under a live consent only, and the treating team without one', async () => {
    expect(await submit(north, north.accessUnder('c1'))).toBe('NOT_FOUND');
    expect(await submit(north, north.grant('for the ward', south, { reader: 'nurse', purpose: 'care' }))).toBe(
      'NOT_PERMITTED',
    );
    const grant = north.grant('c1', south);
    expect(await submit(north, grant)).toBe('accepted');
    expect(await submit(north, grant)).toBe('already');
    expect(await submit(north, { ...grant, scope: digest('wider') })).toBe('CONFLICT');
    const asSouth = { org: south.org, device: south.device };
    expect(await submit(north, north.accessUnder('c1'))).toBe('accepted');
    expect(await submit(south, { ...north.accessUnder('c1'), ...asSouth })).toBe('accepted');
    expect(await submit(north, north.accessUnder('c1', { purpose: 'research', reader: 'researcher' }))).toBe(
      'NOT_PERMITTED',
    );
    expect(await submit(north, north.accessUnder('c1', { at: NOW_MS - 2000 }))).toBe('CONSENT_NOT_LIVE');
    expect(await submit(north, north.keyGrant('c1'))).toBe('accepted');
    expect(await submit(north, { ...north.keyGrant('c1'), envelope: digest('other') })).toBe('CONFLICT');
    expect(await submit(south, { ...north.revoke('c1'), ...asSouth })).toBe('NOT_PERMITTED');
    expect(await submit(north, north.access({ details: digest('before') }))).toBe('accepted');
    expect(await submit(north, north.revoke('c1'))).toBe('accepted');
    await restart();
    expect(await submit(north, { ...north.revoke('c1'), at: NOW_MS + 1 })).toBe('already');
    expect(await submit(north, north.accessUnder('c1', { details: digest('after') }))).toBe('CONSENT_NOT_LIVE');
    expect(await submit(north, north.keyGrant('c1', 8))).toBe('CONSENT_NOT_LIVE');
    expect(await submit(north, north.grant('c1', south, { at: NOW_MS + 2 }))).toBe('CONFLICT');
    expect(await submit(north, north.access({ details: digest('after') }))).toBe('accepted');
    const { consent } = grant;
    expect((await read('getConsent', { consent })).consent).toMatchObject({ status: 'revoked', version: 2 });
    expect((await read('listConsents', { org: south.org })).consents.map((c) => c.consent)).toContainEqual(consent);
    expect((await read('listAccess', { consent })).accesses).toHaveLength(2);
  });
}

function records({ north, south, submit, read, restart }: Scene): void {
  const idOf = (command: Command) => commandId(north.sign(command), nodeCrypto.sha256);
  it('lets an emergency pass with its reason, and records denials, erasures and corrections', async () => {
    const { reason: _reason, ...groundless } = south.emergency();
    expect(await submit(south, groundless)).toBe('NOT_PERMITTED');
    expect(await submit(south, south.emergency({ reader: 'relative' }))).toBe('NOT_PERMITTED');
    expect(await submit(south, south.emergency())).toBe('accepted');
    expect(await submit(south, south.emergency())).toBe('already');
    expect(await submit(south, south.accessUnder('never given', { decision: 'denied' }))).toBe('accepted');
    const erasure = north.gateway('recordErasure', { reason: 'asked-by-patient', details: digest('keys') });
    expect(await submit(north, erasure)).toBe('accepted');
    const correction = north.gateway('recordCorrection', { reason: 'another-patient', details: digest('range') });
    expect(await submit(north, correction)).toBe('accepted');
    const { corrections } = await read('listCorrections', { org: north.org });
    expect(corrections).toMatchObject([{ reason: 'another-patient', org: north.org, details: digest('range') }]);
    expect(await read('listCorrections', { org: south.org })).toEqual({ corrections: [] });
    const { accesses } = await read('listAccess', {});
    const incidents = accesses.filter(({ basis, decision }) => basis === 'emergency' || decision === 'denied');
    expect(incidents.map(({ reason }) => reason ?? 'denied').toSorted()).toEqual(['danger-to-life', 'denied']);
  });
  it('takes a correction back: one that is there, of the own organisation, once and for good', async () => {
    const mark = (label: string) => north.gateway('recordCorrection', { reason: 'in-error', details: digest(label) });
    const [correction, other] = [mark('taken back'), mark('left alone')].map(idOf) as [Uint8Array, Uint8Array];
    const withdraw = north.withdraw(correction);
    expect(await submit(north, withdraw)).toBe('NOT_FOUND');
    expect(await submit(north, mark('taken back'))).toBe('accepted');
    expect(await submit(north, mark('left alone'))).toBe('accepted');
    expect(await submit(south, { ...withdraw, org: south.org, device: south.device })).toBe('NOT_PERMITTED');
    expect(await submit(north, withdraw)).toBe('accepted');
    await restart();
    expect(await submit(north, withdraw)).toBe('already');
    expect(await submit(north, { ...withdraw, at: NOW_MS + 1 })).toBe('CORRECTION_WITHDRAWN');
    expect(await submit(north, north.withdraw(idOf(withdraw)))).toBe('NOT_FOUND');
    expect(await submit(north, mark('taken back'))).toBe('already');
    const { corrections } = await read('listCorrections', { org: north.org });
    const [held, alone] = [correction, other].map((id) => corrections.find(({ command }) => hex(command) === hex(id)));
    const { at, details } = withdraw;
    expect(held).toMatchObject({ reason: 'in-error', details: digest('taken back'), withdrawal: { at, details } });
    expect(hex(held!.withdrawal!.command)).toBe(hex(idOf(withdraw)));
    expect(alone).not.toHaveProperty('withdrawal');
  });
  it('does not let a retired gateway come back', async () => {
    const status = (value: 'active' | 'retired', at: number) =>
      submit(south, south.admin('setDeviceStatus', { target: south.device, status: value, at }));
    expect(await status('retired', NOW_MS + 5)).toBe('accepted');
    expect(await status('active', NOW_MS + 6)).toBe('CONFLICT');
    expect(await submit(south, south.emergency({ details: digest('late') }))).toBe('SENDER_INACTIVE');
  });
}

function anchorFields({ note, oldSize, proof, entryCounts }: ReturnType<Organisation['anchor']>) {
  return { note, oldSize, proof, entryCounts };
}
