// SPDX-License-Identifier: Apache-2.0
/** The clear header of a sealed batch (docs/formats.md, "Header"). Runs in a browser too: the verifier reads it. */
import { type CborValue, decodeCbor, encodeCbor } from '../codec/cbor.ts';
import { asBytes, asInteger, asMap, noOtherKeys, type Refuse } from '../codec/fields.ts';
import { LedgerError } from '../errors.ts';

export const ENVELOPE_VERSION = 2;
/** Ed25519 over S, XAES-256-GCM, SHA-256. */
export const ALGORITHM_EDDSA_XAES = 1;

export interface Header {
  readonly version: number;
  readonly algorithm: number;
  /** 16 bytes, new in each epoch; tells a database nothing about whose it is. */
  readonly streamTag: Uint8Array;
  readonly epoch: number;
  /** Number of the batch in its epoch, from 0. */
  readonly number: number;
  /** Root of the batch's tree. */
  readonly root: Uint8Array;
}

const HEADER_KEYS = new Set([1, 2, 3, 4, 5, 6]);

export function encodeHeader(header: Header): Uint8Array {
  return encodeCbor(
    new Map<number, CborValue>([
      [1, header.version],
      [2, header.algorithm],
      [3, header.streamTag],
      [4, header.epoch],
      [5, header.number],
      [6, header.root],
    ]),
  );
}

/** Reads a header from outside; `refuse` makes the error (ENVELOPE_MALFORMED by default). */
export function decodeHeader(bytes: Uint8Array, refuse: Refuse = malformed): Header {
  const map = asMap(decodeCbor(bytes), refuse);
  noOtherKeys(map, HEADER_KEYS, refuse);
  return {
    version: asInteger(map.get(1), refuse, ENVELOPE_VERSION, ENVELOPE_VERSION),
    algorithm: asInteger(map.get(2), refuse, ALGORITHM_EDDSA_XAES, ALGORITHM_EDDSA_XAES),
    streamTag: asBytes(map.get(3), refuse, { length: 16 }),
    epoch: asInteger(map.get(4), refuse, 0, 2 ** 32),
    number: asInteger(map.get(5), refuse, 0, 2 ** 32),
    root: asBytes(map.get(6), refuse, { length: 32 }),
  };
}

function malformed(detail: string): LedgerError {
  return new LedgerError('ENVELOPE_MALFORMED', detail);
}
