// SPDX-License-Identifier: Apache-2.0
/**
 * Cosignatures of witnesses (C2SP tlog-cosignature v1, Ed25519): a time, and a signature over it and the text of the checkpoint. It says
 * that at this time the tree was the largest, and consistent with all earlier ones, that the witness had seen of this log.
 */
import { concatBytes } from '../codec/bytes.ts';
import type { VerifierCrypto } from '../verify/crypto.ts';

const TIME_BYTES = 8;
const ED25519_SIGNATURE_BYTES = 64;

/** The bytes a witness signs: two lines of its own, then the text of the note with its last newline. */
export function cosignedMessage(text: string, timeS: number): Uint8Array {
  return new TextEncoder().encode(`cosignature/v1\ntime ${timeS}\n${text}`);
}

/** `time u64 | signature`, as it stands in a note after the key id; `timeS` in seconds since 1970. */
export function cosign(text: string, timeS: number, sign: (message: Uint8Array) => Uint8Array): Uint8Array {
  const time = new Uint8Array(TIME_BYTES);
  new DataView(time.buffer).setBigUint64(0, BigInt(timeS));
  return concatBytes(time, sign(cosignedMessage(text, timeS)));
}

/** When the witness with this key cosigned the text, in seconds since 1970; undefined if it did not. */
export function cosignatureTime(
  publicKey: Uint8Array,
  text: string,
  cosignature: Uint8Array,
  crypto: VerifierCrypto,
): number | undefined {
  if (cosignature.length !== TIME_BYTES + ED25519_SIGNATURE_BYTES) return undefined;
  const timeS = Number(new DataView(cosignature.buffer, cosignature.byteOffset).getBigUint64(0));
  // tlog-witness: a time of zero would be none at all.
  if (timeS === 0 || !Number.isSafeInteger(timeS)) return undefined;
  const signature = cosignature.subarray(TIME_BYTES);
  return crypto.ed25519Verify(publicKey, cosignedMessage(text, timeS), signature) ? timeS : undefined;
}
