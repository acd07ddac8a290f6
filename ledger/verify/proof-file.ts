// SPDX-License-Identifier: Apache-2.0
/**
 * The proof file of one reading: a C2SP tlog-proof@v1 whose `extra` is our CBOR map (docs/formats.md, "Proof file").
 * The codec proves nothing; `verify.ts` does. All of it may come from an attacker.
 */
import { base64ToBytes, bytesToBase64 } from '../codec/base64.ts';
import { type CborMap, type CborValue, decodeCbor, encodeCbor } from '../codec/cbor.ts';
import { asArray, asBytes, asInteger, asMap, asText, noOtherKeys } from '../codec/fields.ts';
import { LedgerError } from '../errors.ts';
import { parseDecimal } from '../log/checkpoint.ts';
import { HASH_BYTES } from '../merkle/hash.ts';
import { asCorrection, type CorrectionEvidence, correctionFields } from './correction-evidence.ts';

/** One leaf of the batch with what it takes to prove it. */
export interface LeafProof {
  /** Canonical CBOR of the reading, or of leaf 0. */
  readonly bytes: Uint8Array;
  /** 16 bytes. */
  readonly salt: Uint8Array;
  readonly path: readonly Uint8Array[];
}

export interface ProofExtra {
  readonly reading: LeafProof;
  /** The reading's leaf in the batch; leaf 0 is the batch's own, so it is at least 1. */
  readonly leafIndex: number;
  readonly leafZero: LeafProof;
  /** S = CBOR[header, SHA-256(nonce || ciphertext)]. */
  readonly signedPart: Uint8Array;
  /** The gateway's over S. */
  readonly signature: Uint8Array;
  readonly gateway: string;
  readonly gatewayKey: Uint8Array;
  /** The log key's over `gatewayKeyBytes`. */
  readonly endorsement: Uint8Array;
  /** What was said of the reading, in the order of the log; MAX_CORRECTIONS at most. */
  readonly corrections: readonly CorrectionEvidence[];
}

export interface ProofFile {
  /** Index of the batch's entry in the log. */
  readonly index: number;
  readonly logPath: readonly Uint8Array[];
  /** The checkpoint, a signed note. */
  readonly checkpoint: string;
  readonly extra: ProofExtra;
}

/** Of one reading: its proof file must stay below its limit. */
export const MAX_CORRECTIONS = 16;

const FIRST_LINE = 'c2sp.org/tlog-proof@v1';
const EXTRA_VERSION = 1;
const EXTRA_KEYS = new Set(Array.from({ length: 14 }, (_, i) => i + 1));
/** A leaf 0 with thousands of gaps is the largest part. */
const MAX_PROOF_CHARS = 1024 * 1024;
const MAX_READING_BYTES = 16 * 1024;
const MAX_LEAF_ZERO_BYTES = 512 * 1024;
const MAX_SIGNED_PART_BYTES = 512;
const MAX_GATEWAY_CHARS = 64;
/** Depths of the trees: 2^53 log entries, 2^17 leaves of a batch. */
const MAX_LOG_PATH = 53;
const MAX_BATCH_PATH = 17;

/** What the log key signs, as type "gateway-key", to say that this key is the gateway's. */
export function gatewayKeyBytes(gateway: string, publicKey: Uint8Array): Uint8Array {
  return encodeCbor([gateway, publicKey]);
}

export function encodeProofFile({ index, logPath, checkpoint, extra }: ProofFile): string {
  const lines = [
    FIRST_LINE,
    `extra ${bytesToBase64(encodeExtra(extra))}`,
    `index ${index}`,
    ...logPath.map(bytesToBase64),
  ];
  return `${lines.join('\n')}\n\n${checkpoint}`;
}

/** Parses a proof file; throws PROOF_FILE_MALFORMED. */
export function parseProofFile(text: string): ProofFile {
  if (text.length > MAX_PROOF_CHARS) throw malformed(`more than ${MAX_PROOF_CHARS} characters`);
  const end = text.indexOf('\n\n');
  const [first, extraLine = '', indexLine = '', ...hashes] = text.slice(0, Math.max(0, end)).split('\n');
  if (first !== FIRST_LINE) throw malformed('another first line');
  const index = parseDecimal(afterWord('index', indexLine));
  if (index === undefined) throw malformed('no index');
  if (hashes.length > MAX_LOG_PATH) throw malformed('too many hashes');
  const extra = base64ToBytes(afterWord('extra', extraLine));
  if (!extra) throw malformed('no extra data');
  return { index, logPath: hashes.map(parseHash), checkpoint: text.slice(end + 2), extra: decodeExtra(extra) };
}

function encodeExtra(extra: ProofExtra): Uint8Array {
  return encodeCbor(
    new Map<number, CborValue>([
      [1, EXTRA_VERSION],
      [2, extra.reading.bytes],
      [3, extra.reading.salt],
      [4, extra.leafIndex],
      [5, extra.reading.path],
      [6, extra.leafZero.bytes],
      [7, extra.leafZero.salt],
      [8, extra.leafZero.path],
      [9, extra.signedPart],
      [10, extra.signature],
      [11, extra.gateway],
      [12, extra.gatewayKey],
      [13, extra.endorsement],
      // Without one the field is not there: such files stay what they were before there were corrections.
      ...(extra.corrections.length > 0 ? [[14, extra.corrections.map(correctionFields)] as const] : []),
    ]),
  );
}

function decodeExtra(bytes: Uint8Array): ProofExtra {
  const map = asMap(decode(bytes), malformed);
  noOtherKeys(map, EXTRA_KEYS, malformed);
  asInteger(map.get(1), malformed, EXTRA_VERSION, EXTRA_VERSION);
  return {
    reading: decodeLeaf(map, 2, 3, 5, MAX_READING_BYTES),
    leafIndex: asInteger(map.get(4), malformed, 1, 2 ** MAX_BATCH_PATH),
    leafZero: decodeLeaf(map, 6, 7, 8, MAX_LEAF_ZERO_BYTES),
    signedPart: asBytes(map.get(9), malformed, { maxLength: MAX_SIGNED_PART_BYTES }),
    signature: asBytes(map.get(10), malformed, { length: 64 }),
    gateway: asText(map.get(11), malformed, MAX_GATEWAY_CHARS),
    gatewayKey: asBytes(map.get(12), malformed, { length: 32 }),
    endorsement: asBytes(map.get(13), malformed, { length: 64 }),
    corrections: map.has(14) ? asCorrections(map.get(14)) : [],
  };
}

function asCorrections(value: CborValue | undefined): CorrectionEvidence[] {
  const list = asArray(value, malformed, MAX_CORRECTIONS);
  if (list.length === 0) throw malformed('an empty list of corrections');
  return list.map((one) => asCorrection(one, malformed));
}

function decodeLeaf(map: CborMap, bytes: number, salt: number, path: number, maxLength: number): LeafProof {
  return {
    bytes: asBytes(map.get(bytes), malformed, { maxLength }),
    salt: asBytes(map.get(salt), malformed, { length: 16 }),
    path: asArray(map.get(path), malformed, MAX_BATCH_PATH).map((hash) =>
      asBytes(hash, malformed, { length: HASH_BYTES }),
    ),
  };
}

function decode(bytes: Uint8Array): CborValue {
  try {
    return decodeCbor(bytes);
  } catch (error) {
    throw new LedgerError('PROOF_FILE_MALFORMED', 'the extra data is not canonical CBOR', { cause: error });
  }
}

function afterWord(word: string, line: string): string {
  if (!line.startsWith(`${word} `)) throw malformed(`the line "${word}" is missing`);
  return line.slice(word.length + 1);
}

function parseHash(line: string): Uint8Array {
  const hash = base64ToBytes(line);
  if (hash?.length !== HASH_BYTES) throw malformed('a line that is no hash');
  return hash;
}

function malformed(detail: string): LedgerError {
  return new LedgerError('PROOF_FILE_MALFORMED', detail);
}
