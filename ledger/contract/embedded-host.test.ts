// SPDX-License-Identifier: Apache-2.0
/** The contract over a real log: rebuilt after a restart, decided by the order of the log, and a mirror of the log finds nobody. */
import { createHash, createSecretKey, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeCbor } from '../codec/cbor.ts';
import { ed25519PublicKey } from '../crypto/ed25519.ts';
import { nodeCrypto } from '../crypto/node.ts';
import { type Log, openLog } from '../log/log.ts';
import { accessEntry } from './access-entry.ts';
import { type Details, openDetails } from './details.ts';
import { type EmbeddedHost, openEmbeddedHost } from './embedded-host.ts';
import { SideStore } from './side-store.ts';
import { commandEntry } from './signed-command.ts';
import { MapRecords } from './testing/map-records.ts';
import { keyOf, NOW_MS, Organisation } from './testing/world.ts';

const north = new Organisation('NorthMSP', 'embedded');
const south = new Organisation('SouthMSP', 'embedded');
let directory: string;
let log: Log;
let host: EmbeddedHost;
let nowMs: number;

let outbox: number;

const append = (entry: Uint8Array) => log.append([{ outbox: outbox++, entry }]);

async function open(founders: readonly Organisation[] = [north, south]): Promise<void> {
  log = await openLog({ directory, name: 'gateway.example/log', key: keyOf('log'), onFatal: () => undefined });
  outbox = log.highestOutbox + 1;
  const keys = new Map(founders.map(({ org, adminKey }) => [org, ed25519PublicKey(adminKey)]));
  host = await openEmbeddedHost({ log, append, founders: keys, nowMs: () => nowMs, crypto: nodeCrypto });
}

async function reopen(): Promise<void> {
  await host[Symbol.asyncDispose]();
  await log[Symbol.asyncDispose]();
  await open();
}

async function setUp(): Promise<void> {
  for (const org of [north, south]) {
    await host.submit(org.sign(org.register()));
    await host.submit(org.sign(org.registerGateway()));
  }
}

beforeEach(async () => {
  nowMs = NOW_MS;
  directory = await mkdtemp(join(tmpdir(), 'embedded-'));
  await open();
});
afterEach(async () => {
  await log[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

describe('the embedded host', () => {
  it('says where in the log a command stands, and gives the same answers after a restart', async () => {
    await append(encodeCbor([3, ['gateway', 1]]));
    await setUp();
    expect(await host.submit(north.sign(north.grant('c', south)))).toMatchObject({ kind: 'accepted', index: 5 });
    expect(log.size).toBe(6);
    const before = await host.read('listConsents', { org: 'NorthMSP' });
    const counters = host.counters();
    await reopen();
    expect(await host.read('listConsents', { org: 'NorthMSP' })).toEqual(before);
    expect(host.counters()).toEqual(counters);
    expect(await host.submit(north.sign(north.grant('c', south)))).toEqual({ kind: 'already' });
    expect(log.size).toBe(6);
  });

  it('reads a command again under its own time: what was accepted stays accepted when clocks go back', async () => {
    await setUp();
    nowMs = NOW_MS + 86_400_000;
    expect((await host.submit(north.sign(north.access({ at: nowMs })))).kind).toBe('accepted');
    nowMs = NOW_MS;
    await reopen();
    expect(host.counters()).toMatchObject({ commands: 5, refusedInLog: 0 });
  });

  it('lets the order of the log decide between commands handed in together', async () => {
    await setUp();
    await host.submit(north.sign(north.grant('c', south)));
    const [revoked, read] = await Promise.all([
      host.submit(north.sign(north.revoke('c'))),
      host.submit(north.sign(north.accessUnder('c'))),
    ]);
    expect(revoked).toMatchObject({ kind: 'accepted', index: 5 });
    expect(read).toMatchObject({ kind: 'refused', code: 'CONSENT_NOT_LIVE', index: 6 });
    expect((await host.read('listAccess', {})).accesses).toEqual([]);
    await reopen();
    expect((await host.read('listAccess', {})).accesses).toEqual([]);
    expect(host.counters()).toMatchObject({ refusedInLog: 1 });
  });

  it('appends a command that is handed in many times at once only once', async () => {
    await setUp();
    const signed = north.sign(north.grant('c', south));
    const replies = await Promise.all(Array.from({ length: 8 }, () => host.submit(signed)));
    expect(replies.map(({ kind, index }) => [kind, index])).toEqual(replies.map(() => ['accepted', 4]));
    expect(log.size).toBe(5);
  });

  it('refuses more commands at once than it can remember, and counts that', async () => {
    await setUp();
    const many = Array.from({ length: 1100 }, (_, i) => host.submit(north.sign(north.access({ at: NOW_MS + i }))));
    const settled = await Promise.allSettled(many);
    const busy = settled.filter((one) => one.status === 'rejected');
    expect(busy.every(({ reason }) => reason.code === 'LOG_BUSY')).toBe(true);
    expect(busy).toHaveLength(1100 - 1024);
    expect(host.counters()).toMatchObject({ commands: 4 + 1024, refusedBusy: 1100 - 1024 });
  });

  it('gives no effect to forged and unreadable entries that somebody put into the log', async () => {
    await setUp();
    await append(commandEntry(north.sign(north.grant('c', south), keyOf('stranger'))));
    await append(encodeCbor([2, 'not a command']));
    await append(encodeCbor([2, [new Map([[0, 99]]), new Uint8Array(64)]]));
    await host.follow();
    expect(await host.read('listConsents', { org: 'NorthMSP' })).toEqual({ consents: [] });
    expect(host.counters()).toMatchObject({ refusedInLog: 1, unreadableInLog: 2 });
  });

  it('lets nobody found an organisation but whom its owner named', async () => {
    const stranger = new Organisation('NorthMSP', 'stranger');
    expect(await host.submit(stranger.sign(stranger.register()))).toMatchObject({ code: 'CALLER_REFUSED' });
    expect(log.size).toBe(0);
    expect((await host.submit(north.sign(north.register()))).kind).toBe('accepted');
    const heir = north.register({ version: 2, adminKey: ed25519PublicKey(stranger.adminKey) });
    expect((await host.submit(north.sign(heir))).kind).toBe('accepted');
    expect((await host.submit(north.sign(north.registerGateway()))).kind).toBe('refused');
    expect((await host.submit(stranger.sign(north.registerGateway()))).kind).toBe('accepted');
  });

  it("takes the gateway's own access entries, which come through its outbox, and their details open", async () => {
    await setUp();
    const access = { stay: 'ab'.repeat(16), by: 'Pfleger Kurt', purpose: 'trend', fromMs: 1, toMs: 2, atMs: NOW_MS };
    const { id, entry, opening } = accessEntry(access, 'NorthMSP', north.gatewayKey, new Uint8Array(16).fill(5));
    await append(entry);
    await host.follow();
    const [found] = (await host.read('listAccess', {})).accesses;
    expect(found).toMatchObject({ command: Uint8Array.from(id), basis: 'admission', reader: 'nurse', at: NOW_MS });
    expect(openDetails(opening, found!.details, nodeCrypto.sha256)).toMatchObject({ by: access.by, what: 'trend' });
    expect(Buffer.from(entry).includes('Kurt')).toBe(false);
  });

  it('rejects when the log does, and knows nothing then', async () => {
    await log[Symbol.asyncDispose]();
    await expect(host.submit(north.sign(north.register()))).rejects.toMatchObject({ code: 'LOG_CLOSED' });
    expect(host.counters()).toMatchObject({ commands: 0 });
    await open();
  });
});

describe('a mirror of the log', () => {
  const PLANTED = ['Erika Mustermann', 'Dr. Sauerbruch', 'Onkel Willi', 'bed 12 by the window', 'Pfleger Kurt'];
  const range = { stay: Buffer.from('53544159534543524554303132333435', 'hex'), fromMs: NOW_MS, toMs: NOW_MS + 1 };
  const details: Details[] = [
    { kind: 'grantor', person: PLANTED[0]! },
    { kind: 'scope', grantee: PLANTED[2]!, ...range, what: 'all vital signs' },
    { kind: 'access', by: PLANTED[1]!, ...range, what: PLANTED[3]! },
    { kind: 'correction', by: PLANTED[4]!, ...range, why: PLANTED[3]! },
  ];

  /** Everything that lies in the log's folder, as one buffer. */
  async function mirror(): Promise<Buffer> {
    await log.publish();
    const files = await readdir(directory, { recursive: true, withFileTypes: true });
    const contents = files.filter((file) => file.isFile()).map((file) => readFile(join(file.parentPath, file.name)));
    return Buffer.concat(await Promise.all(contents));
  }

  /** What of the planted stands in it: as text, hex, base64, or as a hash that a guess would meet. */
  function seen(haystack: Buffer): string[] {
    const secrets = [...PLANTED.map((name) => Buffer.from(name)), range.stay];
    const guesses = details.map(({ kind: _kind, ...fields }) => Buffer.from(Object.values(fields)[0] as string));
    return [...secrets, ...guesses].flatMap((secret) => {
      const hash = createHash('sha256').update(secret).digest();
      const forms = [
        secret,
        Buffer.from(secret.toString('hex')),
        Buffer.from(secret.toString('base64').slice(0, -4)),
        hash,
      ];
      return forms.filter((form) => haystack.includes(form)).map(() => secret.toString());
    });
  }

  async function record(side: SideStore): Promise<Uint8Array[]> {
    const [grantor, scope, access, correction] = await Promise.all(details.map((of) => side.put(of)));
    const commands = [
      north.grant('c', south, { grantor: grantor!, scope: scope!, reader: 'relative', purpose: 'family' }),
      north.accessUnder('c', { details: access!, reader: 'relative', purpose: 'family' }),
      north.gateway('recordCorrection', { reason: 'in-error', details: correction! }),
    ];
    for (const command of commands) expect((await host.submit(north.sign(command))).kind).toBe('accepted');
    return [grantor!, scope!, access!, correction!];
  }

  it('finds nobody, while the side store opens every commitment of the ledger', async () => {
    await setUp();
    const records = new MapRecords();
    const side = new SideStore({
      records,
      key: createSecretKey(randomBytes(32)),
      random: (length) => randomBytes(length),
    });
    await record(side);
    expect(seen(await mirror())).toEqual([]);
    expect(seen(Buffer.concat([...records.held.values()]))).toEqual([]);
    const [consent] = (await host.read('listConsents', { org: 'NorthMSP' })).consents;
    expect(await side.open(consent!.grantor)).toEqual(details[0]);
    expect(await side.open(consent!.scope)).toMatchObject({ grantee: PLANTED[2] });
    const [access] = (await host.read('listAccess', {})).accesses;
    expect(await side.open(access!.details)).toMatchObject({ by: PLANTED[1], what: PLANTED[3] });
  });

  it('is searched by a search that finds names put there, unsalted hashes too', async () => {
    await setUp();
    await append(encodeCbor([9, PLANTED[0]!]));
    await append(encodeCbor([9, createHash('sha256').update(PLANTED[1]!).digest()]));
    expect(new Set(seen(await mirror()))).toEqual(new Set([PLANTED[0], PLANTED[1]]));
  });
});

it('answers for a log of another gateway, anchored here', async () => {
  await setUp();
  await host.submit(south.sign(south.openLog()));
  expect((await host.submit(south.sign(south.anchor(0, ['x', 'y'])))).kind).toBe('accepted');
  const fork = south.sign(south.anchor(2, ['x', 'z']));
  expect(await host.submit(fork)).toMatchObject({ kind: 'refused', code: 'FORK', index: 6 });
  await reopen();
  expect(await host.submit(fork)).toMatchObject({ kind: 'refused', code: 'FORK', writes: [] });
  expect(host.counters()).toMatchObject({ refusedInLog: 1 });
});
