// SPDX-License-Identifier: Apache-2.0
/**
 * The offline verifier: is this reading, as shown, in the log of this key? A straight list of small steps; each either holds or ends the
 * check with its own code. No network, no disk, no clock; runs in a browser.
 */
import { LedgerError, type LedgerErrorCode } from '../errors.ts';
import { openCheckpoint } from '../log/checkpoint.ts';
import { verifyInclusion } from '../merkle/verify.ts';
import { batchLeafHash } from '../record/leaf.ts';
import type { RecordReading } from '../record/reading-codec.ts';
import { isAccepted, type Policy } from '../witness/policy.ts';
import {
  isBatchInLog,
  isBatchSigned,
  isFromTheBatch,
  isGatewayKeyEndorsed,
  isOfItsVital,
  isWithinTheBatch,
} from './checks.ts';
import { correctionOver, isAbout, isCorrectionInLog, type ShownCorrection } from './correction.ts';
import type { VerifierCrypto } from './crypto.ts';
import { Evidence } from './evidence.ts';
import type { LeafProof } from './proof-file.ts';

export type VerifyErrorCode = Extract<LedgerErrorCode, `PROOF_${string}`>;

export interface VerifyStep {
  readonly name: string;
  /** What holds if the step does. */
  readonly words: string;
  readonly ok: boolean;
}

export interface VerifyError {
  readonly code: VerifyErrorCode;
  readonly message: string;
  readonly advice: string;
}

export interface VerifyResult {
  readonly ok: boolean;
  /** The steps that were taken, the failed one last. */
  readonly steps: readonly VerifyStep[];
  /** Only if every step holds. */
  readonly reading?: RecordReading;
  /** What the file says was said of readings, in the order of the log; only if every step holds, and there is any. */
  readonly corrections?: readonly ShownCorrection[];
  /** That of them which stands over the reading: the newest that covers it. */
  readonly corrected?: ShownCorrection;
  /** Those of them that were said of the reading and taken back; absent if there are none. */
  readonly takenBack?: readonly ShownCorrection[];
  readonly error?: VerifyError;
}

/** A step throws a LedgerError, or says whether it holds. */
export interface Step<E = Evidence> {
  readonly name: string;
  readonly words: string;
  readonly code: VerifyErrorCode;
  readonly holds: (evidence: E) => boolean;
}

/**
 * Verifies one proof file against the log's verifier key; with a policy its checkpoint must be cosigned as well. Any text gives a result;
 * nothing is thrown.
 */
export function verifyProof(text: string, vkey: string, crypto: VerifierCrypto, policy?: Policy): VerifyResult {
  const evidence = new Evidence(text, vkey, crypto);
  const result = runSteps(policy ? [...STEPS.slice(0, 2), witnessesStep(policy), ...STEPS.slice(2)] : STEPS, evidence);
  return result.ok && evidence.extra.corrections.length > 0 ? withCorrections(result, evidence) : result;
}

function withCorrections({ steps }: VerifyResult, evidence: Evidence): VerifyResult {
  const said = runSteps(CORRECTION_STEPS, evidence);
  const result = { ...said, steps: [...steps, ...said.steps] };
  if (!said.ok) return result;
  const { corrections, reading } = evidence;
  const corrected = correctionOver(corrections, reading);
  const takenBack = corrections.filter((one) => one.withdrawn && isAbout(one, reading));
  return { ...result, corrections, ...(corrected && { corrected }), ...(takenBack.length > 0 && { takenBack }) };
}

/** What is asked of the witnesses, of any proof. */
export const WITNESSES = {
  name: 'witnesses',
  words: 'The checkpoint is cosigned by as many witnesses as the policy asks for.',
  code: 'PROOF_WITNESSES_MISSING',
} as const;

function witnessesStep(policy: Policy): Step {
  return { ...WITNESSES, holds: ({ file, logKey, crypto }) => isAccepted(policy, file.checkpoint, logKey, crypto) };
}

/** The specification, in order; what a policy asks for stands after the first two. */
export const STEPS: readonly Step[] = [
  {
    name: 'file',
    words: 'The file is a proof file.',
    code: 'PROOF_FILE_MALFORMED',
    holds: ({ file }) => file !== undefined,
  },
  {
    name: 'checkpoint',
    words: 'The checkpoint is signed by the given log key.',
    code: 'PROOF_CHECKPOINT_REFUSED',
    holds: ({ file, logKey, crypto }) => openCheckpoint(file.checkpoint, logKey, crypto) !== undefined,
  },
  {
    name: 'gateway-key',
    words: 'The log key endorsed the key of the gateway.',
    code: 'PROOF_GATEWAY_KEY_REFUSED',
    holds: ({ extra, logKey, crypto }) => isGatewayKeyEndorsed(crypto, logKey, extra),
  },
  {
    name: 'signature',
    words: 'The gateway signed the batch.',
    code: 'PROOF_SIGNATURE_REFUSED',
    holds: ({ extra, crypto }) => isBatchSigned(crypto, extra.gatewayKey, extra),
  },
  {
    name: 'log',
    words: 'The batch is in the log, at the index that the file names.',
    code: 'PROOF_NOT_IN_LOG',
    holds: ({ file, extra, checkpoint, crypto }) =>
      isBatchInLog(crypto, checkpoint, { signedPart: extra.signedPart, logIndex: file.index, logPath: file.logPath }),
  },
  {
    name: 'header',
    words: 'The header of the batch is well formed.',
    code: 'PROOF_HEADER_MALFORMED',
    holds: ({ header }) => header !== undefined,
  },
  {
    name: 'leaf-zero',
    words: 'Leaf 0, which describes the batch, belongs to it.',
    code: 'PROOF_LEAF_ZERO_REFUSED',
    holds: (evidence) => isLeaf(evidence, 0, evidence.extra.leafZero),
  },
  {
    name: 'gateway',
    words: 'The batch is of the gateway whose key was endorsed.',
    code: 'PROOF_GATEWAY_DIFFERS',
    holds: ({ leafZero, extra }) => leafZero.gateway === extra.gateway,
  },
  {
    name: 'reading',
    words: 'The reading is well formed.',
    code: 'PROOF_READING_MALFORMED',
    holds: ({ reading }) => reading !== undefined,
  },
  {
    name: 'unit',
    words: 'Its unit and code are those of its vital sign.',
    code: 'PROOF_UNIT_REFUSED',
    holds: ({ reading }) => isOfItsVital(reading),
  },
  {
    name: 'device',
    words: 'Its device is one of the batch.',
    code: 'PROOF_DEVICE_UNKNOWN',
    holds: ({ reading, leafZero }) => isFromTheBatch(reading, leafZero),
  },
  {
    name: 'time',
    words: 'Its time lies inside the time of the batch.',
    code: 'PROOF_TIME_OUTSIDE',
    holds: ({ reading, leafZero }) => isWithinTheBatch(reading, leafZero),
  },
  {
    name: 'reading-path',
    words: 'The reading, byte for byte, is in the batch.',
    code: 'PROOF_READING_NOT_IN_BATCH',
    holds: (evidence) => isLeaf(evidence, evidence.extra.leafIndex, evidence.extra.reading),
  },
];

/** What is asked after all of that, if the file has corrections. */
export const CORRECTION_STEPS: readonly Step[] = [
  {
    name: 'corrections-once',
    words: 'The corrections stand in the order of the log, each once.',
    code: 'PROOF_FILE_MALFORMED',
    holds: ({ extra: { corrections } }) =>
      corrections.every(({ logIndex }, i) => i === 0 || logIndex > corrections[i - 1]!.logIndex),
  },
  {
    name: 'corrections-log',
    words: 'Every correction is in the log, at the index that the file names.',
    code: 'PROOF_NOT_IN_LOG',
    holds: ({ extra, checkpoint, crypto }) =>
      extra.corrections.every((correction) => isCorrectionInLog(crypto, checkpoint, correction)),
  },
  {
    name: 'corrections',
    words:
      'The gateway signed every correction, its details are those that the log committed to, and what is taken back stood.',
    code: 'PROOF_CORRECTION_REFUSED',
    holds: ({ corrections }) => corrections !== undefined,
  },
];

/** Takes the steps in order and stops at the first that does not hold. */
export function runSteps(steps: readonly Step[], evidence: Evidence): VerifyResult {
  const taken: VerifyStep[] = [];
  for (const step of steps) {
    const error = errorOf(step, evidence);
    taken.push({ name: step.name, words: step.words, ok: error === undefined });
    if (error) return { ok: false, steps: taken, error };
  }
  return { ok: true, steps: taken, reading: evidence.reading };
}

/** What is wrong if the step does not hold. Anything uncoded is a bug and passes on. */
export function errorOf<E>(step: Step<E>, evidence: E): VerifyError | undefined {
  try {
    if (step.holds(evidence)) return undefined;
    return asVerifyError(step.code, undefined);
  } catch (error) {
    // Whatever a decoder says, the step's own code says what it means for the proof.
    if (!(error instanceof LedgerError)) throw error;
    return asVerifyError(step.code, error);
  }
}

function asVerifyError(code: VerifyErrorCode, cause: LedgerError | undefined): VerifyError {
  const { message, advice } = cause?.code === code ? cause : new LedgerError(code, cause?.message);
  return { code, message, advice };
}

/** Leaf `index` of count + 1: RFC 6962 leaf of CBOR[salt, index, item], under the root of the header. */
function isLeaf({ crypto, header, leafZero }: Evidence, index: number, leaf: LeafProof): boolean {
  const hash = batchLeafHash(crypto.sha256, leaf.salt, index, leaf.bytes);
  const claim = { leafHash: hash, index, size: leafZero.count + 1, root: header.root, proof: leaf.path };
  return verifyInclusion(crypto.sha256, claim);
}
