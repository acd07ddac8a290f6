// SPDX-License-Identifier: Apache-2.0
/**
 * Bytes that a reading takes in InfluxDB's compacted files: sealed in batches, and as plain points of the same readings. A virtual
 * patient, one device per vital, each at 1 Hz; receive times wander by tens of milliseconds, as they do.
 */
import { createPrivateKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { createPatient, type PatientVital } from '../../devices/sim/patient.ts';
import { VITALS } from '../../devices/vitals.ts';
import { InfluxConnection } from '../../gateway/series/influx.ts';
import { InfluxSeries } from '../../gateway/series/influx-series.ts';
import { systemTimers } from '../../gateway/timers.ts';
import { encodeReading, type RecordReading, sealBatch, xaesKey } from '../../ledger/index.ts';
import { INFLUX_DATABASE, type Influxd, startInfluxd } from '../support/influxd.ts';
import { storedBytes } from './plain-points.ts';

export interface StoredBytesOptions {
  readonly hours: number;
  /** A batch closes at so many readings. */
  readonly batchReadings: number;
}

export interface StoredBytes {
  readonly readings: number;
  /** Per reading: InfluxDB's files with sealed batches, and the envelopes alone. */
  readonly sealed: number;
  readonly envelopes: number;
  /** InfluxDB's files with plain points at the devices' whole seconds, and at the milliseconds of receipt. */
  readonly plain: number;
  readonly plainReceived: number;
}

// biome-ignore format: one line reads as one patient
const PATIENT_VITALS: readonly PatientVital[] = ['heartRate', 'spo2', 'respiratoryRate', 'temperature', 'bpSystolic', 'bpDiastolic'];
const START_MS = 1_795_000_000_000;
const EPOCH_MS = 86_400_000;
const PADDING_BYTES = 64;
const JITTER_MS = 40;
const POINTS_AT_ONCE = 64;
const LINES_AT_ONCE = 10_000;

export async function measureStoredBytes(options: StoredBytesOptions): Promise<StoredBytes> {
  const readings = [...patientReadings(options)];
  const envelopes = [...sealed(readings, options.batchReadings)];
  return {
    readings: readings.length,
    sealed: (await sizeWith((influxd) => writeSealed(influxd, envelopes))) / readings.length,
    envelopes: envelopes.reduce((sum, { length }) => sum + length, 0) / readings.length,
    plain:
      (await sizeWith((influxd) => writePlain(influxd, readings, (reading) => reading.correctedMs))) / readings.length,
    plainReceived:
      (await sizeWith((influxd) => writePlain(influxd, readings, (reading) => START_MS + reading.monotonicMs))) /
      readings.length,
  };
}

async function sizeWith(write: (influxd: Influxd) => Promise<void>): Promise<number> {
  await using influxd = await startInfluxd();
  await write(influxd);
  return await storedBytes(influxd);
}

function* patientReadings({ hours }: StoredBytesOptions): Generator<RecordReading> {
  const patient = createPatient(7);
  for (let second = 0; second < hours * 3600; second++) {
    for (const vital of PATIENT_VITALS) {
      const atMs = START_MS + 1000 * second;
      yield {
        vital,
        value: patient.read(vital, atMs),
        unit: VITALS[vital]!.unit,
        mdc: VITALS[vital]!.mdc[0]!,
        deviceTimeMs: atMs,
        boot: '00000000000000b0',
        monotonicMs: 5000 + 1000 * second + Math.floor(Math.random() * JITTER_MS),
        correctedMs: atMs,
        timeQuality: 'device',
        device: `wear-${vital.toLowerCase()}`,
        session: '00000000000000e0',
        sequence: second,
        flags: 0,
      };
    }
  }
}

function* sealed(readings: readonly RecordReading[], batchReadings: number): Generator<Uint8Array> {
  const signingKey = createPrivateKey(
    generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }),
  );
  const epochKey = xaesKey(randomBytes(32));
  for (let first = 0, number = 0; first < readings.length; first += batchReadings, number++) {
    const some = readings.slice(first, first + batchReadings);
    const handles = [...new Set(some.map(({ device }) => device))];
    yield sealBatch({
      leafZero: {
        gateway: 'bench',
        runningNumber: number,
        previousHash: randomBytes(32),
        fromMs: some[0]!.correctedMs,
        toMs: some.at(-1)!.correctedMs,
        count: some.length,
        devices: handles.map((handle) => ({ handle, badge: 'C', label: 'device not verified' })),
        boot: { id: '00000000000000b0', wallMs: START_MS - 5000, timeTrust: 1 },
        gaps: [],
      },
      readings: some.map((reading) => ({ reading, bytes: encodeReading(reading) })),
      streamTag: TAG,
      epoch: EPOCH,
      number,
      epochKey,
      signingKey,
      paddingBytes: PADDING_BYTES,
      random: randomBytes,
    }).envelope;
  }
}
const TAG = randomBytes(16);
const EPOCH = Math.floor(START_MS / EPOCH_MS);

async function writeSealed({ url }: Influxd, envelopes: readonly Uint8Array[]): Promise<void> {
  using series = new InfluxSeries(new InfluxConnection({ url, database: INFLUX_DATABASE }, systemTimers()));
  const points = envelopes.map((envelope, number) => ({
    outbox: number + 1,
    tag: TAG,
    epoch: EPOCH,
    number,
    epochStartMs: EPOCH * EPOCH_MS,
    envelope,
  }));
  for (let first = 0; first < points.length; first += POINTS_AT_ONCE) {
    const outcomes = await series.write(points.slice(first, first + POINTS_AT_ONCE));
    if (outcomes.some((outcome) => outcome !== 'stored')) throw new Error('a batch was not stored');
  }
}

/** One measurement a vital, an integer field: as small as plain points get. */
async function writePlain(
  influxd: Influxd,
  readings: readonly RecordReading[],
  timeMs: (reading: RecordReading) => number,
): Promise<void> {
  for (let first = 0; first < readings.length; first += LINES_AT_ONCE) {
    const lines = readings
      .slice(first, first + LINES_AT_ONCE)
      .map(
        (reading) =>
          `${reading.vital},device=${reading.device} value=${reading.value!.mantissa}i ${timeMs(reading)}000000`,
      );
    await influxd.writeLines(lines.join('\n'));
  }
}
