// SPDX-License-Identifier: Apache-2.0
/**
 * Logs and their anchored checkpoints: the contract as a witness (C2SP tlog-witness). It accepts a checkpoint only under the log's own
 * signature and with the proof that it extends the one it holds, so that no log can rewrite its past or show two of them.
 */
import { equalBytes } from '../codec/bytes.ts';
import { bytesToHex } from '../codec/hex.ts';
import type { Checkpoint } from '../log/checkpoint.ts';
import { openNote, parseVerifierKey, type VerifierKey } from '../log/note.ts';
import { emptyRoot } from '../merkle/hash.ts';
import { type ConsistencyClaim, verifyConsistency } from '../merkle/verify.ts';
import type { VerifierCrypto } from '../verify/crypto.ts';
import { ALREADY, type Refused, refused } from './answer.ts';
import { change, type Handler, type HandlerInput } from './handler.ts';
import { type FoundLog, hashOfOrigin, logOf, withNoteCodes } from './log-head.ts';
import { ANCHOR_VALUE, INCIDENT_VALUE, KEYS, LOG_VALUE, load, ORG_VALUE, writeOf } from './state.ts';

/** A log has one origin, the name of all its keys, and they are among those that its organisation registered. */
export const openLog: Handler<'openLog'> = ({ state, command, signed, crypto }) => {
  const { device, org: owner, logKeys } = command;
  const keys = parseLogKeys(logKeys, crypto);
  if ('kind' in keys) return keys;
  const [origin, ...others] = new Set(keys.map(({ name }) => name));
  if (!device || origin === undefined || others.length > 0)
    return refused('COMMAND_MALFORMED', 'a log has a gateway, and one name for all its keys');
  const allowed = load(state, ORG_VALUE, KEYS.org(owner))?.logKeys ?? [];
  if (!logKeys.every((key) => allowed.includes(key)))
    return refused('NOT_PERMITTED', 'a key that the organisation did not register for its logs');
  const originHash = hashOfOrigin(origin, crypto.sha256);
  if (state.get(KEYS.log(originHash))) return refused('CONFLICT', 'the log is open');
  const head = { origin, device, owner, logKeys, size: 0, root: emptyRoot(crypto.sha256), command: signed.id };
  return change([writeOf(LOG_VALUE, KEYS.log(originHash), head)], { originHash: bytesToHex(originHash), size: 0 });
};

type IsExtension = (claim: ConsistencyClaim, crypto: VerifierCrypto) => boolean;

/** The check of the extension is handed in, so that a test can leave it out and see the exploration catch that. */
export function anchorWith(isExtension: IsExtension): Handler<'anchorCheckpoint'> {
  return (input) => {
    const { state, command, crypto } = input;
    const log = logOf(state, command.note, crypto.sha256);
    if ('kind' in log) return log;
    const { head, checkpoint, originHash } = log;
    const unsigned = signatureRefusal(log, command.note, crypto);
    if (unsigned) return unsigned;
    const known = knownRoot(input, log);
    if (known && !equalBytes(known, checkpoint.root)) return fork(input, log, known);
    if (checkpoint.size === head.size) return ALREADY;
    if (command.oldSize !== head.size || checkpoint.size < head.size) return refused('STALE', String(head.size));
    const { proof } = command;
    const claim = { from: head.size, to: checkpoint.size, fromRoot: head.root, toRoot: checkpoint.root, proof };
    if (!isExtension(claim, crypto))
      return refused('CHECKPOINT_NOT_EXTENSION', `from ${head.size} to ${checkpoint.size}`);
    return change(anchorWrites(input, log), { originHash: bytesToHex(originHash), size: checkpoint.size });
  };
}

/** Everything extends the empty log (RFC 6962 has no proof for it); beyond that the proof decides. */
export function extendsByProof(claim: ConsistencyClaim, { sha256 }: VerifierCrypto): boolean {
  return claim.from === 0 ? claim.proof.length === 0 : verifyConsistency(sha256, claim);
}

function anchorWrites({ command, signed, crypto }: HandlerInput<'anchorCheckpoint'>, log: FoundLog) {
  const { size, root } = log.checkpoint;
  const noteHash = crypto.sha256(new TextEncoder().encode(command.note));
  return [
    writeOf(LOG_VALUE, KEYS.log(log.originHash), { ...log.head, size, root, note: command.note, command: signed.id }),
    writeOf(ANCHOR_VALUE, KEYS.anchor(log.originHash, size), {
      size,
      root,
      noteHash,
      entryCounts: command.entryCounts,
    }),
  ];
}

/** The root that is anchored at the size of the checkpoint, if one is. */
function knownRoot({ state }: HandlerInput<'anchorCheckpoint'>, log: FoundLog): Uint8Array | undefined {
  const { size }: Checkpoint = log.checkpoint;
  if (size === log.head.size) return log.head.root;
  return load(state, ANCHOR_VALUE, KEYS.anchor(log.originHash, size))?.root;
}

/** The log's own signature stands under another history: evidence, which is written down although the command is refused. */
function fork(
  { state, command, signed }: HandlerInput<'anchorCheckpoint'>,
  log: FoundLog,
  heldRoot: Uint8Array,
): Refused {
  const { size, origin } = log.checkpoint;
  const key = KEYS.incident(signed.id);
  const evidence = { origin, size, heldRoot, note: command.note, at: command.at };
  return {
    ...refused('FORK', `another root at size ${size}`),
    writes: state.get(key) ? [] : [writeOf(INCIDENT_VALUE, key, { fork: evidence })],
    event: { type: 'fork', id: bytesToHex(signed.id), originHash: bytesToHex(log.originHash), size },
  };
}

function signatureRefusal({ head }: FoundLog, note: string, crypto: VerifierCrypto): Refused | undefined {
  const keys = parseLogKeys(head.logKeys, crypto);
  if ('kind' in keys) return keys;
  const opened = withNoteCodes(() => openNote(note, keys, crypto));
  return 'kind' in opened ? opened : undefined;
}

function parseLogKeys(logKeys: readonly string[], crypto: VerifierCrypto): VerifierKey[] | Refused {
  return withNoteCodes(() => logKeys.map((key) => parseVerifierKey(key, crypto.sha256)));
}
