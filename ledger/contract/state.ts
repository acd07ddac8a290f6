// SPDX-License-Identifier: Apache-2.0
/**
 * What the ledger holds: keys and values. The same on Fabric (world state) and embedded (an index rebuilt from the log). Ids are hex
 * in keys; values are canonical CBOR. No key is shared by gateways that have nothing to do with each other.
 */
import { decodeCbor, encodeCbor } from '../codec/cbor.ts';
import { bytesToHex } from '../codec/hex.ts';
import { LedgerError } from '../errors.ts';
import * as c from './codes.ts';
import { bytes, fromCbor, integer, list, type RecordForm, record, toCbor, type ValueOf } from './form.ts';

/** What a command may see. `range` goes in the order of keys. */
export interface ReadState {
  get(key: string): Uint8Array | undefined;
  range(prefix: string): Iterable<readonly [key: string, value: Uint8Array]>;
}

export interface Write {
  readonly key: string;
  readonly value: Uint8Array;
}

const hex = bytesToHex;
/** 16 hex digits, so that keys sort as the numbers do. */
const digits = (n: number): string => n.toString(16).padStart(16, '0');

/** `originHash` is SHA-256 of the log's origin. `command`: the id of the command that wrote it. */
export const KEYS = {
  org: (org: string) => `org~${org}`,
  device: (device: Uint8Array) => `dev~${hex(device)}`,
  log: (originHash: Uint8Array) => `log~${hex(originHash)}`,
  anchor: (originHash: Uint8Array, size: number) => `anc~${hex(originHash)}~${digits(size)}`,
  consent: (consent: Uint8Array) => `con~${hex(consent)}`,
  keyGrant: (consent: Uint8Array, epoch: number) => `kg~${hex(consent)}~${digits(epoch)}`,
  /** An ordinary access. */
  access: (command: Uint8Array) => `acc~${hex(command)}`,
  /** What somebody must look at, or may ask for: emergency and denied access, fork, erasure. */
  incident: (command: Uint8Array) => `inc~${hex(command)}`,
  correction: (command: Uint8Array) => `cor~${hex(command)}`,
  /** An accepted command that leaves nothing else under its id. */
  command: (command: Uint8Array) => `cmd~${hex(command)}`,
} as const;

export const ORG_VALUE = record({
  adminKey: [1, c.PUBLIC_KEY],
  logKeys: [2, list(c.VKEY, 64)],
  pseudonymScheme: [3, integer(1, 255)],
  contacts: [4, c.COMMITMENT],
  version: [5, integer(1, 2 ** 31)],
});

export const DEVICE_VALUE = record({
  device: [1, c.ID],
  owner: [2, c.ORG],
  publicKey: [3, c.PUBLIC_KEY],
  status: [4, c.STATUS],
  validFrom: [5, c.TIME_MS],
  validTo: [6, c.TIME_MS],
  attestation: [7, c.HASH],
});

/** The head of a log, as the contract has witnessed it; size 0 before the first anchor. */
export const LOG_VALUE = record({
  origin: [1, c.VKEY],
  device: [2, c.ID],
  owner: [3, c.ORG],
  logKeys: [4, list(c.VKEY, 4)],
  size: [5, c.SIZE],
  root: [6, c.HASH],
  note: [7, c.NOTE, 'optional'],
  command: [8, c.ID],
});

export const ANCHOR_VALUE = record({
  size: [1, c.SIZE],
  root: [2, c.HASH],
  noteHash: [3, c.HASH],
  entryCounts: [4, list(c.SIZE, 16)],
});

export const CONSENT_VALUE = record({
  consent: [1, c.ID],
  org: [2, c.ORG],
  grantor: [3, c.COMMITMENT],
  granteeOrg: [4, c.ORG],
  granteeKey: [5, c.ID],
  reader: [6, c.READER],
  purpose: [7, c.PURPOSE],
  scope: [8, c.COMMITMENT],
  notBefore: [9, c.TIME_MS],
  notAfter: [10, c.TIME_MS],
  status: [11, c.CONSENT_STATUS],
  version: [12, integer(1, 255)],
  grantSignature: [13, c.HASH],
  revokeSignature: [14, c.HASH, 'optional'],
});

export const KEY_GRANT_VALUE = record({ envelope: [1, bytes(32)], command: [2, c.ID] });

export const ACCESS_VALUE = record({
  command: [1, c.ID],
  org: [2, c.ORG],
  device: [3, c.ID],
  at: [4, c.TIME_MS],
  basis: [5, c.BASIS],
  decision: [6, c.DECISION],
  reader: [7, c.READER],
  purpose: [8, c.PURPOSE],
  details: [9, c.COMMITMENT],
  consent: [10, c.ID, 'optional'],
  reason: [11, c.EMERGENCY_REASON, 'optional'],
});

const FORK_VALUE = record({
  origin: [1, c.VKEY],
  size: [2, c.SIZE],
  heldRoot: [3, c.HASH],
  /** The other history, signed by the log: the evidence. */
  note: [4, c.NOTE],
  at: [5, c.TIME_MS],
});

const ERASURE_VALUE = record({
  org: [1, c.ORG],
  at: [2, c.TIME_MS],
  reason: [3, c.ERASURE_REASON],
  details: [4, c.COMMITMENT],
});

/** One of the three. */
export const INCIDENT_VALUE = record({
  access: [1, ACCESS_VALUE, 'optional'],
  fork: [2, FORK_VALUE, 'optional'],
  erasure: [3, ERASURE_VALUE, 'optional'],
});

const WITHDRAWAL_VALUE = record({ command: [1, c.ID], at: [2, c.TIME_MS], details: [3, c.COMMITMENT] });

export const CORRECTION_VALUE = record({
  command: [1, c.ID],
  org: [2, c.ORG],
  at: [3, c.TIME_MS],
  reason: [4, c.CORRECTION_REASON],
  details: [5, c.COMMITMENT],
  /** It was taken back. */
  withdrawal: [6, WITHDRAWAL_VALUE, 'optional'],
});

export type Device = ValueOf<typeof DEVICE_VALUE>;
export type LogHead = ValueOf<typeof LOG_VALUE>;
export type Consent = ValueOf<typeof CONSENT_VALUE>;
export type Access = ValueOf<typeof ACCESS_VALUE>;

/** The value under a key, if there is one. */
export function load<F extends RecordForm>(state: ReadState, form: F, key: string): ValueOf<F> | undefined {
  const bytes = state.get(key);
  return bytes && decodeValue(form, bytes);
}

/** A value that the contract wrote. LOG_DAMAGED if it is none. */
export function decodeValue<F extends RecordForm>(form: F, bytes: Uint8Array): ValueOf<F> {
  return fromCbor(
    form,
    decodeCbor(bytes),
    (detail) => new LedgerError('LOG_DAMAGED', `state of the ledger: ${detail}`),
  );
}

export function writeOf<F extends RecordForm>(form: F, key: string, value: ValueOf<F>): Write {
  return { key, value: encodeCbor(toCbor(form, value)) };
}
