// SPDX-License-Identifier: Apache-2.0
/**
 * Which sequence numbers of a session have been taken (invariant I1: exactly once). A session is taken up to `high`, except
 * for the holes below it. A number is new if it is above `high` or inside a hole; everything else is a resend.
 */

/** First and last missing number, both inclusive. */
export interface Hole {
  readonly first: number;
  readonly last: number;
}

export interface SessionMark {
  readonly device: string;
  /** 16 hex digits. */
  readonly session: string;
  readonly high: number;
  /** Numbers up to here are given up: neither new nor known to be a resend. -1 while nothing was given up. */
  readonly floor: number;
  /** Ascending, not touching, above `floor`. */
  readonly holes: readonly Hole[];
}

export type TakeOutcome = 'new' | 'duplicate' | 'refused';

/** More holes than this are not tracked: the oldest is given up, and what is not above it is refused from then on. */
export const MAX_HOLES = 256;
/** Sessions of one device that are remembered; a device beyond it must be enrolled anew. Replays of any of them are dropped. */
export const MAX_SESSIONS_PER_DEVICE = 4096;
/** A jump further than this is no lost message but a broken device. */
export const MAX_SEQUENCE_JUMP = 1_000_000;

/** Marks of all devices. In memory; the changed ones are committed with the readings that changed them. */
export class SequenceMarks {
  private readonly byDevice = new Map<string, Map<string, SessionMark>>();

  constructor(marks: Iterable<SessionMark> = []) {
    for (const mark of marks) this.sessionsOf(mark.device).set(mark.session, mark);
  }

  /** Takes one number: `new` and marked, `duplicate`, or `refused` (too many sessions, an absurd jump). */
  take(device: string, session: string, sequence: number): TakeOutcome {
    const sessions = this.sessionsOf(device);
    const mark = sessions.get(session);
    if (!mark) {
      if (sessions.size >= MAX_SESSIONS_PER_DEVICE) return 'refused';
      // The first message heard need not be the first one sent: what stands before it may still come.
      const holes = sequence > 0 ? [{ first: 0, last: sequence - 1 }] : [];
      sessions.set(session, { device, session, high: sequence, floor: -1, holes });
      return 'new';
    }
    if (sequence > mark.high + MAX_SEQUENCE_JUMP || sequence <= mark.floor) return 'refused';
    const next = taken(mark, sequence);
    if (!next) return 'duplicate';
    sessions.set(session, next);
    return 'new';
  }

  get(device: string, session: string): SessionMark | undefined {
    return this.byDevice.get(device)?.get(session);
  }

  private sessionsOf(device: string): Map<string, SessionMark> {
    let sessions = this.byDevice.get(device);
    if (!sessions) this.byDevice.set(device, (sessions = new Map()));
    return sessions;
  }
}

/** The mark with `sequence` taken, or undefined if it was taken before. */
function taken(mark: SessionMark, sequence: number): SessionMark | undefined {
  if (sequence > mark.high) {
    if (sequence === mark.high + 1) return { ...mark, high: sequence };
    const holes = [...mark.holes, { first: mark.high + 1, last: sequence - 1 }];
    const floor = holes.length > MAX_HOLES ? holes.shift()!.last : mark.floor;
    return { ...mark, high: sequence, floor, holes };
  }
  const at = mark.holes.findIndex((hole) => hole.first <= sequence && sequence <= hole.last);
  if (at < 0) return undefined;
  const { first, last } = mark.holes[at]!;
  const rest = [
    { first, last: sequence - 1 },
    { first: sequence + 1, last },
  ].filter((hole) => hole.first <= hole.last);
  return { ...mark, holes: mark.holes.toSpliced(at, 1, ...rest) };
}
