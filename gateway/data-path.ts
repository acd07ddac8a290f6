// SPDX-License-Identifier: Apache-2.0
/**
 * The life of a reading up to its acknowledgement, in one place: intake, journal, live (design 2, steps 2 to 4). Everything a
 * sensor sends comes through `accept`; when its promise resolves, the readings are durable and the sensor may forget them.
 */
import type { Measurement } from '../devices/index.ts';
import type { GapEvidence } from '../ledger/index.ts';
import { GatewayError } from './errors.ts';
import { Cadence, type DeviceProgress } from './intake/cadence.ts';
import { type DeviceFacts, FactsOfDevices } from './intake/device-facts.ts';
import { type Device, Intake, type IntakeDeps, type Taken } from './intake/intake.ts';
import { RecentReadings } from './intake/recent-readings.ts';
import { SequenceMarks } from './intake/sequence-marks.ts';
import type { DiskState } from './journal/disk.ts';
import type { Journal } from './journal/journal.ts';
import type { JournalState } from './journal/journal-writer.ts';
import { type Corrected, Live } from './live/live.ts';
import type { LiveReading } from './messages.ts';
import { Ward, type WardChange } from './ward/ward-state.ts';

export interface DataPathDeps extends Omit<IntakeDeps, 'ward' | 'marks' | 'cadence' | 'recent' | 'assigned'> {
  readonly journal: Journal;
  readonly beds: readonly string[];
  readonly devices: () => readonly Device[];
  readonly device: (handle: string) => Device | undefined;
  readonly wardMs: () => number;
  /** Ward ms that a missing sequence number may still come before it is signed as missing. */
  readonly gapGraceMs: number;
  readonly onLive: (news: readonly LiveReading[]) => void;
}

export class DataPath {
  readonly live: Live;
  readonly #deps: DataPathDeps;
  #ward: Ward;
  #intake: Intake;
  #cadence: Cadence;
  #disk: DiskState = 'recording';
  #rebuilding: Promise<void> | undefined;
  #telling: NodeJS.Immediate | undefined;
  readonly #assigned = new Map<string, number>();
  readonly #facts = new FactsOfDevices();

  constructor(deps: DataPathDeps, state: JournalState) {
    this.#deps = deps;
    ({ ward: this.#ward, intake: this.#intake, cadence: this.#cadence } = this.#begin(state, 'gateway-down'));
    this.live = new Live({
      ward: () => this.#ward,
      intervalMsOf: (device) => this.device(device)?.intervalMs,
      wallMsAt: deps.wallMsAt,
    });
  }

  get ward(): Ward {
    return this.#ward;
  }

  device(handle: string): Device | undefined {
    return this.#deps.device(handle);
  }

  /** What is known of a device since the gateway started. */
  factsOf(handle: string): DeviceFacts {
    return this.#facts.of(handle);
  }

  /**
   * Takes what a device sent. Resolves once it is durable. Rejects with JOURNAL_FULL, JOURNAL_BUSY, JOURNAL_STOPPED or
   * SEQUENCE_REFUSED: then nothing was taken, and the sensor must not be acknowledged.
   */
  async accept(device: Device, measurements: readonly Measurement[], monotonicMs: number): Promise<void> {
    await this.#rebuilding;
    this.#facts.heard(device.handle, this.#deps.wallMsAt(monotonicMs));
    if (this.#disk === 'refusing') {
      // Nothing is stored and nothing acknowledged, but the bedside still sees its numbers (design 2.3).
      this.#show(this.#intake.look(device, measurements, monotonicMs));
      this.#deps.count('unstored', measurements.length);
      throw new GatewayError('JOURNAL_FULL');
    }
    if (!this.#deps.journal.hasRoom()) {
      this.#deps.count('busy', measurements.length);
      throw new GatewayError('JOURNAL_BUSY');
    }
    const { readings, entry } = this.#take(device, measurements, monotonicMs);
    // A resend is acknowledged when what it repeats is durable, which may still be under way.
    if (entry.rows.length === 0) await this.#deps.journal.barrier();
    else await this.#append(entry);
    this.#facts.resent(device.handle, measurements.length - readings.length);
    this.#show(readings);
  }

  /** A refused message took nothing. Any other failure is a bug, and would turn the message's resend into an acknowledged nothing. */
  #take(...message: Parameters<Intake['take']>): Taken {
    try {
      return this.#intake.take(...message);
    } catch (error) {
      if (!(error instanceof GatewayError)) this.#deps.journal.giveUp(error);
      throw error;
    }
  }

  /** Puts gaps that are due on record; also while readings are refused, for that is what the disk's reserve is kept for. */
  async tick(): Promise<void> {
    await this.#rebuilding;
    if (!this.#deps.journal.hasRoom()) return;
    const entry = this.#intake.gapsDue((handle) => this.device(handle), this.#deps.wardMs(), this.#deps.gapGraceMs);
    if (entry.rows.length > 0) await this.#append(entry);
  }

  /** Resolves when changes of the ward are durable. When they are refused, the ward is what it was. */
  async change(plan: (ward: Ward) => WardChange[]): Promise<void> {
    await this.#rebuilding;
    const changes = plan(this.#ward);
    // In memory at once, on disk before any row that builds on them: else a sensor first heard during the commit would be linked twice.
    this.#ward.apply(changes);
    await this.#append({ rows: [], changes }, true);
  }

  /** Devices were enrolled or removed: their beat is watched from now on, or no longer. */
  devicesChanged(): void {
    const devices = this.#deps.devices();
    this.#facts.keepOnly(new Set(devices.map(({ handle }) => handle)));
    const beating = devices.flatMap(({ handle, intervalMs }) => (intervalMs ? [[handle, intervalMs] as const] : []));
    this.#cadence.watchOnly(new Map(beating), this.#deps.wardMs());
  }

  /** A device said how full its battery is, 0 to 100. Not of a patient: nothing of it goes on record. */
  batteryTold(handle: string, percent: number, monotonicMs: number): void {
    this.#facts.battery(handle, { percent, toldMs: this.#deps.wallMsAt(monotonicMs) });
  }

  linkChanged(handle: string, state: 'up' | 'down'): void {
    if (state === 'down') this.#cadence.explain(handle, 'link-lost');
  }

  /** The disk is too full for readings: they are shown, not stored. */
  get isRefusing(): boolean {
    return this.#disk === 'refusing';
  }

  diskChanged(state: DiskState): void {
    this.#disk = state;
    if (state === 'refusing') for (const { handle } of this.#deps.devices()) this.#cadence.explain(handle, 'disk-full');
  }

  async #append(entry: Parameters<Journal['append']>[0], atOnce = false): Promise<void> {
    try {
      await this.#deps.journal.append(entry, atOnce);
      // After the commit: a gap that the disk refused is due again.
      for (const row of entry.rows)
        if (row.kind === 'gap' && this.device(row.gap.device)) this.#facts.gap(row.gap.device);
    } catch (error) {
      // The marks in memory ran ahead of the disk. Begin anew from what is there; only then may the journal go on.
      this.#rebuilding ??= this.#rebuild().finally(() => {
        this.#rebuilding = undefined;
      });
      await this.#rebuilding;
      throw error;
    }
  }

  async #rebuild(): Promise<void> {
    const state = await this.#deps.journal.resume();
    ({ ward: this.#ward, intake: this.#intake, cadence: this.#cadence } = this.#begin(state, 'disk-full'));
  }

  /** From what is on disk; `evidence` says why nothing was stored since. */
  #begin(state: JournalState, evidence: GapEvidence): { ward: Ward; intake: Intake; cadence: Cadence } {
    const ward = new Ward(this.#deps.beds, state.ward);
    const cadence = new Cadence();
    const progress = new Map<string, DeviceProgress>(state.progress.map((entry) => [entry.device, entry]));
    for (const { handle, intervalMs } of this.#deps.devices()) {
      if (intervalMs !== undefined)
        cadence.watch(handle, intervalMs, this.#deps.wardMs(), progress.get(handle), evidence);
    }
    return {
      ward,
      cadence,
      intake: new Intake({
        ...this.#deps,
        ward,
        cadence,
        assigned: this.#assigned,
        // What was refused must not be taken for a repeat when it is sent again.
        recent: new RecentReadings(),
        marks: new SequenceMarks(state.marks, this.#deps.wardMs()),
      }),
    };
  }

  /** Somebody said of readings that they are wrong: no board goes on showing one as the patient's. */
  corrected(what: Corrected): void {
    const news = this.live.correct(what);
    if (news.length > 0) this.#deps.onLive(news);
  }

  /** What was said of readings of the stay was taken back, but for what still stands: boards show the others again. */
  restored(stay: string, standing: readonly Corrected[]): void {
    const news = this.live.restore(stay, standing);
    if (news.length > 0) this.#deps.onLive(news);
  }

  /** What one commit made durable is told in one go: a message a reading would cost more than the commit. */
  #show(readings: Parameters<Live['take']>[0]): void {
    this.live.take(readings);
    this.#telling ??= setImmediate(() => {
      this.#telling = undefined;
      for (let news = this.live.news(); news.length > 0; news = this.live.news()) this.#deps.onLive(news);
    });
  }
}
