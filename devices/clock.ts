// SPDX-License-Identifier: Apache-2.0
/** The ward's clock: one origin and one rate, given to simulator and gateway alike. Transport timeouts never use it. */

/** What two processes must share to agree on ward time; plain data, so that a worker can have it too. */
export interface WardClockOptions {
  /** Ward seconds in a real second; 1 in a real ward. */
  readonly rate: number;
  /** At this real time in ms since 1970 ... */
  readonly originRealMs: number;
  /** ... the ward's clock showed this, in ms since 1970. */
  readonly originWardMs: number;
}

export interface WardClock {
  /** What it was made from: another process or a worker makes the same clock of it. */
  readonly options: WardClockOptions;
  /** Ward time in whole ms since 1970. Never goes backwards within a process, whatever happens to the machine's clock. */
  wallMs(): number;
  /** Ward ms since this clock was made, whole. */
  monotonicMs(): number;
  /** By how many real ms somebody has set the machine's clock (forward: above 0) since this clock was made, which does not follow. */
  setSinceMs(): number;
  /** Resolves after so many ward ms; at once when they are over or `signal` is aborted. */
  delay(wardMs: number, signal?: AbortSignal): Promise<void>;
}

/** The machine's own clocks; a test hands in others. */
export interface RealClocks {
  wallMs(): number;
  monotonicMs(): number;
}

/** The longest time that setTimeout counts; beyond it, it would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;
const MACHINE: RealClocks = { wallMs: () => Date.now(), monotonicMs: () => performance.now() };
const ORIGIN = /^(\d{1,15})(?::(\d{1,15}))?$/;
const RATE = /^\d{1,6}(?:\.\d{1,6})?$/;

/** Starts a ward clock. The machine's wall clock is read once; from then on the monotonic clock counts. */
export function createWardClock(options: WardClockOptions, machine: RealClocks = MACHINE): WardClock {
  const { rate, originRealMs, originWardMs } = options;
  const start = machine.monotonicMs();
  const realAtStart = machine.wallMs();
  const wallAtStart = originWardMs + (realAtStart - originRealMs) * rate;
  const elapsed = () => (machine.monotonicMs() - start) * rate;
  return {
    options,
    wallMs: () => Math.floor(wallAtStart + elapsed()),
    monotonicMs: () => Math.floor(elapsed()),
    setSinceMs: () => Math.round(machine.wallMs() - realAtStart - (machine.monotonicMs() - start)),
    delay: (wardMs, signal) => realDelay(Math.min(wardMs / rate, LONGEST_TIMER_MS), signal),
  };
}

/**
 * The two flags that give several processes one clock: `--clock-origin REALMS:WARDMS` (one number is both) and `--rate N`, above 0 and
 * below a million. Without an origin, ward time starts as the machine's. Undefined for anything else.
 */
export function parseClock(flags: {
  origin?: string | undefined;
  rate?: string | undefined;
}): WardClockOptions | undefined {
  const now = String(MACHINE.wallMs());
  const origin = ORIGIN.exec(flags.origin ?? now);
  const rate = RATE.test(flags.rate ?? '1') ? Number(flags.rate ?? '1') : 0;
  if (!origin || rate <= 0) return undefined;
  const originRealMs = Number(origin[1]);
  return { rate, originRealMs, originWardMs: origin[2] === undefined ? originRealMs : Number(origin[2]) };
}

/** Resolves after `ms` of real time, or as soon as `signal` is aborted: whoever waits looks at the signal next. */
export function realDelay(ms: number, signal?: AbortSignal): Promise<void> {
  if (ms <= 0 || signal?.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done);
  });
}
