// SPDX-License-Identifier: Apache-2.0
/** From readings to a sealed, signed envelope and back: the one place where a batch is sealed and opened. */
import type { KeyObject } from 'node:crypto';
import { signTyped, type VerifyingKey, verifyTyped } from '../crypto/ed25519.ts';
import { xaesOpen, xaesSeal } from '../crypto/xaes.ts';
import { LedgerError } from '../errors.ts';
import {
  buildBatch,
  type DisplayedBatch,
  displayBatch,
  type EncodedReading,
  type OpenedBatch,
  openBatch,
} from './batch.ts';
import { decodeEnvelope, type Envelope, encodeEnvelope, signedPart } from './envelope.ts';
import { ALGORITHM_EDDSA_XAES, decodeHeader, ENVELOPE_VERSION, encodeHeader, type Header } from './header.ts';
import type { LeafZero } from './leaf-zero.ts';

export interface SealInput {
  readonly leafZero: LeafZero;
  readonly readings: readonly EncodedReading[];
  readonly streamTag: Uint8Array;
  readonly epoch: number;
  readonly number: number;
  readonly epochKey: KeyObject;
  readonly signingKey: KeyObject;
  readonly paddingBytes: number;
  /** Cryptographic random bytes. */
  readonly random: (length: number) => Uint8Array;
}

export interface SealedBatch {
  /** Encoded envelope: what the outbox keeps and every store gets, byte for byte. */
  readonly envelope: Uint8Array;
  /** S, whose hash the log holds. */
  readonly signedPart: Uint8Array;
}

/** Seals one batch. Random 192-bit nonces: no counter whose loss could repeat one (security 3.3). */
export function sealBatch(input: SealInput): SealedBatch {
  const { root, plaintext } = buildBatch(input.leafZero, input.readings, input.random(32), input.paddingBytes);
  const { streamTag, epoch, number } = input;
  const header = encodeHeader({
    version: ENVELOPE_VERSION,
    algorithm: ALGORITHM_EDDSA_XAES,
    streamTag,
    epoch,
    number,
    root,
  });
  const nonce = input.random(24);
  const ciphertext = xaesSeal(input.epochKey, nonce, plaintext, header);
  const signed = signedPart({ header, nonce, ciphertext });
  const signature = signTyped('batch', signed, input.signingKey);
  return { envelope: encodeEnvelope({ header, nonce, ciphertext, signature }), signedPart: signed };
}

/** An envelope whose signature and seal hold. */
interface UnsealedEnvelope {
  readonly header: Header;
  readonly envelope: Envelope;
  readonly signedPart: Uint8Array;
}
/** Raw, or imported once by who opens many. */
type GatewayKey = Uint8Array | VerifyingKey;
export type OpenedEnvelope = UnsealedEnvelope & OpenedBatch;
export type DisplayedEnvelope = UnsealedEnvelope & DisplayedBatch;

/** Checks the gateway's signature, opens, and checks every leaf. Throws ENVELOPE_SIGNATURE, SEAL_BROKEN or BATCH_MALFORMED. */
export function openEnvelope(bytes: Uint8Array, epochKey: KeyObject, gatewayKey: GatewayKey): OpenedEnvelope {
  const { plaintext, ...unsealed } = unseal(bytes, epochKey, gatewayKey);
  return { ...unsealed, ...openBatch(plaintext, unsealed.header.root) };
}

/**
 * Opens to look at: signature and seal are checked, the leaves are not hashed again. The gateway signed header and ciphertext, so what
 * opens is what it sealed, whoever stored it. Only the gateway itself could seal other readings than the root in its header says; it is
 * also who takes the readings in, and a proof, an export or `fsck` of the batch finds it out (ADR 20). Throws as `openEnvelope` does.
 */
export function openForDisplay(bytes: Uint8Array, epochKey: KeyObject, gatewayKey: GatewayKey): DisplayedEnvelope {
  const { plaintext, ...unsealed } = unseal(bytes, epochKey, gatewayKey);
  return { ...unsealed, ...displayBatch(plaintext) };
}

function unseal(bytes: Uint8Array, epochKey: KeyObject, gatewayKey: GatewayKey) {
  const envelope = decodeEnvelope(bytes);
  const header = decodeHeader(envelope.header);
  const signed = signedPart(envelope);
  if (!verifyTyped('batch', signed, gatewayKey, envelope.signature)) throw new LedgerError('ENVELOPE_SIGNATURE');
  const plaintext = xaesOpen(epochKey, envelope.nonce, envelope.ciphertext, envelope.header);
  return { header, envelope, signedPart: signed, plaintext };
}
