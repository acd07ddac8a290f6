// SPDX-License-Identifier: Apache-2.0
/**
 * Makes proofs for tests, honest ones and lies. A lie told before sealing is a dishonest gateway's, one told after is somebody else's.
 * It uses the plain pieces only: the tree in memory, no log on disk, no sealing.
 */
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { encodeCbor } from '../../codec/cbor.ts';
import { ed25519PublicKey, ed25519Sign, signTyped } from '../../crypto/ed25519.ts';
import { sha256 } from '../../crypto/sha256.ts';
import { signCheckpoint } from '../../log/checkpoint.ts';
import { formatVerifierKey, verifierKey } from '../../log/note.ts';
import { leafHash } from '../../merkle/hash.ts';
import { MemoryTree } from '../../merkle/memory-tree.ts';
import { encodeHeader, type Header } from '../../record/header.ts';
import { batchLeafHash } from '../../record/leaf.ts';
import { encodeLeafZero, type LeafZero } from '../../record/leaf-zero.ts';
import { encodeReading, type RecordReading } from '../../record/reading-codec.ts';
import { encodeProofFile, gatewayKeyBytes, type ProofExtra, type ProofFile } from '../proof-file.ts';

import type { MadeEntry } from './correction-maker.ts';

export interface Lies {
  /** Told before the batch is sealed: everything built on them is consistent. */
  readonly reading?: Partial<RecordReading>;
  readonly leafZero?: Partial<LeafZero>;
  readonly header?: Partial<Header>;
  /** Another bytes for S than CBOR[header, hash]. */
  readonly signedPart?: Uint8Array;
  /** The entry in the log instead of the batch's. */
  readonly entry?: Uint8Array;
  /** Entries of the log behind the others, shown in the file. */
  readonly corrections?: readonly MadeEntry[];
  readonly checkpointKey?: KeyObject;
  readonly endorsingKey?: KeyObject;
  /** Told after everything is signed. */
  readonly extra?: (honest: ProofExtra) => Partial<ProofExtra>;
  readonly file?: (honest: ProofFile) => Partial<ProofFile>;
}

const NAME = 'gateway.example/log';
const START_MS = 1_795_000_000_000;
const READINGS = 5;
/** The reading that is shown, and its leaf. */
const SHOWN = 3;
const LOG_SIZE = 11;
const LOG_INDEX = 6;
const logKey = generateKeyPairSync('ed25519').privateKey;
const gatewayKey = generateKeyPairSync('ed25519').privateKey;
/** Whose corrections hold. */
export const gatewaySigning = gatewayKey;

export const vkey = formatVerifierKey(verifierKey(NAME, ed25519PublicKey(logKey), sha256));

export function makeProof(lies: Lies = {}): string {
  return encodeProofFile(makeProofFile(lies));
}

export function makeProofFile(lies: Lies = {}): ProofFile {
  const extra = makeExtra(lies);
  const entry = lies.entry ?? encodeCbor([1, sha256(extra.signedPart)]);
  const others = Array.from({ length: LOG_SIZE }, (_, i) => encodeCbor([3, i]));
  const said = lies.corrections ?? [];
  const entries = [...others.with(LOG_INDEX, entry), ...said.map((made) => made.entry)];
  const log = new MemoryTree(
    sha256,
    entries.map((e) => leafHash(sha256, e)),
  );
  const key = lies.checkpointKey ?? logKey;
  const signer = {
    key: verifierKey(NAME, ed25519PublicKey(key), sha256),
    sign: (m: Uint8Array) => ed25519Sign(m, key),
  };
  const checkpoint = signCheckpoint({ origin: NAME, size: entries.length, root: log.root() }, signer);
  const corrections = said.map(({ entry: shown, opening }, i) => {
    const logIndex = LOG_SIZE + i;
    return { logIndex, logPath: log.inclusionProof(logIndex), entry: shown, opening };
  });
  const honest = { ...extra, corrections };
  const file: ProofFile = {
    index: LOG_INDEX,
    logPath: log.inclusionProof(LOG_INDEX),
    checkpoint,
    extra: { ...honest, ...lies.extra?.(honest) },
  };
  return { ...file, ...lies.file?.(file) };
}

function makeExtra(lies: Lies): ProofExtra {
  const readings = Array.from({ length: READINGS }, (_, i) =>
    honestReading(i + 1, i + 1 === SHOWN ? lies.reading : undefined),
  );
  const items = [encodeLeafZero({ ...honestLeafZero(), ...lies.leafZero }), ...readings.map(encodeReading)];
  const salts = items.map((_, i) => new Uint8Array(16).fill(0xa0 + i));
  const tree = new MemoryTree(
    sha256,
    items.map((item, i) => batchLeafHash(sha256, salts[i]!, i, item)),
  );
  const leaf = (i: number) => ({ bytes: items[i]!, salt: salts[i]!, path: tree.inclusionProof(i) });
  const signedPart =
    lies.signedPart ??
    encodeCbor([encodeHeader({ ...honestHeader(tree.root()), ...lies.header }), sha256(new Uint8Array(8))]);
  const gateway = 'gw-1';
  const publicKey = ed25519PublicKey(gatewayKey);
  return {
    reading: leaf(SHOWN),
    leafIndex: SHOWN,
    leafZero: leaf(0),
    signedPart,
    signature: signTyped('batch', signedPart, gatewayKey),
    gateway,
    gatewayKey: publicKey,
    endorsement: signTyped('gateway-key', gatewayKeyBytes(gateway, publicKey), lies.endorsingKey ?? logKey),
    corrections: [],
  };
}

export function honestReading(sequence: number, lie: Partial<RecordReading> = {}): RecordReading {
  return {
    vital: 'spo2',
    value: { mantissa: 970, exponent: -1 },
    unit: '%',
    mdc: 150456,
    deviceTimeMs: START_MS + 1000 * sequence,
    boot: '00000000000000b0',
    monotonicMs: 1000 * sequence,
    correctedMs: START_MS + 1000 * sequence,
    timeQuality: 'device',
    device: 'oxi-7',
    session: '00000000000000e0',
    sequence,
    flags: 0,
    ...lie,
  };
}

function honestLeafZero(): LeafZero {
  return {
    gateway: 'gw-1',
    runningNumber: 4,
    previousHash: sha256(new Uint8Array(1)),
    fromMs: START_MS + 1000,
    toMs: START_MS + 1000 * READINGS,
    count: READINGS,
    devices: [
      { handle: 'wear-1', badge: 'B', label: 'wrist' },
      { handle: 'oxi-7', badge: 'C', label: 'device not verified' },
    ],
    boot: { id: '00000000000000b0', wallMs: START_MS, timeTrust: 1 },
    gaps: [],
  };
}

function honestHeader(root: Uint8Array): Header {
  return { version: 2, algorithm: 1, streamTag: new Uint8Array(16).fill(7), epoch: 2, number: 9, root };
}
