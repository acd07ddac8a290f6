// SPDX-License-Identifier: Apache-2.0
/** Errors of the journal and the record: what was acknowledged, sealed, stored. Part of the registry in errors.ts. */
import type { ErrorEntry } from '../ledger/index.ts';

export const RECORD_ERRORS = {
  JOURNAL_DAMAGED: {
    class: 'permanent',
    message: 'The journal holds rows that cannot be opened.',
    advice:
      'Somebody or something changed journal.db. Keep a copy as evidence and restore the data directory from its backup.',
  },
  JOURNAL_FULL: {
    class: 'transient',
    message: 'The disk is full: nothing is acknowledged until there is room.',
    advice: 'Free disk space. Sensors keep what was not acknowledged and send it again.',
  },
  JOURNAL_BUSY: {
    class: 'transient',
    message: 'More readings arrive than the disk can take.',
    advice: 'Nothing is lost: sensors send again. If it lasts, use a faster card or fewer sensors on this gateway.',
  },
  JOURNAL_STOPPED: {
    class: 'transient',
    message: 'The journal is stopping and takes no more readings.',
    advice: 'Nothing: sensors send again after the restart.',
  },
  SEQUENCE_REFUSED: {
    class: 'permanent',
    message:
      'A device sends sequence numbers that cannot be right: a jump of a million, far too old ones, or thousands of sessions.',
    advice: 'Restart the device. If it goes on, remove it and enrol it anew.',
  },
  RECORD_MISSING: {
    class: 'permanent',
    message: 'A sealed batch of the record is in no store.',
    advice:
      'Somebody removed it, or a store was lost: restore series.db from its backup. The log still proves that it existed.',
  },
  RECORD_ALTERED: {
    class: 'permanent',
    message: 'A sealed batch of the record was changed.',
    advice: 'Keep the store as evidence and restore the part from its backup.',
  },
  RECORD_SWAPPED: {
    class: 'permanent',
    message: 'A sealed batch lies where another one belongs.',
    advice: 'Somebody swapped stored batches: keep the store as evidence and restore it from its backup.',
  },
  RECORD_NOT_IN_LOG: {
    class: 'permanent',
    message: 'A batch is not what the log has at its place.',
    advice: 'Journal and log are not of one history. Keep both as evidence and restore both from one backup.',
  },
  RECORD_KEY_NOT_ENDORSED: {
    class: 'permanent',
    message: "The gateway's key in identity.json is not endorsed by the key of the log.",
    advice: 'Compare the verifier key with the one noted at installation. If it is right, identity.json was altered.',
  },
  RECORD_CHAIN_BROKEN: {
    class: 'permanent',
    message: 'The chain of batches has a break: one is missing, or was put in.',
    advice: 'Keep the stores as evidence and restore them from their backup.',
  },
  SERIES_UNREACHABLE: {
    class: 'transient',
    message: 'The series store does not answer.',
    advice:
      'Nothing is lost: sealed batches wait in the outbox and are sent when it is back. Start InfluxDB, or check series.url in lamplight.toml.',
  },
  SERIES_ACCESS: {
    class: 'permanent',
    message: 'The series store does not let the gateway in, or has no such database.',
    advice: 'Run "lamplight doctor", which says which of the two; "lamplight doctor --fix" makes the database.',
  },
  SERIES_QUERY_FAILED: {
    class: 'transient',
    message: 'The series store did not answer a question as it should.',
    advice:
      'Run "lamplight doctor". Make sure that series.url is an InfluxDB with the 1.x API and that the database exists.',
  },
  SERIES_POINT_REFUSED: {
    class: 'permanent',
    message: 'The series store refuses some sealed batches for what they are.',
    advice:
      'They are kept here and stay readable. Look for another field type in measurement b, a retention policy or a size limit in InfluxDB; mend it and restart the gateway, which tries them once more.',
  },
  SERIES_CONFLICT: {
    class: 'permanent',
    message: 'The series store holds other bytes where sealed batches of this gateway belong.',
    advice:
      'Somebody wrote into it, or two gateways share one identity. Ours are kept here and stay readable; keep the store as evidence.',
  },
  READING_NOT_FOUND: {
    class: 'permanent',
    message: 'No recorded reading fits the question.',
    advice: 'Check stay, vital and time; a reading can be proved once its batch is sealed (5 minutes at most).',
  },
  JOURNAL_ROLLED_BACK: {
    class: 'permanent',
    message: 'The log holds more than the journal ever sent: journal.db is an older copy.',
    advice: 'Put the newer journal.db back, or restore journal and log together from one backup.',
  },
  LOG_CUT: {
    class: 'permanent',
    message: 'The log had lost its newest entries; they were put back from the journal, and the log is what it was.',
    advice: 'Find out who or what shortened the log: a bad disk, a log restored without its journal, or somebody.',
  },
  LOG_NO_ROOM: {
    class: 'transient',
    message: 'The disk has no room for the log: what is sealed waits in the outbox, and nothing is lost.',
    advice: 'Free disk space. Until then history and exports are refused, because no access can be put on record.',
  },
  LOG_OUT_OF_STEP: {
    class: 'permanent',
    message: 'The log and the outbox count differently.',
    advice: 'Run "lamplight ledger fsck"; restore journal and log together from one backup.',
  },
  READ_NOT_ON_RECORD: {
    class: 'transient',
    message: 'Nothing was released: the read must be on record first, and the gateway did not put it there.',
    advice:
      'Start the gateway with "lamplight start", then ask again. A code in brackets is the reason of the gateway: look it up in docs/errors.md.',
  },
  READER_UNKNOWN: {
    class: 'permanent',
    message: 'The flags do not say as whom you read.',
    advice:
      '--as nurse, physician, relative, outside-doctor or researcher; --consent with 32 hex digits; --emergency danger-to-life, patient-unconscious, systems-down or other.',
  },
  EXPORT_CORRECTION_ELSEWHERE: {
    class: 'permanent',
    message: 'A correction of these readings was written by another gateway, whose log is not here to prove it.',
    advice: 'Ask the gateway that wrote it, or take readings that it does not touch.',
  },
  EXPORT_NO_STAY: {
    class: 'permanent',
    message: 'There is no such stay, or nobody is admitted to this bed.',
    advice: 'Name a bed of "lamplight patients list", or a former stay with --stay.',
  },
  EXPORT_STALLED: {
    class: 'transient',
    message: 'The export stood still for a minute and was given up; it left no file.',
    advice: 'Run it again. If it happens again, look at the disk, and at the series store with "lamplight doctor".',
  },
  EXPORT_STOPPED: {
    class: 'transient',
    message: 'The export was asked to stop; it left no file.',
    advice: 'Run it again when you want the files.',
  },
} as const satisfies Record<string, ErrorEntry>;
