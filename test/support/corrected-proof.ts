// SPDX-License-Identifier: Apache-2.0
/** The example of a proof file with a correction: the log of the page, and a correction of the reading as its next entry. */
import { commitTo } from '../../ledger/contract/details.ts';
import { commandEntry, signCommand } from '../../ledger/contract/signed-command.ts';
import { ed25519Sign } from '../../ledger/crypto/ed25519.ts';
import { sha256 } from '../../ledger/crypto/sha256.ts';
import { signCheckpoint } from '../../ledger/log/checkpoint.ts';
import type { VerifierKey } from '../../ledger/log/note.ts';
import { leafHash } from '../../ledger/merkle/hash.ts';
import { MemoryTree } from '../../ledger/merkle/memory-tree.ts';
import { encodeProofFile, type ProofFile } from '../../ledger/verify/proof-file.ts';
import * as x from './format-examples.ts';

/** `index` and `extra` are those of the proof without it, `entries` the log that it leads to. */
export function correctedProof(
  { index, extra }: Pick<ProofFile, 'index' | 'extra'>,
  entries: readonly Uint8Array[],
  key: VerifierKey,
): string {
  const { entry, opening } = correction();
  const all = [...entries, entry];
  const tree = new MemoryTree(
    sha256,
    all.map((one) => leafHash(sha256, one)),
  );
  const logIndex = entries.length;
  return encodeProofFile({
    index,
    logPath: tree.inclusionProof(index),
    checkpoint: signCheckpoint(
      { origin: key.name, size: all.length, root: tree.root() },
      { key, sign: (message) => ed25519Sign(message, x.logSigning) },
    ),
    extra: { ...extra, corrections: [{ logIndex, logPath: tree.inclusionProof(logIndex), entry, opening }] },
  });
}

function correction() {
  const range = { stay: Buffer.from(x.STAY, 'hex'), fromMs: x.START_MS, toMs: x.START_MS };
  const said = { kind: 'correction', by: 'nurse', ...range, why: 'sensor fell off' } as const;
  const { opening, commitment } = commitTo(said, x.fixedRandom('salt of a correction')(16), sha256);
  const device = sha256(x.gatewayKey).slice(0, 16);
  const by = { org: 'NorthMSP', device, at: x.START_MS };
  const command = { type: 'recordCorrection', ...by, reason: 'in-error', details: commitment } as const;
  return { entry: commandEntry(signCommand(command, (message) => ed25519Sign(message, x.gatewaySigning))), opening };
}
