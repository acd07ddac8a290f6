// SPDX-License-Identifier: Apache-2.0
/**
 * Keys of a stream: the stay key K_stay names its streams, a random epoch key (SEK) seals one epoch of one of them. Each is
 * wrapped by HPKE to the care team and, while open, to the gateway, so that a restart goes on (docs/formats.md, "Keys").
 */
import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import { type CborValue, decodeCbor, encodeCbor } from '../codec/cbor.ts';
import { asArray, asBytes, asInteger, asText } from '../codec/fields.ts';
import { signTyped, verifyTyped } from '../crypto/ed25519.ts';
import { hpkeOpen, hpkeSeal } from '../crypto/hpke.ts';
import { sha256 } from '../crypto/sha256.ts';
import { LedgerError } from '../errors.ts';

/** Who may open: the id stands in the record, the key is X25519, 32 raw bytes. */
export interface Recipient {
  readonly id: string;
  readonly publicKey: Uint8Array;
}

export interface Wrap {
  readonly recipient: string;
  readonly sealed: Uint8Array;
}

/** An epoch's key as it is stored: wraps, a commitment (GCM does not commit to its key), and the gateway's signature. */
export interface KeyRecord {
  readonly streamTag: Uint8Array;
  readonly epoch: number;
  readonly wraps: readonly Wrap[];
  readonly commitment: Uint8Array;
  readonly signature: Uint8Array;
}

const STREAM_CLASSES = { numeric: 0, waveform: 1, event: 2 } as const;
export type StreamClass = keyof typeof STREAM_CLASSES;

/** Access policy that the wraps are bound to; its hash is part of HPKE's info. There is one so far. */
const CARE_POLICY = new TextEncoder().encode('lamplight/policy/care-team/1');

const TAG_BYTES = 16;
const KEY_BYTES = 32;
const MAX_WRAPS = 16;
const text = new TextEncoder();

/** streamTag = HMAC-SHA-256(K_stay, "lamplight/stream/1" || class || epoch)[0..16]; class is one byte, epoch u32 big-endian. */
export function streamTag(stayKey: KeyObject, streamClass: StreamClass, epoch: number): Uint8Array {
  const epochBytes = Buffer.alloc(4);
  epochBytes.writeUInt32BE(epoch);
  const hmac = createHmac('sha256', stayKey)
    .update('lamplight/stream/1')
    .update(Uint8Array.of(STREAM_CLASSES[streamClass]));
  return hmac.update(epochBytes).digest().subarray(0, TAG_BYTES);
}

/** Wraps a fresh epoch key to every recipient and signs the record as type "epoch-key". */
export async function wrapEpochKey(
  epochKey: Uint8Array,
  tag: Uint8Array,
  epoch: number,
  recipients: readonly Recipient[],
  signingKey: KeyObject,
): Promise<KeyRecord> {
  const wraps = await Promise.all(
    recipients.map(async ({ id, publicKey }) => ({
      recipient: id,
      sealed: await hpkeSeal(publicKey, epochInfo(tag, epoch, id), epochKey),
    })),
  );
  const unsigned = { streamTag: tag, epoch, wraps, commitment: commitmentTo(epochKey) };
  return { ...unsigned, signature: signTyped('epoch-key', signedBytes(unsigned), signingKey) };
}

/** Opens an epoch key for one recipient; checks the gateway's signature and the commitment. Throws KEY_RECORD_REFUSED or SEAL_BROKEN. */
export async function openEpochKey(
  record: KeyRecord,
  recipient: string,
  privateKey: KeyObject,
  gatewayKey: Uint8Array,
): Promise<KeyObject> {
  if (!verifyTyped('epoch-key', signedBytes(record), gatewayKey, record.signature))
    throw refused("its signature is not the gateway's");
  const wrap = record.wraps.find((w) => w.recipient === recipient);
  if (!wrap) throw refused('it has no wrap for this reader');
  const key = await hpkeOpen(privateKey, epochInfo(record.streamTag, record.epoch, recipient), wrap.sealed);
  if (key.length !== KEY_BYTES || !Buffer.from(commitmentTo(key)).equals(record.commitment))
    throw refused('the key is not the committed one');
  return createSecretKey(key);
}

export function encodeKeyRecord(record: KeyRecord): Uint8Array {
  const wraps = record.wraps.map((wrap): CborValue => [wrap.recipient, wrap.sealed]);
  return encodeCbor([record.streamTag, record.epoch, wraps, record.commitment, record.signature]);
}

export function decodeKeyRecord(bytes: Uint8Array): KeyRecord {
  const parts = asArray(decodeCbor(bytes), refused, 5);
  return {
    streamTag: asBytes(parts[0], refused, { length: TAG_BYTES }),
    epoch: asInteger(parts[1], refused, 0, 2 ** 32),
    wraps: asArray(parts[2], refused, MAX_WRAPS).map((item) => {
      const [recipient, sealed] = asArray(item, refused, 2);
      return { recipient: asText(recipient, refused, 64), sealed: asBytes(sealed, refused, { length: 80 }) };
    }),
    commitment: asBytes(parts[3], refused, { length: 32 }),
    signature: asBytes(parts[4], refused, { length: 64 }),
  };
}

/** Wraps K_stay; `purpose` binds the wrap to its stay so that wraps cannot be swapped between stays. */
export function wrapStayKey(stayKey: Uint8Array, stay: string, recipient: Recipient): Promise<Uint8Array> {
  return hpkeSeal(recipient.publicKey, stayInfo(stay, recipient.id), stayKey);
}

export async function openStayKey(
  sealed: Uint8Array,
  stay: string,
  recipient: string,
  privateKey: KeyObject,
): Promise<KeyObject> {
  return createSecretKey(await hpkeOpen(privateKey, stayInfo(stay, recipient), sealed));
}

/** info = "lamplight/sek/1" || streamTag || epoch u32 || recipient || SHA-256(policy) (security 3.1). */
function epochInfo(tag: Uint8Array, epoch: number, recipient: string): Uint8Array {
  const epochBytes = Buffer.alloc(4);
  epochBytes.writeUInt32BE(epoch);
  return Buffer.concat([text.encode('lamplight/sek/1'), tag, epochBytes, text.encode(recipient), sha256(CARE_POLICY)]);
}

function stayInfo(stay: string, recipient: string): Uint8Array {
  return text.encode(`lamplight/stay-key/1${stay}${recipient}`);
}

function commitmentTo(key: Uint8Array): Uint8Array {
  return createHmac('sha256', key).update('commit').digest();
}

/** The signature fixes the key by its commitment; each wrap is bound by its own info, so the gateway's can leave when the epoch closes. */
function signedBytes(record: Pick<KeyRecord, 'streamTag' | 'epoch' | 'commitment'>): Uint8Array {
  return encodeCbor([record.streamTag, record.epoch, record.commitment]);
}

function refused(detail: string): LedgerError {
  return new LedgerError('KEY_RECORD_REFUSED', detail);
}
