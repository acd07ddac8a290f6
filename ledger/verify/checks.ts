// SPDX-License-Identifier: Apache-2.0
/** What any proof of ours rests on, each as a question with a plain answer. The verifiers ask them in their order. */
import { decodeCbor, encodeCbor } from '../codec/cbor.ts';
import { asArray, asBytes } from '../codec/fields.ts';
import { typedMessage } from '../crypto/typed-message.ts';
import { LedgerError } from '../errors.ts';
import type { Checkpoint } from '../log/checkpoint.ts';
import type { VerifierKey } from '../log/note.ts';
import { leafHash } from '../merkle/hash.ts';
import { verifyInclusion } from '../merkle/verify.ts';
import { decodeHeader, type Header } from '../record/header.ts';
import type { LeafZero } from '../record/leaf-zero.ts';
import type { RecordReading } from '../record/reading-codec.ts';
import { FLAG_BITS, VITAL_CODES } from '../record/vital-codes.ts';
import type { VerifierCrypto } from './crypto.ts';
import { gatewayKeyBytes } from './proof-file.ts';

/** Type of a batch among the log's entries. */
const BATCH_ENTRY = 1;

export interface EndorsedKey {
  readonly gateway: string;
  readonly gatewayKey: Uint8Array;
  readonly endorsement: Uint8Array;
}

export function isGatewayKeyEndorsed(crypto: VerifierCrypto, logKey: VerifierKey, key: EndorsedKey): boolean {
  const endorsed = typedMessage('gateway-key', gatewayKeyBytes(key.gateway, key.gatewayKey));
  return crypto.ed25519Verify(logKey.publicKey, endorsed, key.endorsement);
}

export function isBatchSigned(
  crypto: VerifierCrypto,
  gatewayKey: Uint8Array,
  { signedPart, signature }: { readonly signedPart: Uint8Array; readonly signature: Uint8Array },
): boolean {
  return crypto.ed25519Verify(gatewayKey, typedMessage('batch', signedPart), signature);
}

export interface LoggedBatch {
  readonly signedPart: Uint8Array;
  readonly logIndex: number;
  readonly logPath: readonly Uint8Array[];
}

export function isBatchInLog(crypto: VerifierCrypto, { size, root }: Checkpoint, batch: LoggedBatch): boolean {
  const entry = encodeCbor([BATCH_ENTRY, crypto.sha256(batch.signedPart)]);
  const hash = leafHash(crypto.sha256, entry);
  return verifyInclusion(crypto.sha256, { leafHash: hash, index: batch.logIndex, size, root, proof: batch.logPath });
}

/** The header that S holds; throws ENVELOPE_MALFORMED. */
export function headerOf(signedPart: Uint8Array): Header {
  const parts = asArray(decodeCbor(signedPart), malformed, 2);
  asBytes(parts[1], malformed, { length: 32 });
  return decodeHeader(asBytes(parts[0], malformed, { maxLength: 256 }), malformed);
}

/** Are unit and code those of the vital? An MDC code of 0 says that the device named none; a flag says that the unit was kept as sent. */
export function isOfItsVital({ vital, unit, mdc, flags }: RecordReading): boolean {
  const codes = Object.hasOwn(VITAL_CODES, vital) ? VITAL_CODES[vital] : undefined;
  if (!codes) return false;
  const unitFits = codes.units.includes(unit) || (flags & FLAG_BITS.unexpectedUnit) !== 0;
  return unitFits && (mdc === 0 || codes.mdc.includes(mdc));
}

export function isFromTheBatch({ device }: RecordReading, { devices }: LeafZero): boolean {
  return devices.some(({ handle }) => handle === device);
}

export function isWithinTheBatch(
  { correctedMs }: Pick<RecordReading, 'correctedMs'>,
  { fromMs, toMs }: LeafZero,
): boolean {
  return correctedMs >= fromMs && correctedMs <= toMs;
}

function malformed(detail: string): LedgerError {
  return new LedgerError('ENVELOPE_MALFORMED', detail);
}
