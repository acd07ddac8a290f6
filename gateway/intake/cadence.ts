// SPDX-License-Identifier: Apache-2.0
/** Silence explained (I3): a device with a declared interval that says nothing for 2.5 intervals leaves a gap with its evidence. */
import type { Gap, GapEvidence } from '../../ledger/index.ts';

/** How far one device has come; committed with its readings, so that a restart knows since when it was silent. */
export interface DeviceProgress {
  readonly device: string;
  /** Ward ms since 1970 at which it was last heard. */
  readonly lastMs: number;
  /** Silence up to here stands in the record. */
  readonly reportedToMs: number;
}

/** Silence is a gap after this many declared intervals (formats, "Staleness limits"). */
export const SILENT_INTERVALS = 2.5;
/** Ongoing silence is put on record this often, in ward milliseconds. */
export const REPORT_SILENCE_EVERY_MS = 300_000;

interface Watch {
  readonly intervalMs: number;
  progress: DeviceProgress;
  /** What explains the silence since the device was last heard; a link that went down beats a missed beat. */
  evidence: GapEvidence;
}

/** Watches the beat of every device that has one. Pure: time is handed in, gaps are given back. */
export class Cadence {
  private readonly watches = new Map<string, Watch>();

  /** Starts to watch. With `progress` of before, `evidence` explains the silence since then: by default a former boot's end. */
  watch(
    device: string,
    intervalMs: number,
    nowMs: number,
    progress?: DeviceProgress,
    evidence: GapEvidence = 'gateway-down',
  ): void {
    this.watches.set(device, {
      intervalMs,
      progress: progress ?? { device, lastMs: nowMs, reportedToMs: nowMs },
      evidence: progress ? evidence : 'cadence-missed',
    });
  }

  /** Watches exactly these devices, by handle with their interval: new ones from now on. */
  watchOnly(intervals: ReadonlyMap<string, number>, nowMs: number): void {
    for (const device of this.watches.keys()) if (!intervals.has(device)) this.watches.delete(device);
    for (const [device, intervalMs] of intervals) {
      const watch = this.watches.get(device);
      if (watch?.intervalMs !== intervalMs) this.watch(device, intervalMs, nowMs, watch?.progress, watch?.evidence);
    }
  }

  /** The device spoke: gives the gap that ends here, if it was silent too long. */
  heard(device: string, nowMs: number): Gap[] {
    const watch = this.watches.get(device);
    if (!watch) return [];
    const gaps = this.silence(watch, nowMs);
    watch.progress = { device, lastMs: nowMs, reportedToMs: nowMs };
    watch.evidence = 'cadence-missed';
    return gaps;
  }

  /** Something explains the silence that began: the link is lost, the disk is full. */
  explain(device: string, evidence: GapEvidence): void {
    const watch = this.watches.get(device);
    if (watch && watch.evidence === 'cadence-missed') watch.evidence = evidence;
  }

  /** Ongoing silence, put on record every now and then: at most `limit` gaps, for the rest is still due at the next call. */
  tick(nowMs: number, limit = Number.POSITIVE_INFINITY): Gap[] {
    const gaps: Gap[] = [];
    for (const watch of this.watches.values()) {
      if (gaps.length >= limit) break;
      const { lastMs, reportedToMs } = watch.progress;
      // What the gateway's own absence explains is told at once: nothing that comes later makes it clearer.
      const due =
        nowMs - Math.max(lastMs, reportedToMs) >= REPORT_SILENCE_EVERY_MS || watch.evidence === 'gateway-down';
      if (!due) continue;
      const silence = this.silence(watch, nowMs);
      if (silence.length > 0) watch.progress = { ...watch.progress, reportedToMs: nowMs };
      if (watch.evidence === 'gateway-down') watch.evidence = 'cadence-missed';
      gaps.push(...silence);
    }
    return gaps;
  }

  progressOf(device: string): DeviceProgress | undefined {
    return this.watches.get(device)?.progress;
  }

  private silence(watch: Watch, nowMs: number): Gap[] {
    const { device, lastMs, reportedToMs } = watch.progress;
    if (nowMs - lastMs <= SILENT_INTERVALS * watch.intervalMs) return [];
    return [{ device, evidence: watch.evidence, fromMs: Math.max(lastMs, reportedToMs), toMs: nowMs }];
  }
}
