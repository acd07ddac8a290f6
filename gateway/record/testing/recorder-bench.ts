// SPDX-License-Identifier: Apache-2.0
/** A recorder over a real database in memory, with its keys, a clock that the test moves, and the record read back as the care team. */
import { createSecretKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import type { Reading } from '../../../devices/index.ts';
import {
  decodeKeyRecord,
  ed25519PublicKey,
  encodeReading,
  type OpenedEnvelope,
  openEnvelope,
  openEpochKey,
  rawPublicKey,
} from '../../../ledger/index.ts';
import { noFaultPoints, type PassFaultPoint } from '../../fault-point.ts';
import { inTransaction, openJournalDatabase } from '../../journal/journal-database.ts';
import type { JournalRow } from '../../journal/rows.ts';
import { StayStore } from '../../ward/stay-store.ts';
import { OutboxStore } from '../outbox-store.ts';
import { Recorder, type RecordLimits } from '../recorder.ts';
import { StreamStore } from '../stream-store.ts';

export const BOOT = '00000000000000b0';
const SESSION = '00000000000000e0';
export const START_MS = Date.UTC(2026, 10, 21);
const LIMITS: RecordLimits = {
  batchMaxMs: 300_000,
  batchMaxReadings: 1000,
  batchMaxBytes: 49_152,
  epochMs: 86_400_000,
  paddingBytes: 256,
};
const AS_BATCH = { limit: 10_000, maxBytes: 1 << 30 };

const signing = generateKeyPairSync('ed25519').privateKey;
const signingPublic = ed25519PublicKey(signing);
const careKem = generateKeyPairSync('x25519');
const selfKem = generateKeyPairSync('x25519');
const storeKey = createSecretKey(randomBytes(32));

/** A stay id from a small number. */
export const stayId = (n: number): string => n.toString(16).padStart(32, '0');

export function reading(sequence: number, more: Partial<Reading> = {}): Reading {
  return {
    vital: 'spo2',
    value: { mantissa: 90 + (sequence % 10), exponent: 0 },
    unit: '%',
    mdc: 150456,
    session: SESSION,
    sequence,
    flags: 0,
    raw: Buffer.from(`as received ${sequence}`),
    device: 'wear-1',
    stay: stayId(1),
    boot: BOOT,
    monotonicMs: 1000 * sequence,
    correctedMs: START_MS + 1000 * sequence,
    timeQuality: 'received',
    ...more,
  };
}

export function rowOf(reading: Reading): JournalRow {
  const { raw, stay, ...rest } = reading;
  return { kind: 'reading', stay, bytes: encodeReading(rest), raw };
}

/** A database with some stays; `restart` makes a fresh recorder over what is on it. */
export class RecorderBench {
  readonly database: DatabaseSync = openJournalDatabase(':memory:');
  readonly stays = new StayStore(this.database, storeKey, randomBytes);
  readonly streams = new StreamStore(this.database);
  readonly outbox = new OutboxStore(this.database);
  readonly limits: RecordLimits;
  readonly sealed: number[] = [];
  recorder: Recorder;
  nowMs = START_MS;
  passFaultPoint: PassFaultPoint = noFaultPoints;

  constructor(limits: Partial<RecordLimits> = {}, stays: readonly string[] = [stayId(1)]) {
    this.limits = { ...LIMITS, ...limits };
    inTransaction(this.database, () => {
      for (const id of stays) {
        const stay = { id, bed: `bed ${Number.parseInt(id, 16)}`, name: null, openedMs: START_MS, closedMs: null };
        this.stays.apply([{ type: 'open-stay', stay }]);
      }
    });
    this.recorder = this.restart();
  }

  restart(): Recorder {
    this.recorder = new Recorder({
      database: this.database,
      streams: this.streams,
      outbox: this.outbox,
      stays: this.stays,
      gateway: 'bench',
      signing,
      signingPublic,
      gatewayKem: selfKem.privateKey,
      careTeam: { id: 'care-team', publicKey: rawPublicKey(careKem.publicKey) },
      self: { id: 'gateway', publicKey: rawPublicKey(selfKem.publicKey) },
      limits: this.limits,
      random: randomBytes,
      wardMs: () => this.nowMs,
      bootOf: () => ({ wallMs: START_MS, timeTrust: 1 }),
      trustOf: () => ({ badge: 'C', label: 'device not verified' }),
      passFaultPoint: (point) => this.passFaultPoint(point),
      onSealed: (number) => this.sealed.push(number),
    });
    return this.recorder;
  }

  /** Takes readings as journal rows `first`, `first + 1`, ... */
  take(first: number, readings: readonly Reading[]): Promise<void> {
    return this.recorder.take(readings.map((one, i) => ({ sequence: first + i, row: rowOf(one) })));
  }

  closeStay(stay: string): void {
    inTransaction(this.database, () => this.stays.apply([{ type: 'close-stay', stay, atMs: this.nowMs }]));
  }

  /** Who can open each epoch of a stay. */
  recipients(stay: string): string[][] {
    const [stream] = this.streams.streamsOf(stay);
    return this.streams
      .epochs(stream!.id)
      .map((epoch) => decodeKeyRecord(epoch.keyRecord).wraps.map(({ recipient }) => recipient));
  }

  /** Every sealed batch in order, opened as the care team. */
  async record(): Promise<OpenedEnvelope[]> {
    const opened: OpenedEnvelope[] = [];
    for (const { tag, epoch, envelope } of this.outbox.unstored(AS_BATCH.limit, AS_BATCH.maxBytes)) {
      const row = this.database.prepare('SELECT key_record FROM epoch WHERE tag = ? AND epoch = ?').get(tag, epoch);
      const record = decodeKeyRecord(row?.['key_record'] as Uint8Array);
      const key = await openEpochKey(record, 'care-team', careKem.privateKey, signingPublic);
      opened.push(openEnvelope(envelope, key, signingPublic));
    }
    return opened;
  }
}
