// SPDX-License-Identifier: Apache-2.0
/**
 * Intake answers four questions about every measurement: which device, whose, when, plausible? What it accepts goes to the
 * journal in one entry with the sequence marks it moved; what it drops or refuses is counted by name.
 */
import { FLAG, type Measurement, type Reading } from '../../devices/index.ts';
import { encodeReading, type Gap } from '../../ledger/index.ts';
import { GatewayError } from '../errors.ts';
import type { JournalEntry } from '../journal/journal.ts';
import type { JournalRow } from '../journal/rows.ts';
import type { Ward, WardChange } from '../ward/ward-state.ts';
import type { Cadence } from './cadence.ts';
import { type CorrectedTime, DeviceClockOffset, type TimeLimits } from './corrected-time.ts';
import { plausibilityFlags } from './plausibility.ts';
import type { RecentReadings } from './recent-readings.ts';
import type { MissingHoles, SequenceMarks, SessionMark } from './sequence-marks.ts';

/** What intake knows of a device: enrolled by the technician. */
export interface Device {
  readonly handle: string;
  readonly kind: string;
  /** Declared interval in ward ms; undefined for an episodic device, which has no cadence and no gaps. */
  readonly intervalMs?: number;
}

export interface IntakeDeps {
  readonly ward: Ward;
  readonly marks: SequenceMarks;
  readonly recent: RecentReadings;
  readonly cadence: Cadence;
  /** This boot, 16 hex digits; also the session of readings whose sequence is the gateway's own. */
  readonly boot: string;
  /** Next sequence of each device that sends none; outlives this intake within a boot, so that no identity comes twice. */
  readonly assigned: Map<string, number>;
  readonly limits: TimeLimits;
  /** Ward wall time of a monotonic moment of this boot. */
  readonly wallMsAt: (monotonicMs: number) => number;
  readonly randomHex: (bytes: number) => string;
  readonly count: (name: IntakeCounter, by?: number) => void;
}
export type IntakeCounter = 'accepted' | 'duplicate' | 'collapsed' | 'late' | 'gaps' | 'busy' | 'unstored';

/** What came of one batch of measurements of one device. */
export interface Taken {
  readonly readings: readonly Reading[];
  readonly entry: JournalEntry;
}

const MAX_OFFSETS = 4096;
/** Holes, and silences, put on record at once; the rest follows with the next tick. Together far fewer than a group of the journal may have. */
const MAX_HOLES_AT_ONCE = 1024;
const MAX_SILENCES_AT_ONCE = 1024;

export class Intake {
  readonly #deps: IntakeDeps;
  readonly #offsets = new Map<string, DeviceClockOffset>();

  constructor(deps: IntakeDeps) {
    this.#deps = deps;
  }

  /**
   * Takes what one device sent in one message or frame. The caller appends `entry` to the journal, applies its ward changes
   * after the commit, and acknowledges. Throws SEQUENCE_REFUSED: then nothing of the message was taken.
   */
  take(device: Device, measurements: readonly Measurement[], monotonicMs: number): Taken {
    const receivedMs = this.#deps.wallMsAt(monotonicMs);
    this.#refuseBadSequences(device, measurements);
    const readings: Reading[] = [];
    const changes: WardChange[] = [];
    const touched = new Map<string, SessionMark>();
    for (const measurement of measurements) {
      const when = this.#when(device, measurement, receivedMs);
      const identity = this.#identify(device, measurement, when, receivedMs);
      if (!identity) continue;
      const mark = this.#deps.marks.get(device.handle, identity.session);
      if (mark) touched.set(identity.session, mark);
      const stay = this.#whose(device.handle, when.correctedMs, changes);
      const flags = measurement.flags | identity.flags | (when.late ? FLAG.late : 0) | plausibilityFlags(measurement);
      const { session, sequence } = identity;
      const { correctedMs, timeQuality } = when;
      const monotonic = Math.round(monotonicMs);
      readings.push({
        ...measurement,
        session,
        sequence,
        flags,
        device: device.handle,
        stay,
        boot: this.#deps.boot,
        monotonicMs: monotonic,
        correctedMs: Math.round(correctedMs),
        timeQuality,
      });
    }
    this.#deps.count('accepted', readings.length);
    // What the marks give up is signed in the same commit: no later one would know of it.
    const gaps = [
      ...this.#deps.cadence.heard(device.handle, receivedMs),
      ...this.#deps.marks.givenUp().flatMap(missingGaps),
    ];
    const rows: JournalRow[] = [
      ...this.#gapRows(gaps, changes),
      ...readings.map(
        (reading): JournalRow => ({
          kind: 'reading',
          stay: reading.stay,
          bytes: encodeReading(withoutRaw(reading)),
          raw: reading.raw,
        }),
      ),
    ];
    const progress = this.#deps.cadence.progressOf(device.handle);
    return {
      readings,
      entry: { rows, marks: [...touched.values()], progress: progress && rows.length > 0 ? [progress] : [], changes },
    };
  }

  /** What the bedside sees of measurements that cannot be stored: nothing is marked, and nothing will be written. */
  look(device: Device, measurements: readonly Measurement[], monotonicMs: number): Reading[] {
    const receivedMs = this.#deps.wallMsAt(monotonicMs);
    return measurements.flatMap((measurement) => {
      const { correctedMs, timeQuality, late } = this.#when(device, measurement, receivedMs);
      const stay = (this.#deps.ward.stayAt(device.handle, correctedMs) ?? this.#deps.ward.unknownStayOf(device.handle))
        ?.id;
      if (stay === undefined) return [];
      const flags = measurement.flags | (late ? FLAG.late : 0) | plausibilityFlags(measurement);
      const identity = { session: measurement.session ?? this.#deps.boot, sequence: measurement.sequence ?? 0 };
      return [
        {
          ...measurement,
          ...identity,
          flags,
          device: device.handle,
          stay,
          boot: this.#deps.boot,
          monotonicMs: Math.round(monotonicMs),
          correctedMs: Math.round(correctedMs),
          timeQuality,
        },
      ];
    });
  }

  /** Gaps that are due now: sequences that never came, and silence that goes on. */
  gapsDue(device: (handle: string) => Device | undefined, nowMs: number, graceMs: number): JournalEntry {
    const { cadence, marks } = this.#deps;
    const changes: WardChange[] = [];
    const missing = marks.report(nowMs - graceMs, MAX_HOLES_AT_ONCE);
    const silences = cadence.tick(nowMs, MAX_SILENCES_AT_ONCE).filter((gap) => device(gap.device));
    // Also of a device that is enrolled no more: while it was, its readings were missing.
    const gaps = [...silences, ...missing.flatMap(missingGaps)];
    const progress = gaps.flatMap((gap) => cadence.progressOf(gap.device) ?? []);
    return { rows: this.#gapRows(gaps, changes), marks: missing.map(({ mark }) => mark), progress, changes };
  }

  #gapRows(gaps: readonly Gap[], changes: WardChange[]): JournalRow[] {
    if (gaps.length > 0) this.#deps.count('gaps', gaps.length);
    return gaps.map((gap) => ({
      kind: 'gap',
      stay: this.#whose(gap.device, gap.fromMs, changes),
      boot: this.#deps.boot,
      gap: rounded(gap),
    }));
  }

  /** Which reading is it? Undefined for one that was taken before. */
  #identify(
    device: Device,
    m: Measurement,
    when: CorrectedTime,
    receivedMs: number,
  ): { session: string; sequence: number; flags: number } | undefined {
    if (m.session !== undefined && m.sequence !== undefined) {
      const outcome = this.#deps.marks.take(device.handle, m.session, m.sequence, when.correctedMs, receivedMs);
      if (outcome === 'new') return { session: m.session, sequence: m.sequence, flags: 0 };
      this.#deps.count('duplicate');
      return undefined;
    }
    // Without a sequence only equal device time and equal bytes collapse; without a time either, it is a live stream (formats).
    const seen =
      m.deviceTimeMs === undefined
        ? 'new'
        : this.#deps.recent.see(device.handle, m.vital, m.deviceTimeMs, m.raw, receivedMs);
    if (seen === 'repeat') {
      this.#deps.count('collapsed');
      return undefined;
    }
    const sequence = this.#deps.assigned.get(device.handle) ?? 0;
    this.#deps.assigned.set(device.handle, sequence + 1);
    return {
      session: this.#deps.boot,
      sequence,
      flags: FLAG.sequenceAssigned | (seen === 'conflict' ? FLAG.conflict : 0),
    };
  }

  /** A message with a number that can be neither new nor a known resend is refused whole, before anything of it is marked. */
  #refuseBadSequences(device: Device, measurements: readonly Measurement[]): void {
    for (const { session, sequence } of measurements) {
      if (session === undefined || sequence === undefined) continue;
      if (this.#deps.marks.wouldRefuse(device.handle, session, sequence))
        throw new GatewayError('SEQUENCE_REFUSED', device.handle);
    }
  }

  #when(device: Device, measurement: Measurement, receivedMs: number): CorrectedTime {
    const key = `${device.handle}/${measurement.session ?? ''}`;
    let offset = this.#offsets.get(key);
    if (!offset) {
      offset = new DeviceClockOffset();
      this.#offsets.set(key, offset);
      // The oldest goes: a session that comes back later measures its offset anew.
      if (this.#offsets.size > MAX_OFFSETS) this.#offsets.delete(this.#offsets.keys().next().value ?? '');
    }
    const when = offset.correct(measurement.deviceTimeMs, receivedMs, this.#deps.limits);
    if (when.late) this.#deps.count('late');
    return when;
  }

  /** The stay linked at that time, else the device's stay of nobody, which begins when it is first heard. */
  #whose(handle: string, atMs: number, changes: WardChange[]): string {
    const { ward } = this.#deps;
    const linked = ward.stayAt(handle, atMs) ?? ward.unknownStayOf(handle);
    if (linked) return linked.id;
    const stay = this.#deps.randomHex(16);
    const meeting = ward.meet(handle, stay, atMs);
    // In memory at once, so that the next message finds it; on disk in the transaction of the rows that need it.
    ward.apply(meeting);
    changes.push(...meeting);
    return stay;
  }
}

function withoutRaw(reading: Reading): Omit<Reading, 'raw' | 'stay'> {
  const { raw: _raw, ...rest } = reading;
  return rest;
}

function missingGaps({ mark: { device, session }, holes }: MissingHoles): Gap[] {
  return holes.map(({ first, last, fromMs, toMs }) => ({
    device,
    evidence: 'sequence-missing',
    fromMs,
    toMs,
    missing: { session, first, last },
  }));
}

function rounded<T extends { fromMs: number; toMs: number }>(gap: T): T {
  return { ...gap, fromMs: Math.round(gap.fromMs), toMs: Math.round(gap.toMs) };
}
