// SPDX-License-Identifier: Apache-2.0
/**
 * Every command there can be in a small world: two organisations with a gateway each, one log, two consents; valid commands and forged
 * ones. Each says in plain terms what it would mean, for the oracle, which knows nothing of the contract.
 */
import { nodeCrypto } from '../../crypto/node.ts';
import type { Caller } from '../apply.ts';
import type { Command } from '../commands.ts';
import { commandId, decodeSignedCommand, type SignedCommand } from '../signed-command.ts';
import { digest, keyOf, NOW_MS, Organisation } from './world.ts';

export type ConsentName = 'c1' | 'c2';
type CorrectionName = 'm1' | 'm2';
export interface Meaning {
  /** Made by somebody who may not; must never be accepted. */
  readonly forged?: true;
  readonly registers?: 'north' | 'south';
  readonly status?: 'active' | 'suspended';
  readonly retires?: 'south';
  readonly grants?: ConsentName;
  readonly revokes?: ConsentName;
  readonly publishesKeyUnder?: ConsentName;
  readonly corrects?: CorrectionName;
  readonly withdraws?: CorrectionName;
  /** What the log would be after it, entry by entry, and the size it claims to extend. */
  readonly anchors?: readonly string[];
  readonly reads?: {
    readonly basis: 'admission' | 'emergency' | ConsentName;
    readonly onTerms?: boolean;
    readonly inTime?: boolean;
  };
}
export interface Move {
  readonly name: string;
  readonly signed: SignedCommand;
  readonly caller: Caller;
  readonly by: 'north' | 'south';
  readonly byGateway: boolean;
  readonly meaning: Meaning;
}

const north = new Organisation('NorthMSP', 'small');
const south = new Organisation('SouthMSP', 'small');
const HONEST = ['a', 'b', 'c', 'd', 'e'];
const REWRITTEN = ['a', 'X', 'c', 'd', 'e'];

export const smallWorld: readonly Move[] = [...members(), ...anchors(), ...consents(), ...accesses()];
/** Corrections touch nothing that the others touch, so they are walked apart: together there would be thrice as many states. */
export const correctionWorld: readonly Move[] = [...members(), ...corrections()];
/** Two organisations with their gateways and an open log, in as few moves as it takes. */
export const setUp: readonly string[] = [
  'register north',
  'register south',
  'gateway north',
  'gateway south',
  'open log',
];

function members(): Move[] {
  const status = (value: 'active' | 'suspended') =>
    north.admin('setDeviceStatus', { target: north.device, status: value });
  return [
    move('register north', north, north.register()),
    move('register south', south, south.register()),
    move('register north by a stranger', north, north.register(), { forged: true }, keyOf('stranger')),
    move('gateway north', north, north.registerGateway(), { registers: 'north' }),
    move('gateway south', south, south.registerGateway(), { registers: 'south' }),
    move(
      'gateway north by a stranger',
      north,
      north.registerGateway({ at: NOW_MS + 1 }),
      { forged: true },
      keyOf('stranger'),
    ),
    move('suspend north', north, status('suspended'), { status: 'suspended' }),
    move('activate north', north, status('active'), { status: 'active' }),
    move(
      'suspend north by south',
      south,
      south.admin('setDeviceStatus', { target: north.device, status: 'suspended' }),
      { forged: true },
    ),
    move(
      'rotate north by south',
      south,
      south.admin('rotateDeviceKey', { target: north.device, publicKey: digest('new') }),
      { forged: true },
    ),
    move(
      'rotate south to its own key',
      south,
      south.gateway('rotateDeviceKey', { target: south.device, publicKey: south.registerGateway().publicKey }),
    ),
    move('retire south', south, south.admin('setDeviceStatus', { target: south.device, status: 'retired' }), {
      retires: 'south',
    }),
    move('bring south back', south, south.admin('setDeviceStatus', { target: south.device, status: 'active' })),
    move('open log', north, north.openLog()),
    move(
      'open log of north by south',
      south,
      { ...north.openLog(), org: south.org, device: south.device },
      { forged: true },
    ),
  ];
}

function anchors(): Move[] {
  const to = (from: number, entries: readonly string[]) => north.anchor(from, entries);
  const anchor = (name: string, from: number, entries: readonly string[]): Move =>
    move(name, north, to(from, entries), { anchors: entries });
  return [
    anchor('anchor 0 to 2', 0, HONEST.slice(0, 2)),
    anchor('anchor 2 to 3', 2, HONEST.slice(0, 3)),
    anchor('anchor 0 to 3', 0, HONEST.slice(0, 3)),
    anchor('anchor 3 to 5', 3, HONEST),
    anchor('rewritten 0 to 3', 0, REWRITTEN.slice(0, 3)),
    anchor('rewritten 2 to 3', 2, REWRITTEN.slice(0, 3)),
    anchor('rewritten 2 to 5', 2, REWRITTEN),
    anchor('rewritten 3 to 5', 3, REWRITTEN),
    move('anchor under another key', north, to(0, HONEST.slice(0, 2)), { forged: true }, keyOf('stranger')),
    move(
      'anchor signed by another log key',
      north,
      north.anchor(0, HONEST.slice(0, 2), {
        note: north.note(HONEST.slice(0, 2), { ...south.logSigner, key: north.logSigner.key }),
      }),
      { forged: true },
    ),
    move(
      'anchor of north by south',
      south,
      { ...to(0, HONEST.slice(0, 2)), org: south.org, device: south.device },
      { forged: true },
    ),
  ];
}

function consents(): Move[] {
  const { device: _device, ...adminsRevoke } = north.revoke('c1');
  const bySouth = { org: south.org, device: south.device };
  const each = (['c1', 'c2'] as const).flatMap((name) => [
    move(`grant ${name}`, north, north.grant(name, south), { grants: name }),
    move(`revoke ${name}`, north, north.revoke(name), { revokes: name }),
    move(`key under ${name}`, north, north.keyGrant(name), { publishesKeyUnder: name }),
    move(`revoke ${name} by south`, south, { ...north.revoke(name), ...bySouth }, { forged: true }),
  ]);
  return [
    ...each,
    move('revoke c1 by the administrator', north, { ...adminsRevoke, at: NOW_MS + 1 }, { revokes: 'c1' }),
    move('grant c1 again, wider', north, north.grant('c1', south, { scope: digest('wider') }), { grants: 'c1' }),
    move('grant for the ward', north, north.grant('ward', south, { reader: 'nurse', purpose: 'care' }), {
      forged: true,
    }),
    move('key under c1 by south', south, { ...north.keyGrant('c1'), ...bySouth }, { forged: true }),
  ];
}

function accesses(): Move[] {
  const bySouth = { org: south.org, device: south.device };
  const { reason: _reason, ...groundless } = north.emergency();
  const each = (['c1', 'c2'] as const).flatMap((name) => [
    move(`read under ${name}`, north, north.accessUnder(name), { reads: { basis: name, onTerms: true, inTime: true } }),
    move(
      `read under ${name} by south`,
      south,
      { ...north.accessUnder(name), ...bySouth },
      { reads: { basis: name, onTerms: true, inTime: true } },
    ),
    move(
      `read under ${name} for research`,
      north,
      north.accessUnder(name, { purpose: 'research', reader: 'researcher' }),
      { reads: { basis: name, inTime: true } },
    ),
    move(`read under ${name} too early`, north, north.accessUnder(name, { at: NOW_MS - 2000 }), {
      reads: { basis: name, onTerms: true },
    }),
    move(
      `read under ${name} unsigned`,
      north,
      north.accessUnder(name, { details: digest('x') }),
      { forged: true },
      keyOf('stranger'),
    ),
  ]);
  return [
    ...each,
    move('read by the ward', north, north.access(), { reads: { basis: 'admission' } }),
    move('read by a relative as the ward', north, north.access({ reader: 'relative' }), { forged: true }),
    move('emergency', south, south.emergency(), { reads: { basis: 'emergency' } }),
    move('emergency without reason', north, groundless, { forged: true }),
    move('emergency of a researcher', north, north.emergency({ reader: 'researcher' }), { forged: true }),
    move('denied', north, north.accessUnder('c1', { decision: 'denied' })),
    move('erasure', north, north.gateway('recordErasure', { reason: 'retention-ended', details: digest('keys') })),
  ];
}

function corrections(): Move[] {
  const mark = (name: CorrectionName) =>
    north.gateway('recordCorrection', { reason: 'in-error', details: digest(name) });
  const idOf = (command: Command) => commandId(north.sign(command), nodeCrypto.sha256);
  const bySouth = { org: south.org, device: south.device };
  const each = (['m1', 'm2'] as const).flatMap((name) => {
    const withdraw = north.withdraw(idOf(mark(name)));
    const { device: _device, ...byAdmin } = withdraw;
    return [
      move(`mark ${name}`, north, mark(name), { corrects: name }),
      move(`withdraw ${name}`, north, withdraw, { withdraws: name }),
      move(`withdraw ${name} by the administrator`, north, { ...byAdmin, at: NOW_MS + 1 }, { withdraws: name }),
      move(`withdraw ${name} by south`, south, { ...withdraw, ...bySouth }, { forged: true }),
      move(`withdraw the withdrawal of ${name}`, north, north.withdraw(idOf(withdraw)), { forged: true }),
    ];
  });
  const unsigned = north.withdraw(idOf(mark('m1')));
  return [...each, move('withdraw m1 unsigned', north, { ...unsigned, at: NOW_MS + 2 }, { forged: true }, keyOf('x'))];
}

function move(
  name: string,
  of: Organisation,
  command: Command,
  meaning: Meaning = {},
  key?: Parameters<Organisation['sign']>[1],
): Move {
  const signed = decodeSignedCommand(of.sign(command, key), nodeCrypto.sha256);
  const byGateway = command.device !== undefined;
  const caller = byGateway ? of.gatewayCaller : of.adminCaller;
  return { name, signed, caller, by: of === north ? 'north' : 'south', byGateway, meaning };
}
