// SPDX-License-Identifier: Apache-2.0
/**
 * Which sequence numbers of a session have been taken (invariant I1: exactly once). A session is taken up to `high`, except
 * for the holes below it. A number is new if it is above `high` or inside a hole; everything else is a resend. A hole that
 * nobody filled in time is a gap to be signed (I3).
 */

/** Missing numbers, both ends inclusive, with the ward times of the readings around them. */
export interface Hole {
  readonly first: number;
  readonly last: number;
  readonly fromMs: number;
  readonly toMs: number;
  /** Ward time at which it was noticed, however old the readings around it. Not on disk: a restart gives its time of grace anew. */
  readonly sinceMs?: number;
  /** It stands in the record as a gap, or is none (what was sent before the first message heard). */
  readonly reported: boolean;
}

export interface SessionMark {
  readonly device: string;
  /** 16 hex digits. */
  readonly session: string;
  readonly high: number;
  readonly highMs: number;
  /** Numbers up to here are given up: neither new nor known to be a resend. -1 while nothing was given up. */
  readonly floor: number;
  /** Ascending, not touching, above `floor`. */
  readonly holes: readonly Hole[];
}

export type TakeOutcome = 'new' | 'duplicate' | 'refused';

/** Holes of one session that are to be signed as missing, with the mark that says so: both belong into one commit. */
export interface MissingHoles {
  readonly mark: SessionMark;
  readonly holes: readonly Hole[];
}

/** More holes than this are not tracked: the oldest is given up, and what is not above it is refused from then on. */
export const MAX_HOLES = 256;
/** Sessions of one device that are remembered; a device beyond it must be enrolled anew. Replays of any of them are dropped. */
export const MAX_SESSIONS_PER_DEVICE = 4096;
/** A jump further than this is no lost message but a broken device. */
export const MAX_SEQUENCE_JUMP = 1_000_000;

/** Marks of all devices. In memory; the changed ones are committed with the readings that changed them. */
export class SequenceMarks {
  private readonly byDevice = new Map<string, Map<string, SessionMark>>();
  private readonly withUnreported = new Map<string, SessionMark>();
  private lost: MissingHoles[] = [];
  private readonly loadedMs: number;

  /** `loadedMs`: ward time of the start, from which the holes of `marks` have their time of grace. */
  constructor(marks: Iterable<SessionMark> = [], loadedMs = Number.NEGATIVE_INFINITY) {
    this.loadedMs = loadedMs;
    for (const mark of marks) this.put(mark);
  }

  /** Takes one number measured at `timeMs` and heard at `nowMs`: `new` and marked, `duplicate`, or `refused` (too many sessions, an absurd jump). */
  take(device: string, session: string, sequence: number, timeMs: number, nowMs = timeMs): TakeOutcome {
    if (this.wouldRefuse(device, session, sequence)) return 'refused';
    const mark = this.get(device, session);
    if (!mark) {
      // The first message heard need not be the first one sent: what stands before it may still come.
      const before = { first: 0, last: sequence - 1, fromMs: timeMs, toMs: timeMs, reported: true };
      this.put({ device, session, high: sequence, highMs: timeMs, floor: -1, holes: sequence > 0 ? [before] : [] });
      return 'new';
    }
    const next = taken(mark, sequence, timeMs, nowMs);
    if (!next) return 'duplicate';
    this.put(next.mark);
    if (next.lost) this.lost.push({ mark: next.mark, holes: [next.lost] });
    return 'new';
  }

  /** Holes that `take` gave up since the last call, and that no gap stands for yet. No mark remembers them any more. */
  givenUp(): MissingHoles[] {
    const lost = this.lost;
    this.lost = [];
    return lost;
  }

  /** Too many sessions, an absurd jump, or a number so old that it is neither new nor a known resend. */
  wouldRefuse(device: string, session: string, sequence: number): boolean {
    const mark = this.get(device, session);
    if (!mark) return (this.byDevice.get(device)?.size ?? 0) >= MAX_SESSIONS_PER_DEVICE;
    return sequence > mark.high + MAX_SEQUENCE_JUMP || sequence <= mark.floor;
  }

  get(device: string, session: string): SessionMark | undefined {
    return this.byDevice.get(device)?.get(session);
  }

  /** At most `limit` holes that were noticed before `beforeMs` and were not reported yet; they count as reported from now on. */
  report(beforeMs: number, limit = Number.POSITIVE_INFINITY): MissingHoles[] {
    let left = limit;
    const isDue = (hole: Hole) => !hole.reported && (hole.sinceMs ?? Math.max(hole.toMs, this.loadedMs)) < beforeMs;
    return [...this.withUnreported.values()].flatMap((mark) => {
      const due = new Set(mark.holes.filter(isDue).slice(0, left));
      if (due.size === 0) return [];
      left -= due.size;
      const holes = mark.holes.map((hole) => (due.has(hole) ? { ...hole, reported: true } : hole));
      const reported = { ...mark, holes };
      this.put(reported);
      return [{ mark: reported, holes: [...due] }];
    });
  }

  private put(mark: SessionMark): void {
    let sessions = this.byDevice.get(mark.device);
    if (!sessions) {
      sessions = new Map();
      this.byDevice.set(mark.device, sessions);
    }
    sessions.set(mark.session, mark);
    const key = `${mark.device}/${mark.session}`;
    if (mark.holes.some((hole) => !hole.reported)) this.withUnreported.set(key, mark);
    else this.withUnreported.delete(key);
  }
}

/** A mark that has moved, and the hole that was given up for it, unless a gap stands for that. */
interface Moved {
  readonly mark: SessionMark;
  readonly lost?: Hole;
}

/** The mark with `sequence` taken, or undefined if it was taken before. */
function taken(mark: SessionMark, sequence: number, timeMs: number, nowMs: number): Moved | undefined {
  if (sequence > mark.high) {
    const next = { ...mark, high: sequence, highMs: timeMs };
    if (sequence === mark.high + 1) return { mark: next };
    const [first, last, fromMs] = [mark.high + 1, sequence - 1, mark.highMs];
    const hole = { first, last, fromMs, toMs: timeMs, sinceMs: nowMs, reported: false };
    return withHoles(next, [...mark.holes, hole]);
  }
  const at = mark.holes.findIndex((hole) => hole.first <= sequence && sequence <= hole.last);
  const hole = mark.holes[at];
  if (!hole) return undefined;
  const rest = [
    { ...hole, last: sequence - 1 },
    { ...hole, first: sequence + 1 },
  ].filter(({ first, last }) => first <= last);
  return withHoles(mark, mark.holes.toSpliced(at, 1, ...rest));
}

/** One hole too many, and the oldest is given up with all that is below it. A number that falls inside a hole makes two of one. */
function withHoles(mark: SessionMark, holes: readonly Hole[]): Moved {
  const [oldest, ...rest] = holes;
  if (!oldest || holes.length <= MAX_HOLES) return { mark: { ...mark, holes } };
  return { mark: { ...mark, floor: oldest.last, holes: rest }, ...(!oldest.reported && { lost: oldest }) };
}
