// SPDX-License-Identifier: Apache-2.0
/** What can go wrong between the log and a home outside the box. Both homes, witnesses and Fabric, speak these. */
import { CodedError, type ErrorEntry } from '../errors.ts';

export const ANCHOR_ERRORS = {
  ANCHOR_FORKED: {
    class: 'permanent',
    message: 'A home outside the box holds another history under the size of ours.',
    advice:
      'Stop and keep both logs as evidence: the log was altered, or its key signs two histories. Run "lamplight ledger fsck".',
  },
  ANCHOR_ROLLED_BACK: {
    class: 'permanent',
    message: 'A home outside the box has seen a longer log than ours.',
    advice:
      'The disk was put back to an older state. Restore the newest backup, or run "lamplight ledger recover" with a mirror.',
  },
  ANCHOR_ACCUSED: {
    class: 'transient',
    message: 'A home outside the box says that it holds another log than ours, and does not show it.',
    advice:
      'It is asked again by itself. Ask whoever runs it what it holds and compare with "lamplight ledger head": if it is right, the disk was put back or the log was altered, so stop and keep the disk; if not, that home is broken or lies.',
  },
  ANCHOR_UNREACHABLE: {
    class: 'transient',
    message: 'A home outside the box does not answer.',
    advice: 'Nothing is lost: entries are sequenced and anchored when it is back. Check the network and its address.',
  },
} as const satisfies Record<string, ErrorEntry>;

export type AnchorErrorCode = keyof typeof ANCHOR_ERRORS;

export class AnchorError extends CodedError<AnchorErrorCode> {
  constructor(code: AnchorErrorCode, detail?: string, options?: ErrorOptions) {
    super(ANCHOR_ERRORS, code, detail, options);
    this.name = 'AnchorError';
  }
}
