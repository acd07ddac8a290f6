// SPDX-License-Identifier: Apache-2.0
/**
 * What must hold, in plain terms: a few sets and a list of entries, and no proofs, signatures or codes. It follows what was accepted
 * and says what should not have been, or should have been.
 */
import type { Answer } from '../answer.ts';
import type { Write } from '../state.ts';
import type { ConsentName, Meaning, Move } from './small-world.ts';

export interface Plain {
  readonly registered: readonly ('north' | 'south')[];
  readonly isNorthSuspended: boolean;
  readonly isSouthRetired: boolean;
  readonly granted: readonly ConsentName[];
  readonly revoked: readonly ConsentName[];
  readonly corrected: readonly string[];
  readonly withdrawn: readonly string[];
  /** The anchored log, entry by entry. */
  readonly log: readonly string[];
}

export const NOTHING: Plain = {
  registered: [],
  isNorthSuspended: false,
  isSouthRetired: false,
  granted: [],
  revoked: [],
  corrected: [],
  withdrawn: [],
  log: [],
};

/** What is wrong with this answer; undefined if nothing is. */
export function violation(plain: Plain, move: Move, answer: Answer): string | undefined {
  const { meaning } = move;
  if (answer.kind !== 'accepted') return answer.kind === 'refused' ? wronglyRefused(plain, move) : undefined;
  if (meaning.forged) return 'a forged command was accepted';
  if (move.byGateway && !speaks(plain, move.by)) return 'a gateway that is suspended or unknown was heard';
  if (meaning.reads && !mayRead(plain, meaning.reads)) return 'access without a live consent or a recorded emergency';
  if (meaning.reads?.basis === 'emergency' && !answer.writes.some(isIncident))
    return 'access without a live consent or a recorded emergency';
  if (meaning.publishesKeyUnder && !isLive(plain, meaning.publishesKeyUnder))
    return 'a key was given without a live consent';
  if (meaning.grants && plain.granted.includes(meaning.grants)) return 'a consent was given twice';
  if (meaning.withdraws && !stands(plain, meaning.withdraws)) return 'a correction that does not stand was taken back';
  const { anchors } = meaning;
  if (anchors && !plain.log.every((entry, i) => entry === anchors[i])) return 'a checkpoint that is not an extension';
  return undefined;
}

/** What is known after an accepted move. */
export function after(plain: Plain, { meaning }: Move): Plain {
  return {
    registered: meaning.registers ? [...plain.registered, meaning.registers].toSorted() : plain.registered,
    isNorthSuspended: meaning.status ? meaning.status === 'suspended' : plain.isNorthSuspended,
    isSouthRetired: plain.isSouthRetired || meaning.retires === 'south',
    granted: meaning.grants ? [...plain.granted, meaning.grants].toSorted() : plain.granted,
    revoked: meaning.revokes ? [...plain.revoked, meaning.revokes].toSorted() : plain.revoked,
    corrected: meaning.corrects ? [...plain.corrected, meaning.corrects].toSorted() : plain.corrected,
    withdrawn: meaning.withdraws ? [...plain.withdrawn, meaning.withdraws].toSorted() : plain.withdrawn,
    log: meaning.anchors ?? plain.log,
  };
}

/** With something in it: a bare key is no record. */
const isIncident = ({ key, value }: Write): boolean => key.startsWith('inc~') && value.length > 1;

type Reads = NonNullable<Move['meaning']['reads']>;

function mayRead(plain: Plain, { basis, onTerms, inTime }: Reads): boolean {
  if (basis === 'admission' || basis === 'emergency') return true;
  return isLive(plain, basis) && onTerms === true && inTime === true;
}

/** The treating team, an emergency, whoever has a live consent, and who withdraws one, or a correction, are never turned away. */
function wronglyRefused(plain: Plain, { meaning, by, byGateway }: Move): string | undefined {
  if (meaning.forged || (byGateway && !speaks(plain, by))) return undefined;
  if (meaning.reads && mayRead(plain, meaning.reads)) return `refused: a rightful access (${meaning.reads.basis})`;
  if (meaning.revokes && plain.granted.includes(meaning.revokes)) return 'refused: a revocation';
  if (meaning.withdraws && stands(plain, meaning.withdraws)) return 'refused: a withdrawal';
  return undefined;
}

function stands({ corrected, withdrawn }: Plain, name: NonNullable<Meaning['withdraws']>): boolean {
  return corrected.includes(name) && !withdrawn.includes(name);
}

function isLive({ granted, revoked }: Plain, consent: ConsentName): boolean {
  return granted.includes(consent) && !revoked.includes(consent);
}

function speaks({ registered, isNorthSuspended, isSouthRetired }: Plain, who: 'north' | 'south'): boolean {
  return registered.includes(who) && !(who === 'north' ? isNorthSuspended : isSouthRetired);
}
