// SPDX-License-Identifier: Apache-2.0
/** The door of the ledger floor: everything the floors above may use. */

export type { AnchorHome, AnchorReceipt, AnchorSequel, AnchorSource, SignedHead } from './anchor/anchor-home.ts';
export { AnchorError, type AnchorErrorCode } from './anchor/errors.ts';
export { type CborMap, type CborValue, decodeCbor, encodeCbor } from './codec/cbor.ts';
export { asArray, asBytes, asInteger, asMap, asText } from './codec/fields.ts';
export { type AccessEntry, type AccessRecord, type AccessTerms, accessEntry } from './contract/access-entry.ts';
export { type Refused, refusalError } from './contract/answer.ts';
export type { Command, CommandOf, CommandType } from './contract/commands.ts';
export { type DetailsOf, openDetails } from './contract/details.ts';
export { type EmbeddedHost, openEmbeddedHost } from './contract/embedded-host.ts';
export { CONTRACT_ERRORS, ContractError, type ContractErrorCode } from './contract/errors.ts';
export type { ContractHost, Reply } from './contract/host.ts';
export type { ReadArgs, ReadName, ReadResult } from './contract/reads.ts';
export { type SealedRecords, SideStore } from './contract/side-store.ts';
export {
  commandEntry,
  commandId,
  commandInEntry,
  decodeSignedCommand,
  ID_BYTES,
  signCommand,
} from './contract/signed-command.ts';
export type { Consent } from './contract/state.ts';
export {
  ed25519PublicKey,
  ed25519Sign,
  signTyped,
  type VerifyingKey,
  verifyingKey,
  verifyTyped,
} from './crypto/ed25519.ts';
export { rawPublicKey } from './crypto/hpke.ts';
export { nodeCrypto } from './crypto/node.ts';
export { sha256 } from './crypto/sha256.ts';
export { XAES_NONCE_BYTES, xaesKey, xaesOpen, xaesSeal } from './crypto/xaes.ts';
export {
  CodedError,
  type ErrorClass,
  type ErrorEntry,
  LEDGER_ERRORS,
  LedgerError,
  type LedgerErrorCode,
} from './errors.ts';
export { openCheckpoint } from './log/checkpoint.ts';
export { ledgerFsck, ledgerHead } from './log/cli.ts';
export { NodeFiles } from './log/files.ts';
export { type Log, type LogOptions, openLog, type Sequenced } from './log/log.ts';
export { type LogView, readAnchored, viewLog, writeAnchored } from './log/log-view.ts';
export { formatVerifierKey, parseVerifierKey, type VerifierKey, verifierKey } from './log/note.ts';
export type { LogEntry } from './log/segment.ts';
export { ledgerMirror } from './mirror/cli.ts';
export { ledgerRecover } from './mirror/recover-cli.ts';
export type { EncodedReading } from './record/batch.ts';
export type { Columns } from './record/columns.ts';
export { decodeEnvelope, type Envelope, encodeEnvelope } from './record/envelope.ts';
export {
  decodeKeyRecord,
  encodeKeyRecord,
  openEpochKey,
  type Recipient,
  type StreamClass,
  streamTag,
  wrapEpochKey,
  wrapStayKey,
} from './record/epoch-key.ts';
export { batchLeafHash } from './record/leaf.ts';
export { decodeGap, encodeGap, type Gap, type GapEvidence, type LeafZero } from './record/leaf-zero.ts';
export { batchEntry, heartbeatEntry } from './record/log-entry.ts';
export { decodeReading, encodeReading, type RecordReading } from './record/reading-codec.ts';
export {
  type DisplayedEnvelope,
  type OpenedEnvelope,
  openEnvelope,
  openForDisplay,
  type SealedBatch,
  sealBatch,
} from './record/seal.ts';
export { ReadingDecoder } from './record/table-reader.ts';
export { isGatewayKeyEndorsed } from './verify/checks.ts';
export { verifyCommand } from './verify/cli.ts';
export { correctionOver, isAbout, type ShownCorrection } from './verify/correction.ts';
export type { CorrectionEvidence } from './verify/correction-evidence.ts';
export { type CsvForm, csvWriter } from './verify/csv.ts';
export { EXPORT_FIRST_LINE, type ExportPart, encodeExportPart } from './verify/export-proof.ts';
export {
  encodeProofFile,
  gatewayKeyBytes,
  MAX_CORRECTIONS,
  type ProofFile,
  parseProofFile,
} from './verify/proof-file.ts';
export { verifierCommand } from './verify/verifier-command.ts';
export { ledgerWitness } from './witness/cli.ts';
export { openWitnessSet } from './witness/witness-set.ts';
