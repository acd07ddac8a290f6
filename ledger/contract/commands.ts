// SPDX-License-Identifier: Apache-2.0
/**
 * The commands of the contract. Their fields are random ids, codes, public keys and salted commitments: whoever reads all of them
 * learns which organisations and gateways took part and when, and of no person anything.
 */
import * as c from './codes.ts';
import { bytes, integer, list, type RecordForm, record, type ValueOf } from './form.ts';

/** Every command has these: `device` signs it, or without one the administrator of `org`. Keys below 10 are theirs. */
const COMMON = {
  org: [1, c.ORG],
  device: [2, c.ID, 'optional'],
  at: [3, c.TIME_MS],
} as const;

/** Enough for every tree below 2^53 entries. */
const MAX_PROOF_HASHES = 64;
const MAX_LOG_KEYS = 64;
const MAX_KEYS_OF_A_LOG = 4;
const MAX_ENTRY_TYPES = 16;

export const COMMANDS = {
  /** The first, or with the next `version` a changed, description of an organisation. The first is signed by its own `adminKey`. */
  registerOrg: record({
    ...COMMON,
    adminKey: [10, c.PUBLIC_KEY],
    /** Verifier keys that the organisation's logs may be opened with. */
    logKeys: [11, list(c.VKEY, MAX_LOG_KEYS)],
    pseudonymScheme: [12, integer(1, 255)],
    contacts: [13, c.COMMITMENT],
    version: [14, integer(1, 2 ** 31)],
  }),
  /** A signing gateway, never a wearable. Its id is the first 16 bytes of SHA-256(publicKey), also after a change of the key. */
  registerDevice: record({
    ...COMMON,
    publicKey: [10, c.PUBLIC_KEY],
    validFrom: [11, c.TIME_MS],
    validTo: [12, c.TIME_MS],
    attestation: [13, c.HASH],
  }),
  rotateDeviceKey: record({ ...COMMON, target: [10, c.ID], publicKey: [11, c.PUBLIC_KEY] }),
  setDeviceStatus: record({ ...COMMON, target: [10, c.ID], status: [11, c.STATUS] }),
  openLog: record({ ...COMMON, logKeys: [10, list(c.VKEY, MAX_KEYS_OF_A_LOG)] }),
  /** C2SP tlog-witness, as a command: the checkpoint, the size it extends, and the proof that it does. */
  anchorCheckpoint: record({
    ...COMMON,
    note: [10, c.NOTE],
    oldSize: [11, c.SIZE],
    proof: [12, list(c.HASH, MAX_PROOF_HASHES)],
    /** How many entries of each type the log holds, as the gateway says. */
    entryCounts: [13, list(c.SIZE, MAX_ENTRY_TYPES)],
  }),
  /** For relatives, outside doctors and research. The treating team needs none: its access rests on the admission. */
  grantConsent: record({
    ...COMMON,
    consent: [10, c.ID],
    grantor: [11, c.COMMITMENT],
    granteeOrg: [12, c.ORG],
    granteeKey: [13, c.ID],
    reader: [14, c.READER],
    purpose: [15, c.PURPOSE],
    scope: [16, c.COMMITMENT],
    notBefore: [17, c.TIME_MS],
    notAfter: [18, c.TIME_MS],
  }),
  revokeConsent: record({ ...COMMON, consent: [10, c.ID] }),
  /** SHA-256 of the HPKE envelope that carries one epoch's key to the grantee. */
  publishKeyGrant: record({ ...COMMON, consent: [10, c.ID], epoch: [11, c.SIZE], envelope: [12, bytes(32)] }),
  /** Before plaintext is released. Who, whose, and which range stand in the side store, behind `details`. */
  logAccess: record({
    ...COMMON,
    basis: [10, c.BASIS],
    decision: [11, c.DECISION],
    reader: [12, c.READER],
    purpose: [13, c.PURPOSE],
    details: [14, c.COMMITMENT],
    consent: [15, c.ID, 'optional'],
    reason: [16, c.EMERGENCY_REASON, 'optional'],
  }),
  /** Certificate of destroyed keys: which, behind `details`. */
  recordErasure: record({ ...COMMON, reason: [10, c.ERASURE_REASON], details: [11, c.COMMITMENT] }),
  /** Readings in error, or of another patient: who says so, and which, behind `details`. The originals stay as they are. */
  recordCorrection: record({ ...COMMON, reason: [10, c.CORRECTION_REASON], details: [11, c.COMMITMENT] }),
  /** Takes a correction back, named by the id of its command: from then on it stands over no reading. Who and why, behind `details`. */
  withdrawCorrection: record({ ...COMMON, correction: [10, c.ID], details: [11, c.COMMITMENT] }),
} as const satisfies Record<string, RecordForm>;

export type CommandType = keyof typeof COMMANDS;

/** Number of a command on the wire (key 0). */
export const COMMAND_CODES: Readonly<Record<CommandType, number>> = {
  registerOrg: 1,
  registerDevice: 2,
  rotateDeviceKey: 3,
  setDeviceStatus: 4,
  openLog: 5,
  anchorCheckpoint: 6,
  grantConsent: 7,
  revokeConsent: 8,
  publishKeyGrant: 9,
  logAccess: 10,
  recordErasure: 11,
  recordCorrection: 12,
  withdrawCorrection: 13,
};

export type CommandOf<T extends CommandType> = { readonly type: T } & ValueOf<(typeof COMMANDS)[T]>;
export type Command = { [T in CommandType]: CommandOf<T> }[CommandType];
