// SPDX-License-Identifier: Apache-2.0
/** Every check of the contract at its limit: the last value that passes and the first that does not. */
import { beforeEach, describe, expect, it } from 'vitest';
import { ed25519PublicKey } from '../crypto/ed25519.ts';
import { nodeCrypto } from '../crypto/node.ts';
import { formatVerifierKey, verifierKey } from '../log/note.ts';
import type { Answer } from './answer.ts';
import { apply, type Caller } from './apply.ts';
import type { Command } from './commands.ts';
import { MapState } from './map-state.ts';
import { runRead } from './reads.ts';
import { decodeSignedCommand } from './signed-command.ts';
import { INCIDENT_VALUE, load, type Write } from './state.ts';
import { digest, id16, keyOf, NOW_MS, Organisation, treeOf } from './testing/world.ts';

const north = new Organisation('NorthMSP', 'limits');
const south = new Organisation('SouthMSP', 'limits');
const east = new Organisation('EastMSP', 'limits');
const MAX_AHEAD_MS = 600_000;
let state: MapState;

function judge(by: Organisation, command: Command, caller?: Caller): Answer {
  const signed = decodeSignedCommand(by.sign(command), nodeCrypto.sha256);
  const itself = command.device ? by.gatewayCaller : by.adminCaller;
  const answer = apply(state, signed, { caller: caller ?? itself, nowMs: NOW_MS, crypto: nodeCrypto });
  if (answer.kind !== 'already') state.write(answer.writes);
  return answer;
}
/** The answer in a word. */
function say(by: Organisation, command: Command, caller?: Caller): string {
  const answer = judge(by, command, caller);
  return answer.kind === 'refused' ? answer.code : answer.kind;
}
const erasure = (by: Organisation, at = NOW_MS) =>
  by.gateway('recordErasure', { reason: 'retention-ended', details: digest('keys'), at });

beforeEach(() => {
  state = new MapState();
  for (const org of [north, south, east]) {
    expect(say(org, org.register())).toBe('accepted');
    expect(say(org, org.registerGateway())).toBe('accepted');
  }
});

describe('the sender', () => {
  it('may be ten minutes ahead, no more, and any time behind', () => {
    expect(say(north, erasure(north, NOW_MS + MAX_AHEAD_MS))).toBe('accepted');
    expect(say(north, erasure(north, NOW_MS + MAX_AHEAD_MS + 1))).toBe('TIME_AHEAD');
    expect(say(north, erasure(north, NOW_MS - 300 * 86_400_000))).toBe('accepted');
  });

  it('is a gateway from the first moment of its validity to the last', () => {
    const west = new Organisation('WestMSP', 'limits');
    expect(say(west, west.register())).toBe('accepted');
    expect(say(west, west.registerGateway({ validFrom: NOW_MS, validTo: NOW_MS }))).toBe('COMMAND_MALFORMED');
    expect(say(west, west.registerGateway({ validFrom: NOW_MS - 10, validTo: NOW_MS + 10 }))).toBe('accepted');
    expect([-11, -10, 9, 10].map((ms) => say(west, erasure(west, NOW_MS + ms)))).toEqual([
      ...['SENDER_INACTIVE', 'accepted', 'accepted', 'SENDER_INACTIVE'],
    ]);
  });

  it('is the caller: in organisation, role and gateway', () => {
    const { org, device } = north;
    const others: Caller[] = [
      { org: south.org, role: 'gateway', device },
      { org, role: 'admin', device },
      { org, role: 'gateway', device: south.device },
      { org, role: 'gateway' },
    ];
    for (const caller of others) expect(say(north, erasure(north), caller)).toBe('CALLER_REFUSED');
    const suspend = north.admin('setDeviceStatus', { target: device, status: 'suspended' });
    for (const caller of [north.gatewayCaller, south.adminCaller])
      expect(say(north, suspend, caller)).toBe('CALLER_REFUSED');
    expect([say(north, erasure(north)), say(north, suspend)]).toEqual(['accepted', 'accepted']);
  });

  it('is a gateway of its own organisation, and an organisation that is there', () => {
    const borrowed = { ...erasure(south), org: north.org };
    expect(say(south, borrowed, { ...south.gatewayCaller, org: north.org })).toBe('NOT_FOUND');
    const west = new Organisation('WestMSP', 'limits');
    expect(say(west, west.registerGateway())).toBe('NOT_FOUND');
    expect(say(west, { ...west.register(), adminKey: ed25519PublicKey(keyOf('x')) })).toBe('COMMAND_SIGNATURE');
  });
});

describe('organisations and gateways', () => {
  it('change by the next version only, under the key that is held', () => {
    const next = (version: number) => north.register({ version, adminKey: ed25519PublicKey(keyOf('next')) });
    expect([0, 1, 3].map((version) => say(north, next(version || 1)))).toEqual(['STALE', 'STALE', 'STALE']);
    expect(say(north, next(2))).toBe('accepted');
    expect(say(north, next(3))).toBe('COMMAND_SIGNATURE');
  });

  it('are registered once, and retired for good', () => {
    expect(say(north, north.registerGateway({ attestation: digest('again') }))).toBe('CONFLICT');
    const status = (value: 'active' | 'suspended' | 'retired', at: number, target = north.device) =>
      say(north, north.admin('setDeviceStatus', { target, status: value, at }));
    const rotate = (target: Uint8Array, at = NOW_MS) =>
      say(north, north.admin('rotateDeviceKey', { target, publicKey: ed25519PublicKey(keyOf('new')), at }));
    expect([status('suspended', NOW_MS, id16('nobody')), rotate(id16('nobody'))]).toEqual(['NOT_FOUND', 'NOT_FOUND']);
    expect([rotate(south.device), status('suspended', NOW_MS, south.device)]).toEqual([
      ...['NOT_PERMITTED', 'NOT_PERMITTED'],
    ]);
    expect(status('active', NOW_MS)).toBe('already');
    expect([status('suspended', NOW_MS + 1), rotate(north.device)]).toEqual(['accepted', 'accepted']);
    expect([status('retired', NOW_MS + 2), status('retired', NOW_MS + 3)]).toEqual(['accepted', 'already']);
    expect([status('active', NOW_MS + 4), rotate(north.device, NOW_MS + 4)]).toEqual(['CONFLICT', 'CONFLICT']);
  });
});

describe('a log', () => {
  it('has keys of one name, all registered, and is opened once by a gateway', () => {
    const open = (logKeys: readonly string[], at = NOW_MS) => say(north, { ...north.openLog(), logKeys, at });
    const second = formatVerifierKey(new Organisation(north.org, 'second').logSigner.key);
    const version = { logKeys: [north.vkey, second], version: 2 };
    expect(say(north, north.register(version))).toBe('accepted');
    expect(open([])).toBe('COMMAND_MALFORMED');
    expect(open([north.vkey, second])).toBe('COMMAND_MALFORMED');
    expect(open([north.vkey, south.vkey])).toBe('COMMAND_MALFORMED');
    expect(open([south.vkey])).toBe('NOT_PERMITTED');
    const unknown = verifierKey(north.logSigner.key.name, ed25519PublicKey(keyOf('x')), nodeCrypto.sha256);
    expect(open([north.vkey, formatVerifierKey(unknown)])).toBe('NOT_PERMITTED');
    expect(open([north.vkey.replace('+', '+0')])).toBe('NOTE_MALFORMED');
    expect(say(north, north.admin('openLog', { logKeys: [north.vkey] }) as Command)).toBe('NOT_PERMITTED');
    expect([open([north.vkey]), open([north.vkey], NOW_MS + 1)]).toEqual(['accepted', 'CONFLICT']);
  });

  it('leaves one record of a fork, and names what it anchors', () => {
    expect(say(north, north.openLog())).toBe('accepted');
    const originHash = Buffer.from(north.originHash).toString('hex');
    const anchored = judge(north, north.anchor(0, ['a', 'b', 'c']));
    expect(anchored).toMatchObject({ kind: 'accepted', event: { type: 'anchorCheckpoint', originHash, size: 3 } });
    const fork = north.anchor(3, ['x', 'b', 'c']);
    const [first, second] = [judge(north, fork), judge(north, fork)];
    expect(first).toMatchObject({ code: 'FORK', event: { type: 'fork', originHash, size: 3 } });
    expect([first, second].map((answer) => 'writes' in answer && answer.writes.length)).toEqual([1, 0]);
    expect(say(north, north.anchor(2, ['a', 'b', 'c', 'd']))).toBe('STALE');
    expect(say(north, north.anchor(3, ['a', 'b']))).toBe('STALE');
    expect(say(north, north.anchor(3, ['a', 'b', 'c', 'd'], { proof: [] }))).toBe('CHECKPOINT_NOT_EXTENSION');
    expect(say(north, north.anchor(3, ['a', 'b', 'c', 'd']))).toBe('accepted');
  });

  it('keeps the evidence of a fork: the root that is held, and the note of the other history', () => {
    expect(say(north, north.openLog())).toBe('accepted');
    expect(say(north, north.anchor(0, ['a', 'b', 'c']))).toBe('accepted');
    const note = north.note(['x', 'b', 'c']);
    const fork = judge(north, north.anchor(3, ['x', 'b', 'c']));
    const [{ key }] = 'writes' in fork ? (fork.writes as [Write]) : [{ key: 'none' }];
    const heldRoot = Uint8Array.from(treeOf(['a', 'b', 'c']).root());
    const origin = north.logSigner.key.name;
    expect(load(state, INCIDENT_VALUE, key)).toEqual({ fork: { origin, size: 3, heldRoot, note, at: NOW_MS } });
  });

  it('extends the empty one without a proof, and with none but that', () => {
    expect(say(north, north.openLog())).toBe('accepted');
    expect(say(north, north.anchor(0, ['a'], { proof: [digest('a')] }))).toBe('CHECKPOINT_NOT_EXTENSION');
    expect(say(north, north.anchor(0, ['a']))).toBe('accepted');
  });
});

describe('a consent', () => {
  const given = { notBefore: NOW_MS - 10, notAfter: NOW_MS + 10 };
  const detail = (by: Organisation, command: Command) => {
    const answer = judge(by, command);
    return answer.kind === 'refused' ? `${answer.code} ${answer.detail}` : answer.kind;
  };

  it('is alive from its first moment to its last, and not at its end', () => {
    expect(say(north, north.grant('none', south, { notBefore: NOW_MS, notAfter: NOW_MS }))).toBe('COMMAND_MALFORMED');
    expect(say(north, north.grant('c1', new Organisation('NobodyMSP', 'limits')))).toBe('NOT_FOUND');
    expect(say(north, north.grant('c1', south, given))).toBe('accepted');
    expect([-11, -10, 9, 10].map((ms) => detail(north, north.accessUnder('c1', { at: NOW_MS + ms })))).toEqual([
      ...['CONSENT_NOT_LIVE early', 'accepted', 'accepted', 'CONSENT_NOT_LIVE ended'],
    ]);
  });

  it('serves its two organisations, its reader and its purpose; who is outside is not told whether it lives', () => {
    expect(say(north, north.grant('c1', south, given))).toBe('accepted');
    const under = (by: Organisation, over: object = {}) =>
      say(by, { ...north.accessUnder('c1', over), org: by.org, device: by.device } as Command);
    expect([under(north), under(south), under(east)]).toEqual(['accepted', 'accepted', 'NOT_PERMITTED']);
    expect(under(south, { reader: 'relative' })).toBe('NOT_PERMITTED');
    expect(under(south, { purpose: 'research' })).toBe('NOT_PERMITTED');
    expect(under(south, { reader: 'researcher', purpose: 'research' })).toBe('NOT_PERMITTED');
    expect(say(north, north.revoke('c1'))).toBe('accepted');
    expect([under(south, { at: NOW_MS + 1 }), under(east)]).toEqual(['CONSENT_NOT_LIVE', 'NOT_PERMITTED']);
    expect(say(north, { ...north.accessUnder('c1'), consent: undefined } as never as Command)).toBe('NOT_FOUND');
  });

  it('leaves a denial on record, also of one that never was, and the key of an epoch once', () => {
    const denied = { decision: 'denied' } as const;
    expect(say(south, south.accessUnder('never', denied))).toBe('accepted');
    expect(say(south, south.accessUnder('never'))).toBe('NOT_FOUND');
    expect(say(north, north.grant('c1', south, given))).toBe('accepted');
    expect(say(north, north.accessUnder('c1', { ...denied, reader: 'relative' }))).toBe('accepted');
    const { accesses } = runRead(state, 'listAccess', {}, nodeCrypto);
    expect(accesses.map(({ decision, reader }) => `${decision} ${reader}`).toSorted()).toEqual([
      ...['denied outside-doctor', 'denied relative'],
    ]);
    expect(say(north, north.keyGrant('c1'))).toBe('accepted');
    expect(say(north, { ...north.keyGrant('c1'), at: NOW_MS + 1 })).toBe('already');
    expect(say(north, { ...north.keyGrant('c1'), envelope: digest('other') })).toBe('CONFLICT');
    expect(say(north, north.revoke('never'))).toBe('NOT_FOUND');
  });
});

it('an erasure is written down with who, when and why', () => {
  const answer = judge(north, erasure(north));
  const [{ key }] = 'writes' in answer ? (answer.writes as [Write]) : [{ key: 'none' }];
  const told = { org: north.org, at: NOW_MS, reason: 'retention-ended', details: digest('keys') };
  expect(load(state, INCIDENT_VALUE, key)).toEqual({ erasure: told });
});

it('whatever is accepted is written under keys of its own, and takes effect once', () => {
  const commands = [erasure(north), north.grant('c1', south), north.access(), north.emergency(), north.openLog()];
  for (const command of commands) {
    const answer = judge(north, command);
    expect(answer).toMatchObject({ kind: 'accepted', event: { type: command.type } });
    const keys = 'writes' in answer ? answer.writes.map(({ key }) => key) : [];
    expect(new Set(keys).size).toBe(keys.length);
    const { id } = 'event' in answer ? answer.event! : { id: 'none' };
    expect(keys.filter((key) => key.endsWith(id))).toHaveLength(1);
    expect(say(north, command)).toBe('already');
  }
});
