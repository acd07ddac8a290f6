// SPDX-License-Identifier: Apache-2.0
/** A correction as proofs carry it, as yet unproved: `correction.ts` does that. One form for every proof file (docs/formats.md, "Export proof"). */
import type { CborValue } from '../codec/cbor.ts';
import { asArray, asBytes, asInteger, type Refuse } from '../codec/fields.ts';
import { asHashes, joinedHashes } from './hash-list.ts';

export interface CorrectionEvidence {
  readonly logIndex: number;
  readonly logPath: readonly Uint8Array[];
  /** The log entry [2, signed command]. */
  readonly entry: Uint8Array;
  /** CBOR [salt, kind, fields]: what the command's commitment covers. */
  readonly opening: Uint8Array;
}

const FIELDS = 4;
const MAX_LOG_PATH = 53;
const MAX_COMMAND_BYTES = 1024;
const MAX_DETAILS_BYTES = 16 * 1024;

export function correctionFields({ logIndex, logPath, entry, opening }: CorrectionEvidence): CborValue[] {
  return [logIndex, joinedHashes(logPath), entry, opening];
}

/** Throws what `refuse` makes for anything that `correctionFields` does not give. */
export function asCorrection(value: CborValue | undefined, refuse: Refuse): CorrectionEvidence {
  const fields = asArray(value, refuse, FIELDS);
  if (fields.length !== FIELDS) throw refuse(`a correction has ${FIELDS} fields`);
  const [logIndex, logPath, entry, opening] = fields;
  return {
    logIndex: asInteger(logIndex, refuse, 0, Number.MAX_SAFE_INTEGER),
    logPath: asHashes(logPath, refuse, MAX_LOG_PATH),
    entry: asBytes(entry, refuse, { maxLength: MAX_COMMAND_BYTES }),
    opening: asBytes(opening, refuse, { maxLength: MAX_DETAILS_BYTES }),
  };
}
