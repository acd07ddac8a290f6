// SPDX-License-Identifier: Apache-2.0
/** The signed checkpoints that a copy of a log shows. */
import { LedgerError } from '../errors.ts';
import { type Checkpoint, openCheckpoint } from '../log/checkpoint.ts';
import { ANCHORED_FILE, CHECKPOINT_FILE } from '../log/format.ts';
import { linesOf, openNote, parseNote, type VerifierKey } from '../log/note.ts';
import type { VerifierCrypto } from '../verify/crypto.ts';
import { isAccepted, type Policy } from '../witness/policy.ts';
import type { LogSource } from './source.ts';

/** Whom to believe: the key of the log, and the witnesses if there is a policy. */
export interface Trust {
  readonly key: VerifierKey;
  readonly policy: Policy | undefined;
  readonly crypto: VerifierCrypto;
}

/** A checkpoint under the log's key. */
export interface ShownCheckpoint extends Checkpoint {
  readonly note: string;
  readonly from: string;
  /** The policy is met, or there is none. */
  readonly isAccepted: boolean;
}

/** The checkpoints of a copy that stand under the log's key, of these files. Throws MIRROR_UNREACHABLE. */
export async function shownCheckpoints(
  source: LogSource,
  trust: Trust,
  files: readonly string[] = [CHECKPOINT_FILE, ANCHORED_FILE],
): Promise<ShownCheckpoint[]> {
  const shown: ShownCheckpoint[] = [];
  for (const file of files) {
    const bytes = await source.read(file);
    const opened = bytes && open(new TextDecoder().decode(bytes), source.name, trust);
    if (opened) shown.push(opened);
  }
  return shown;
}

/** The largest; of equal ones that with the most signatures. */
export function newestOf(checkpoints: readonly ShownCheckpoint[]): ShownCheckpoint | undefined {
  const signatures = ({ note }: ShownCheckpoint): number => parseNote(note).signatures.length;
  return checkpoints.toSorted((a, b) => b.size - a.size || signatures(b) - signatures(a))[0];
}

/**
 * Checkpoints of one text as one, with all signatures that hold, whoever showed them: witnesses keep only their own line. A forged line
 * is dropped, so that a liar cannot spoil what others show.
 */
export function merged(shown: readonly ShownCheckpoint[], trust: Trust): ShownCheckpoint[] {
  // Without a policy no witness is known, so no line of one can be checked.
  if (!trust.policy) return [...shown];
  const keys = [trust.key, ...trust.policy.witnesses.map(({ key }) => key)];
  const groups = Map.groupBy(shown, ({ note }) => parseNote(note).text);
  return [...groups].flatMap(([text, group]) => {
    const lines = keys.map((key) =>
      group.flatMap(({ note }) => linesOf(note, key)).find((line) => isSigned(`${text}\n${line}`, key, trust)),
    );
    const one = open(
      `${text}\n${lines.filter((line) => line !== undefined).join('')}`,
      group.map(({ from }) => from).join(', '),
      trust,
    );
    return one ? [one] : [];
  });
}

function isSigned(note: string, key: VerifierKey, { crypto }: Trust): boolean {
  try {
    return openNote(note, [key], crypto).signedBy.has(key);
  } catch (error) {
    if (error instanceof LedgerError) return false;
    throw error;
  }
}

function open(note: string, from: string, { key, policy, crypto }: Trust): ShownCheckpoint | undefined {
  try {
    const checkpoint = openCheckpoint(note, key, crypto);
    return { ...checkpoint, note, from, isAccepted: policy === undefined || isMet(policy) };
  } catch (error) {
    // Not of this log: no evidence of anything.
    if (error instanceof LedgerError) return undefined;
    throw error;
  }

  function isMet(asked: Policy): boolean {
    try {
      return isAccepted(asked, note, key, crypto);
    } catch (error) {
      // A forged cosignature makes the checkpoint nobody's but the log's.
      if (error instanceof LedgerError) return false;
      throw error;
    }
  }
}
