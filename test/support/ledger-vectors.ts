// SPDX-License-Identifier: Apache-2.0
/** What the ledger's code writes for the examples of docs/formats.md: each command once, what they commit to, the state they make, the wire to witnesses and Fabric. */
import { apply } from '../../ledger/contract/apply.ts';
import type { Command } from '../../ledger/contract/commands.ts';
import { commitTo, type Details } from '../../ledger/contract/details.ts';
import { MapState } from '../../ledger/contract/map-state.ts';
import { encodeReadArgs } from '../../ledger/contract/reads.ts';
import { commandId, decodeSignedCommand, signCommand } from '../../ledger/contract/signed-command.ts';
import { ed25519PublicKey, ed25519Sign } from '../../ledger/crypto/ed25519.ts';
import { nodeCrypto } from '../../ledger/crypto/node.ts';
import { xaesKey, xaesSeal } from '../../ledger/crypto/xaes.ts';
import { encodeEvent, encodeReply } from '../../ledger/fabric/wire.ts';
import { COSIGNATURE, cosignatureLine, formatVerifierKey, parseNote, verifierKey } from '../../ledger/log/note.ts';
import type { MemoryTree } from '../../ledger/merkle/memory-tree.ts';
import { encodeAddCheckpoint } from '../../ledger/witness/request.ts';
import * as x from './format-examples.ts';

const ORG = 'NorthMSP';
const YEAR_MS = 31_536_000_000;
const { sha256 } = nodeCrypto;
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
const id16 = (what: string) => x.seed(what).slice(0, 16);
const admin = x.privateKey('ed25519', 'administrator key');
const nextKey = x.privateKey('ed25519', 'next gateway signing key');
const witness = x.privateKey('ed25519', 'witness key');
const device = sha256(x.gatewayKey).slice(0, 16);

/** `tree` and `checkpoint` are those of the example's log. */
export function ledgerVectors(tree: MemoryTree, checkpoint: string, vkey: string): Record<string, string> {
  const openings = detailsOf();
  const vectors: Record<string, string> = {};
  for (const [kind, { opening }] of Object.entries(openings)) vectors[`details-${kind}`] = hex(opening);
  const nonce = x.fixedRandom('side nonce')(24);
  const { opening, commitment } = openings.scope;
  const sealed = xaesSeal(xaesKey(x.seed('side key')), nonce, opening, commitment);
  vectors['side-record'] = hex(Buffer.concat([nonce, sealed]));
  const state = new MapState();
  for (const command of commandsOf(openings, checkpoint, vkey)) {
    const bytes = signed(command);
    vectors[`command-${command.type}`] = hex(bytes);
    const caller = { org: ORG, role: command.device ? 'gateway' : 'admin', device } as const;
    const answer = apply(state, decodeSignedCommand(bytes, sha256), { caller, nowMs: x.START_MS, crypto: nodeCrypto });
    if (answer.kind !== 'accepted') throw new Error(`${command.type} is not accepted`);
    state.write(answer.writes);
  }
  const values = state.range('');
  vectors['state-keys'] = values.map(([key]) => `${key}\n`).join('');
  // Of several values of one kind the first.
  for (const [key, value] of values) vectors[`state-${key.split('~', 1)[0]}`] ??= hex(value);
  return { ...vectors, ...witnessVectors(tree, checkpoint), ...fabricVectors() };
}

function signed(command: Command): Uint8Array {
  return signCommand(command, (message) => ed25519Sign(message, command.device ? x.gatewaySigning : admin));
}

function detailsOf() {
  const range = { stay: Buffer.from(x.STAY, 'hex'), fromMs: x.START_MS - 60_000, toMs: x.START_MS };
  const commit = (details: Details) => commitTo(details, x.fixedRandom(`salt ${details.kind}`)(16), sha256);
  return {
    contacts: commit({ kind: 'contacts', contact: 'ward@north.example' }),
    grantor: commit({ kind: 'grantor', person: 'Example Person' }),
    scope: commit({ kind: 'scope', grantee: 'Dr. Example', ...range, what: 'vital signs' }),
    correction: commit({ kind: 'correction', by: 'nurse', ...range, vital: 'spo2', why: 'sensor fell off' }),
    erasure: commit({ kind: 'erasure', by: 'administrator', keys: [id16('epoch')] }),
    withdrawal: commit({ kind: 'withdrawal', by: 'nurse', why: 'it was the wrong hour' }),
  };
}

/** Each command once, in an order in which the contract accepts all of them. */
function commandsOf(openings: ReturnType<typeof detailsOf>, note: string, vkey: string): Command[] {
  const [byAdmin, byGateway] = [
    { org: ORG, at: x.START_MS },
    { org: ORG, device, at: x.START_MS },
  ];
  const consent = id16('consent');
  const terms = { reader: 'outside-doctor', purpose: 'second-opinion' } as const;
  const { contacts, grantor, scope, correction, erasure, withdrawal } = openings;
  const marks = { type: 'recordCorrection', ...byGateway, reason: 'in-error', details: correction.commitment } as const;
  const marksId = commandId(signed(marks), sha256);
  return [
    {
      type: 'registerOrg',
      ...byAdmin,
      adminKey: ed25519PublicKey(admin),
      logKeys: [vkey],
      pseudonymScheme: 1,
      contacts: contacts.commitment,
      version: 1,
    },
    {
      type: 'registerDevice',
      ...byAdmin,
      publicKey: x.gatewayKey,
      validFrom: x.START_MS,
      validTo: x.START_MS + YEAR_MS,
      attestation: x.seed('attestation'),
    },
    { type: 'openLog', ...byGateway, logKeys: [vkey] },
    { type: 'anchorCheckpoint', ...byGateway, note, oldSize: 0, proof: [], entryCounts: [0, 1, 0, 2] },
    {
      type: 'grantConsent',
      ...byGateway,
      consent,
      grantor: grantor.commitment,
      granteeOrg: ORG,
      granteeKey: id16('grantee'),
      ...terms,
      scope: scope.commitment,
      notBefore: x.START_MS,
      notAfter: x.START_MS + YEAR_MS,
    },
    { type: 'publishKeyGrant', ...byGateway, consent, epoch: x.EPOCH, envelope: x.seed('envelope') },
    {
      type: 'logAccess',
      ...byGateway,
      basis: 'consent',
      decision: 'allowed',
      ...terms,
      details: x.seed('access'),
      consent,
    },
    { type: 'recordErasure', ...byGateway, reason: 'retention-ended', details: erasure.commitment },
    marks,
    { type: 'withdrawCorrection', ...byGateway, correction: marksId, details: withdrawal.commitment },
    { type: 'revokeConsent', ...byGateway, consent },
    { type: 'rotateDeviceKey', ...byAdmin, target: device, publicKey: ed25519PublicKey(nextKey) },
    { type: 'setDeviceStatus', ...byAdmin, target: device, status: 'suspended' },
  ];
}

function witnessVectors(tree: MemoryTree, note: string): Record<string, string> {
  const key = verifierKey('witness.example/w1', ed25519PublicKey(witness), sha256, COSIGNATURE);
  const signer = { key, sign: (message: Uint8Array) => ed25519Sign(message, witness) };
  return {
    'witness-key': `${formatVerifierKey(key)}\n`,
    'witness-request': encodeAddCheckpoint({ oldSize: 1, proof: tree.consistencyProof(1), note }),
    cosignature: cosignatureLine(parseNote(note).text, signer, x.START_MS / 1000),
    policy: `witness w1 ${formatVerifierKey(key)} https://witness.example/\ngroup one-of-us any w1\nquorum one-of-us\n`,
  };
}

function fabricVectors(): Record<string, string> {
  const event = {
    type: 'anchorCheckpoint',
    id: hex(id16('event')),
    originHash: hex(x.seed('origin')),
    size: 3,
  } as const;
  return {
    'fabric-accepted': hex(encodeReply({ kind: 'accepted' })),
    'fabric-fork': hex(encodeReply({ kind: 'refused', code: 'FORK', detail: '3' })),
    'fabric-event': hex(encodeEvent(event)),
    'fabric-read-arguments': hex(encodeReadArgs('getDevice', { device })),
  };
}
