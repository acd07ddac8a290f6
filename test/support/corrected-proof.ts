// SPDX-License-Identifier: Apache-2.0
/** The examples of a proof file with a correction: the log of the page, a correction of the reading as its next entry, and its withdrawal as the one after. */
import type { Command } from '../../ledger/contract/commands.ts';
import { commitTo, type Details } from '../../ledger/contract/details.ts';
import { commandEntry, commandId, signCommand } from '../../ledger/contract/signed-command.ts';
import { ed25519Sign } from '../../ledger/crypto/ed25519.ts';
import { sha256 } from '../../ledger/crypto/sha256.ts';
import { signCheckpoint } from '../../ledger/log/checkpoint.ts';
import type { VerifierKey } from '../../ledger/log/note.ts';
import { leafHash } from '../../ledger/merkle/hash.ts';
import { MemoryTree } from '../../ledger/merkle/memory-tree.ts';
import { encodeProofFile, type ProofFile } from '../../ledger/verify/proof-file.ts';
import * as x from './format-examples.ts';

const BY = { org: 'NorthMSP', device: sha256(x.gatewayKey).slice(0, 16) };
const TAKEN_BACK_MS = x.START_MS + 60_000;

/** `index` and `extra` are those of the proof without it, `entries` the log that it leads to. */
export function correctedProof(
  { index, extra }: Pick<ProofFile, 'index' | 'extra'>,
  entries: readonly Uint8Array[],
  key: VerifierKey,
  isTakenBack: boolean,
): string {
  const said = isTakenBack ? [correction(), withdrawal()] : [correction()];
  const all = [...entries, ...said.map(({ signed }) => commandEntry(signed))];
  const tree = new MemoryTree(
    sha256,
    all.map((one) => leafHash(sha256, one)),
  );
  const corrections = said.map(({ opening }, i) => {
    const logIndex = entries.length + i;
    return { logIndex, logPath: tree.inclusionProof(logIndex), entry: all[logIndex]!, opening };
  });
  return encodeProofFile({
    index,
    logPath: tree.inclusionProof(index),
    checkpoint: signCheckpoint(
      { origin: key.name, size: all.length, root: tree.root() },
      { key, sign: (message) => ed25519Sign(message, x.logSigning) },
    ),
    extra: { ...extra, corrections },
  });
}

function correction() {
  const range = { stay: Buffer.from(x.STAY, 'hex'), fromMs: x.START_MS, toMs: x.START_MS };
  const { opening, commitment } = committed({ kind: 'correction', by: 'nurse', ...range, why: 'sensor fell off' });
  const command = { type: 'recordCorrection', ...BY, at: x.START_MS, reason: 'in-error', details: commitment } as const;
  return { signed: signed(command), opening };
}

function withdrawal() {
  const { opening, commitment } = committed({ kind: 'withdrawal', by: 'nurse', why: 'it was the wrong hour' });
  const names = { correction: commandId(correction().signed, sha256), details: commitment };
  return { signed: signed({ type: 'withdrawCorrection', ...BY, at: TAKEN_BACK_MS, ...names }), opening };
}

const committed = (details: Details) => commitTo(details, x.fixedRandom(`salt of a ${details.kind}`)(16), sha256);

const signed = (command: Command) => signCommand(command, (message) => ed25519Sign(message, x.gatewaySigning));
