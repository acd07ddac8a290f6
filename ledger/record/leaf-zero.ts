// SPDX-License-Identifier: Apache-2.0
/** Leaf 0 of a batch: who, since when, what is missing. Sealed with the batch, and part of every proof (docs/formats.md, "Leaf 0"). */
import type { TrustBadge } from '../../devices/reading.ts';
import { type CborValue, decodeCbor, encodeCbor } from '../codec/cbor.ts';
import { asArray, asBytes, asInteger, asMap, asText, noOtherKeys, type Refuse } from '../codec/fields.ts';
import { bytesToHex, hexToBytes } from '../codec/hex.ts';
import { LedgerError } from '../errors.ts';
import { MAX_INTEGER } from './reading-codec.ts';
import { nameOf } from './vital-codes.ts';

/** Why there are no readings (I3). Values in the record: append, never change. */
export const GAP_EVIDENCE_CODES = {
  'sequence-missing': 0,
  'cadence-missed': 1,
  'link-lost': 2,
  'sensor-off': 3,
  'gateway-down': 4,
  'clock-unknown': 5,
  'disk-full': 6,
} as const;
export type GapEvidence = keyof typeof GAP_EVIDENCE_CODES;

/** A signed statement that readings are missing. Times in ward ms since 1970; the sequences are those that never came. */
export interface Gap {
  readonly device: string;
  readonly evidence: GapEvidence;
  readonly fromMs: number;
  readonly toMs: number;
  /** 16 hex digits, with the first and last missing sequence; only with `sequence-missing`. */
  readonly missing?: { readonly session: string; readonly first: number; readonly last: number };
}

export interface LeafZero {
  readonly gateway: string;
  /** Running number of the batch in its stream, over all epochs, from 0. */
  readonly runningNumber: number;
  /** SHA-256(S) of the stream's previous batch; 32 zero bytes at first. */
  readonly previousHash: Uint8Array;
  /** First and last corrected time of the readings and gaps. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Readings in the batch: the tree has one leaf more. */
  readonly count: number;
  readonly devices: readonly { readonly handle: string; readonly badge: TrustBadge; readonly label: string }[];
  /** Wall time at the boot's monotonic 0; 1 if the wall clock was synchronised, 0 if not. */
  readonly boot: { readonly id: string; readonly wallMs: number; readonly timeTrust: 0 | 1 };
  readonly gaps: readonly Gap[];
}

const KNOWN_KEYS = new Set([1, 2, 3, 4, 5, 6, 7, 8]);
const MAX_DEVICES = 256;
const MAX_BATCH_GAPS = 4096;
const MAX_TEXT_LENGTH = 64;

export function encodeLeafZero(leaf: LeafZero): Uint8Array {
  return encodeCbor(
    new Map<number, CborValue>([
      [1, leaf.gateway],
      [2, leaf.runningNumber],
      [3, leaf.previousHash],
      [4, [leaf.fromMs, leaf.toMs]],
      [5, leaf.count],
      [6, leaf.devices.map((d) => [d.handle, d.badge, d.label])],
      [7, [hexToBytes(leaf.boot.id), leaf.boot.wallMs, leaf.boot.timeTrust]],
      [8, leaf.gaps.map(encodeGap)],
    ]),
  );
}

/** Reads a leaf 0 from outside; `refuse` makes the error (BATCH_MALFORMED by default). */
export function decodeLeafZero(bytes: Uint8Array, refuse: Refuse = malformed): LeafZero {
  const map = asMap(decodeCbor(bytes), refuse);
  noOtherKeys(map, KNOWN_KEYS, refuse);
  const times = asArray(map.get(4), refuse, 2);
  const boot = asArray(map.get(7), refuse, 3);
  return {
    gateway: asText(map.get(1), refuse, MAX_TEXT_LENGTH),
    runningNumber: asInteger(map.get(2), refuse, 0, MAX_INTEGER),
    previousHash: asBytes(map.get(3), refuse, { length: 32 }),
    fromMs: asInteger(times[0], refuse, -MAX_INTEGER, MAX_INTEGER),
    toMs: asInteger(times[1], refuse, -MAX_INTEGER, MAX_INTEGER),
    count: asInteger(map.get(5), refuse, 0, 65_535),
    devices: asArray(map.get(6), refuse, MAX_DEVICES).map((item) => decodeDevice(item, refuse)),
    boot: {
      id: bytesToHex(asBytes(boot[0], refuse, { length: 8 })),
      wallMs: asInteger(boot[1], refuse, -MAX_INTEGER, MAX_INTEGER),
      timeTrust: asInteger(boot[2], refuse, 0, 1) as 0 | 1,
    },
    gaps: asArray(map.get(8), refuse, MAX_BATCH_GAPS).map((item) => decodeGap(item, refuse)),
  };
}

/** A gap as CBOR: [device, evidence, from, to] and, for a missing sequence, session, first and last. */
export function encodeGap(gap: Gap): CborValue {
  const base = [gap.device, GAP_EVIDENCE_CODES[gap.evidence], gap.fromMs, gap.toMs];
  return gap.missing ? [...base, hexToBytes(gap.missing.session), gap.missing.first, gap.missing.last] : base;
}

export function decodeGap(value: CborValue, refuse: Refuse): Gap {
  const item = asArray(value, refuse, 7);
  if (item.length !== 4 && item.length !== 7) throw refuse('a gap of 4 or 7 fields is expected');
  const evidence = nameOf<GapEvidence>(GAP_EVIDENCE_CODES, item[1]);
  if (evidence === undefined) throw refuse('an unknown gap evidence');
  const missing =
    item.length === 7
      ? {
          missing: {
            session: bytesToHex(asBytes(item[4], refuse, { length: 8 })),
            first: asInteger(item[5], refuse, 0, MAX_INTEGER),
            last: asInteger(item[6], refuse, 0, MAX_INTEGER),
          },
        }
      : {};
  return {
    device: asText(item[0], refuse, MAX_TEXT_LENGTH),
    evidence,
    fromMs: asInteger(item[2], refuse, -MAX_INTEGER, MAX_INTEGER),
    toMs: asInteger(item[3], refuse, -MAX_INTEGER, MAX_INTEGER),
    ...missing,
  };
}

function decodeDevice(value: CborValue, refuse: Refuse): LeafZero['devices'][number] {
  const [handle, badge, label] = asArray(value, refuse, 3);
  const letter = asText(badge, refuse, 1);
  if (!['A', 'B', 'C', 'D'].includes(letter)) throw refuse('an unknown trust badge');
  return {
    handle: asText(handle, refuse, MAX_TEXT_LENGTH),
    badge: letter as TrustBadge,
    label: asText(label, refuse, MAX_TEXT_LENGTH),
  };
}

function malformed(detail: string): LedgerError {
  return new LedgerError('BATCH_MALFORMED', detail);
}
