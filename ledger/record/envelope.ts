// SPDX-License-Identifier: Apache-2.0
/**
 * The sealed batch as every store sees it: a clear header, a nonce, the ciphertext and a signature. The signature covers
 * S = CBOR[header, SHA-256(nonce || ciphertext)], and the log entry is SHA-256(S) (docs/formats.md, "Envelope").
 */
import { decodeCbor, encodeCbor } from '../codec/cbor.ts';
import { asArray, asBytes } from '../codec/fields.ts';
import { sha256 } from '../crypto/sha256.ts';
import { LedgerError } from '../errors.ts';

export interface Envelope {
  readonly header: Uint8Array;
  readonly nonce: Uint8Array;
  readonly ciphertext: Uint8Array;
  readonly signature: Uint8Array;
}

const MAX_HEADER_BYTES = 256;
const MAX_CIPHERTEXT_BYTES = 512 * 1024;

export function encodeEnvelope(envelope: Envelope): Uint8Array {
  return encodeCbor([envelope.header, envelope.nonce, envelope.ciphertext, envelope.signature]);
}

/** Reads an envelope from outside; throws ENVELOPE_MALFORMED. Says nothing about its signature. */
export function decodeEnvelope(bytes: Uint8Array): Envelope {
  const parts = asArray(decodeCbor(bytes), malformed, 4);
  return {
    header: asBytes(parts[0], malformed, { maxLength: MAX_HEADER_BYTES }),
    nonce: asBytes(parts[1], malformed, { length: 24 }),
    ciphertext: asBytes(parts[2], malformed, { maxLength: MAX_CIPHERTEXT_BYTES }),
    signature: asBytes(parts[3], malformed, { length: 64 }),
  };
}

/** S, the bytes that the gateway signs (as type "batch") and whose hash the log holds. */
export function signedPart(envelope: Pick<Envelope, 'header' | 'nonce' | 'ciphertext'>): Uint8Array {
  return encodeCbor([envelope.header, sha256(Buffer.concat([envelope.nonce, envelope.ciphertext]))]);
}

function malformed(detail: string): LedgerError {
  return new LedgerError('ENVELOPE_MALFORMED', detail);
}
