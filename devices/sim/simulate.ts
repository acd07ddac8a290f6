// SPDX-License-Identifier: Apache-2.0
/** `lamplight simulate`: plays a synthetic ward, or one recorded patient, over real transports. */
import { parseArgs } from 'node:util';
import { createWardClock, parseClock, realDelay, type WardClock } from '../clock.ts';
import { DeviceError, type DeviceErrorCode } from '../errors.ts';
import { type DeviceCredential, readCredentials } from './credentials-file.ts';
import { type FaultPlan, parseFaults } from './faults.ts';
import { openRecording } from './recording.ts';
import { replay, rowMs } from './replay.ts';
import { SIMULATE_USAGE } from './usage.ts';
import { VirtualWearable } from './virtual-wearable.ts';
import { startWard } from './ward.ts';

/** What the verb touches of its process. */
export interface SimulateIo {
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborted when the process is asked to stop. */
  readonly signal?: AbortSignal;
}

const OPTIONS = {
  credentials: { type: 'string' },
  broker: { type: 'string', default: 'mqtt://127.0.0.1:1883' },
  gateway: { type: 'string', default: 'demo' },
  seed: { type: 'string', default: '1' },
  rate: { type: 'string' },
  'clock-origin': { type: 'string' },
  recording: { type: 'string' },
  record: { type: 'string' },
  device: { type: 'string' },
  once: { type: 'boolean', default: false },
  fault: { type: 'string', multiple: true },
  help: { type: 'boolean', short: 'h' },
} as const;
type Values = ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>['values'];

/** After the request to stop, what is measured may still be acknowledged for so long. */
const LAST_ACKNOWLEDGEMENTS_MS = 2000;
const BROKER_URL = /^mqtt:\/\/[^\s/]+:\d{1,5}$/;
const GATEWAY_NAME = /^[^\s/+#]{1,64}$/;
const SEED = /^\d{1,15}$/;

/** Everything checked and read that a run needs. */
interface Run {
  readonly values: Values;
  readonly clock: WardClock;
  readonly seed: number;
  readonly devices: readonly DeviceCredential[];
  readonly faults: ReadonlyMap<string, FaultPlan>;
  readonly signal: AbortSignal;
  readonly io: SimulateIo;
}

/** Resolves with the exit code: 0 done, 1 refused or not acknowledged, 2 wrong use. Never rejects with a DeviceError. */
export async function simulateCommand(argv: readonly string[], io: SimulateIo): Promise<number> {
  try {
    const values = readOptions(argv);
    if (values.help) {
      io.stdout.write(`lamplight ${SIMULATE_USAGE}\n`);
      return 0;
    }
    const run = await prepare(values, io);
    return await (values.recording === undefined ? playWard(run) : playRecording(run, values.recording));
  } catch (error) {
    if (!(error instanceof DeviceError)) throw error;
    io.stderr.write(`${error.code}: ${error.message}\n${error.advice}\n`);
    return error.code === 'SIMULATE_USAGE' ? 2 : 1;
  }
}

function readOptions(argv: readonly string[]): Values {
  try {
    return parseArgs({ args: [...argv], options: OPTIONS }).values;
  } catch (cause) {
    throw new DeviceError('SIMULATE_USAGE', cause instanceof Error ? cause.message : undefined, { cause });
  }
}

async function prepare(values: Values, io: SimulateIo): Promise<Run> {
  const { credentials, broker, gateway, rate, once, recording, record, device } = values;
  const clockOptions = parseClock({ rate, origin: values['clock-origin'] });
  if (credentials === undefined) throw wrongUse('--credentials FILE is missing');
  if (!BROKER_URL.test(broker)) throw wrongUse('--broker is not mqtt://host:port');
  if (!GATEWAY_NAME.test(gateway)) throw wrongUse('--gateway is not one level of a topic');
  if (!SEED.test(values.seed)) throw wrongUse('--seed is not a whole number');
  if (!clockOptions) throw wrongUse('--rate or --clock-origin is not understood');
  const recordingOnly = once || record !== undefined || device !== undefined;
  if (recording === undefined && recordingOnly) throw wrongUse('--record, --device and --once need --recording');
  const devices = await readCredentials(credentials);
  return {
    values,
    clock: createWardClock(clockOptions),
    seed: Number(values.seed),
    devices,
    faults: readFaults(values.fault ?? [], devices),
    signal: io.signal ?? new AbortController().signal,
    io,
  };
}

function readFaults(texts: readonly string[], devices: readonly DeviceCredential[]): Map<string, FaultPlan> {
  const faults = new Map<string, FaultPlan>();
  for (const text of texts) {
    const [handle = '', plan = ''] = text.split(/=(.*)/s);
    if (!devices.some((device) => device.handle === handle)) throw wrongUse('--fault names no device of the file');
    const parsed = parseFaults(plan);
    if (!parsed.ok) throw parsed.error;
    faults.set(handle, parsed.value);
  }
  return faults;
}

async function playWard({ values, clock, seed, devices, faults, signal, io }: Run): Promise<number> {
  const { broker, gateway } = values;
  const onRefused = (handle: string) => warn(io, 'SIMULATE_REFUSED', handle);
  await using ward = await startWard({ devices, broker, gateway, clock, seed, faults, onRefused });
  say(io, { ready: true, origin: 'synthetic', devices: devices.length });
  await stopped(signal);
  await Promise.race([ward.settled(), realDelay(LAST_ACKNOWLEDGEMENTS_MS)]);
  say(io, { devices: ward.report() });
  return 0;
}

/** Only the recorded patient: the synthetic ones would stand beside it as if they were of one kind. */
async function playRecording(run: Run, folder: string): Promise<number> {
  const { values, clock, seed, faults, signal, io } = run;
  const { broker, gateway, once, rate, record } = values;
  const { handle, secret } = wearableOf(run);
  const recording = await openRecording(folder, record);
  const plan = faults.get(handle);
  const options = { broker, gateway, handle, secret, clock, seed, ...(plan && { faults: plan }) };
  await using wearable = new VirtualWearable(options).start();
  if (!once) say(io, { ready: true, origin: 'recorded, de-identified', devices: 1 });
  const atOnce = once && rate === undefined;
  const lengthMs = (recording.header.frames - 1) * rowMs(recording);
  const startMs = clock.wallMs() - (atOnce ? lengthMs : 0);
  const sent = await replay(recording, wearable, { clock, startMs, signal });
  if (!once) await stopped(signal);
  const impatience = signal.aborted ? realDelay(LAST_ACKNOWLEDGEMENTS_MS) : stopped(signal);
  await Promise.race([wearable.settled(), impatience]);
  const counters = wearable.counters();
  say(io, { ...sent, session: wearable.session, ...counters });
  const { refusedConnects, waiting, droppedMessages } = counters;
  if (refusedConnects) warn(io, 'SIMULATE_REFUSED', handle);
  const complete = sent.messages === recording.header.frames && waiting === 0 && droppedMessages === 0;
  return complete || (!once && !refusedConnects) ? 0 : 1;
}

function wearableOf({ values, devices }: Run): Extract<DeviceCredential, { kind: 'senml' }> {
  const wanted = values.device;
  const device = devices.find(({ handle, kind }) => (wanted === undefined ? kind === 'senml' : handle === wanted));
  if (device?.kind !== 'senml') throw wrongUse('--device is no wearable (kind "senml") of the file');
  return device;
}

function stopped(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

function wrongUse(detail: string): DeviceError {
  return new DeviceError('SIMULATE_USAGE', detail);
}

function warn({ stderr }: SimulateIo, code: DeviceErrorCode, detail: string): void {
  const { message, advice } = new DeviceError(code, detail);
  stderr.write(`${code}: ${message}\n${advice}\n`);
}

function say({ stdout }: SimulateIo, line: Readonly<Record<string, unknown>>): void {
  stdout.write(`${JSON.stringify(line)}\n`);
}
