// SPDX-License-Identifier: Apache-2.0
/** The fixed values behind the examples of docs/formats.md. Every key is SHA-256 of a sentence, so that anybody can make it again. */
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { ed25519PublicKey } from '../../ledger/crypto/ed25519.ts';
import { rawPublicKey } from '../../ledger/crypto/hpke.ts';
import { sha256 } from '../../ledger/crypto/sha256.ts';
import type { Gap, LeafZero } from '../../ledger/record/leaf-zero.ts';
import type { RecordReading } from '../../ledger/record/reading-codec.ts';

/** SHA-256("lamplight example: <what>"): the seed of a key, or a key itself. */
export function seed(what: string): Uint8Array {
  // As plain bytes: node hands out Buffers, which are not equal to what a decoder gives.
  return Uint8Array.from(sha256(new TextEncoder().encode(`lamplight example: ${what}`)));
}

/** The random bytes of the examples: the seed of `what`, as often as needed. */
export function fixedRandom(what: string): (length: number) => Uint8Array {
  return (length) => Uint8Array.from({ length }, (_, i) => seed(what)[i % 32]!);
}

/** RFC 8410 7: PKCS#8 of a 32-byte private key is a prefix and the key. */
const PKCS8_PREFIX = {
  ed25519: '302e020100300506032b657004220420',
  x25519: '302e020100300506032b656e04220420',
} as const;

export function privateKey(type: keyof typeof PKCS8_PREFIX, what: string): KeyObject {
  const key = Buffer.concat([Buffer.from(PKCS8_PREFIX[type], 'hex'), seed(what)]);
  return createPrivateKey({ key, format: 'der', type: 'pkcs8' });
}

export const GATEWAY = 'gw-1';
export const LOG_NAME = `lamplight/vitals/${GATEWAY}`;
export const gatewaySigning = privateKey('ed25519', 'gateway signing key');
export const gatewayKey = ed25519PublicKey(gatewaySigning);
export const logSigning = privateKey('ed25519', 'log key');
export const careTeamKem = privateKey('x25519', 'care team key');
export const gatewayKem = privateKey('x25519', 'gateway key agreement');
export const careTeam = { id: 'care-team', publicKey: rawPublicKey(createPublicKey(careTeamKem)) };
export const self = { id: 'gateway', publicKey: rawPublicKey(createPublicKey(gatewayKem)) };

/** Saturday 21 November 2026, 08:30:00 UTC. */
export const START_MS = Date.UTC(2026, 10, 21, 8, 30);
export const BOOT = '00000000000000b0';
export const SESSION = '0123456789abcdef';
export const STAY = '5354415953544159535441595354aa01';
const boot = { boot: BOOT, correctedMs: START_MS };

export const SENML = `[{"bn":"${SESSION}:","bt":${START_MS / 1000},"n":"temperature","u":"Cel","v":36.60,"seq_":0},{"n":"heartRate","u":"/min","v":310,"seq_":1},{"n":"spo2","u":"%","vs":"sensor-off","seq_":2,"t":0.5}]`;

/** A value with all the digits that the device sent. */
export const valueReading: RecordReading = {
  ...boot,
  vital: 'temperature',
  value: { mantissa: 3660, exponent: -2 },
  unit: 'Cel',
  mdc: 150364,
  deviceTimeMs: START_MS,
  monotonicMs: 60_000,
  timeQuality: 'device',
  device: 'wear-1',
  session: SESSION,
  sequence: 0,
  flags: 0,
};
/** Implausible (flag 1), so its bytes as received stand in the record too. */
export const flaggedReading: RecordReading = {
  ...valueReading,
  vital: 'heartRate',
  value: { mantissa: 310, exponent: 0 },
  unit: '/min',
  mdc: 147842,
  sequence: 1,
  flags: 1,
  raw: new TextEncoder().encode('{"n":"heartRate","u":"/min","v":310,"seq_":1}'),
};
/** No number, no device time, and a sequence that the gateway assigned (flag 4). */
export const absentReading: RecordReading = {
  ...boot,
  vital: 'spo2',
  absent: 'sensor-off',
  unit: '%',
  mdc: 150456,
  monotonicMs: 60_250,
  correctedMs: START_MS + 250,
  timeQuality: 'received',
  device: 'oxi-7',
  session: BOOT,
  sequence: 0,
  flags: 4,
};
export const readings = [valueReading, flaggedReading, absentReading];

export const missingGap: Gap = {
  device: 'wear-1',
  evidence: 'sequence-missing',
  fromMs: START_MS - 2000,
  toMs: START_MS - 1000,
  missing: { session: SESSION, first: 4, last: 6 },
};
export const silenceGap: Gap = {
  device: 'oxi-7',
  evidence: 'link-lost',
  fromMs: START_MS - 9000,
  toMs: START_MS,
};
export const leafZero: LeafZero = {
  gateway: GATEWAY,
  runningNumber: 4,
  previousHash: seed('previous batch'),
  fromMs: START_MS - 9000,
  toMs: START_MS + 250,
  count: readings.length,
  devices: [
    { handle: 'wear-1', badge: 'C', label: 'device not verified' },
    { handle: 'oxi-7', badge: 'C', label: 'device not verified' },
  ],
  boot: { id: BOOT, wallMs: START_MS - 60_000, timeTrust: 1 },
  gaps: [missingGap, silenceGap],
};
export const EPOCH = 2;
export const BATCH_NUMBER = 9;
export const PADDING_BYTES = 64;
