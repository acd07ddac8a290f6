// SPDX-License-Identifier: Apache-2.0
/** The synthetic ward: every virtual device of the credentials file, each with its bed's patient. */
import type { WardClock } from '../clock.ts';
import type { SenmlRecord } from '../mqtt/senml-encode.ts';
import { VITALS } from '../vitals.ts';
import { keepCadence } from './cadence.ts';
import type { DeviceCredential } from './credentials-file.ts';
import type { FaultPlan } from './faults.ts';
import { createPatient, type Patient, type PatientVital } from './patient.ts';
import { randomAt, seedOf } from './rng.ts';
import { VirtualNonin } from './virtual-nonin.ts';
import { VirtualWearable } from './virtual-wearable.ts';
import { tcpWire } from './wire.ts';

const CUFF_PERIOD_MS = 15 * 60_000;
const STEADY: readonly PatientVital[] = ['heartRate', 'respiratoryRate', 'temperature'];
const CUFF: readonly PatientVital[] = ['bpSystolic', 'bpDiastolic', 'bpMean'];
/** A virtual battery loses a percent in half an hour, and is charged at 4 %. */
const BATTERY_PERCENT_MS = 30 * 60_000;
const BATTERY_RANGE = 97;
const PLACE = /^(wear|oxi)-(\d+)$/;

export interface WardOptions {
  readonly devices: readonly DeviceCredential[];
  readonly broker: string;
  readonly gateway: string;
  readonly clock: WardClock;
  readonly seed: number;
  /** By handle. */
  readonly faults: ReadonlyMap<string, FaultPlan>;
  /** The broker refused a device's credential; told once for each device. */
  readonly onRefused: (handle: string) => void;
}

type DeviceReport = Readonly<Record<string, number | string>>;

export interface RunningWard extends AsyncDisposable {
  /** What each device did, by handle: its counters, and the session of a wearable. */
  report(): Readonly<Record<string, DeviceReport>>;
  /** Stops measuring; resolves once all that was measured is acknowledged. */
  settled(): Promise<void>;
}

/** Starts all devices; they connect in the background. Rejects with SIMULATE_PORT. */
export async function startWard(options: WardOptions): Promise<RunningWard> {
  const stop = new AbortController();
  await using started = new AsyncDisposableStack();
  const reports = new Map<string, () => DeviceReport>();
  const wearables: VirtualWearable[] = [];
  const cadences: Promise<void>[] = [];
  for (const device of options.devices) {
    if (device.kind === 'senml') {
      const wearable = started.use(startWearable(options, device));
      wearables.push(wearable);
      cadences.push(wear(options, device, wearable, stop.signal));
      reports.set(device.handle, () => ({ session: wearable.session, ...wearable.counters() }));
    } else {
      const oximeter = started.use(await startOximeter(options, device));
      reports.set(device.handle, () => oximeter.counters());
    }
  }
  const running = started.move();
  const stopMeasuring = async () => {
    stop.abort();
    await Promise.all(cadences);
  };
  return {
    report: () => Object.fromEntries([...reports].map(([handle, read]) => [handle, read()])),
    async settled() {
      await stopMeasuring();
      await Promise.all(wearables.map((wearable) => wearable.settled()));
    },
    async [Symbol.asyncDispose]() {
      await stopMeasuring();
      await running.disposeAsync();
    },
  };
}

/** One patient a bed: `wear-7` and `oxi-7` measure the same person. */
export function patientOf(seed: number, handle: string): Patient {
  return createPatient(seedOf(seed, `patient ${PLACE.exec(handle)?.[2] ?? handle}`));
}

/** What the wearable's sensors say at that ward time, as they write it. */
function recordsOf(patient: Patient, vitals: readonly PatientVital[], wardMs: number): SenmlRecord[] {
  return vitals.map((vital) => ({ vital, unit: VITALS[vital]!.unit, value: patient.read(vital, wardMs) }));
}

/** How full the device's battery is at that ward time, 4 to 100 %; each device was charged at another time. */
export function batteryAt(seed: number, handle: string, wardMs: number): number {
  const charged = Math.floor(randomAt(seedOf(seed, `${handle}/battery`), 0) * BATTERY_RANGE);
  return 100 - ((charged + Math.floor(wardMs / BATTERY_PERCENT_MS)) % BATTERY_RANGE);
}

type Wearable = Extract<DeviceCredential, { kind: 'senml' }>;
type Oximeter = Extract<DeviceCredential, { kind: 'nonin-df2' }>;

function startWearable(options: WardOptions, { handle, secret }: Wearable): VirtualWearable {
  const { broker, gateway, clock, seed, faults } = options;
  const plan = faults.get(handle);
  return new VirtualWearable({ broker, gateway, handle, secret, clock, seed, ...(plan && { faults: plan }) }).start();
}

async function startOximeter({ clock, seed, faults }: WardOptions, { handle, port }: Oximeter): Promise<VirtualNonin> {
  const wire = await tcpWire(port);
  const plan = faults.get(handle);
  const patient = patientOf(seed, handle);
  return new VirtualNonin({ handle, patient, clock, seed, wire, ...(plan && { faults: plan }) }).start();
}

function wear(options: WardOptions, { handle, intervalMs }: Wearable, wearable: VirtualWearable, signal: AbortSignal) {
  const { clock, seed, devices, onRefused } = options;
  const patient = patientOf(seed, handle);
  const oximeter = handle.replace(PLACE, 'oxi-$2');
  const leavesSpo2 = devices.some((other) => other.handle === oximeter && other.handle !== handle);
  const steady: readonly PatientVital[] = leavesSpo2 ? STEADY : [...STEADY, 'spo2'];
  let nextCuffMs = Number.NEGATIVE_INFINITY;
  let toldRefused = false;
  // Real devices do not all speak at the same moment.
  const firstAfterMs = Math.floor(randomAt(seedOf(seed, `${handle}/phase`), 0) * intervalMs);
  return keepCadence({ clock, signal }, { periodMs: intervalMs, firstAfterMs }, (wardMs) => {
    const cuffIsDue = wardMs >= nextCuffMs;
    if (cuffIsDue) nextCuffMs = wardMs + CUFF_PERIOD_MS;
    // Now and then, as real ones do: the battery is told with the cuff.
    if (cuffIsDue)
      wearable.publish(recordsOf(patient, [...steady, ...CUFF], wardMs), wardMs, batteryAt(seed, handle, wardMs));
    else wearable.publish(recordsOf(patient, steady, wardMs), wardMs);
    if (toldRefused || wearable.counters()['refusedConnects'] === 0) return;
    toldRefused = true;
    onRefused(handle);
  });
}
