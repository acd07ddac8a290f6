// SPDX-License-Identifier: Apache-2.0
/** What can go wrong between a log and its mirrors, and when a log is healed from them. */
import { CodedError, type ErrorEntry } from '../errors.ts';

export const MIRROR_ERRORS = {
  MIRROR_UNREACHABLE: {
    class: 'transient',
    message: 'The log to be read does not answer.',
    advice: 'Check its address, and that it serves its published files there; a mirror tries again by itself.',
  },
  MIRROR_UNPROVED: {
    class: 'permanent',
    message: 'What is served is not what the checkpoint of the log covers.',
    advice: 'Nothing of it was stored. Read from another mirror, and ask whoever serves this one what happened to it.',
  },
  MIRROR_FORKED: {
    class: 'permanent',
    message: 'The log shows another history than the one that this mirror holds, both under its key.',
    advice:
      'Keep the folder "evidence" of the mirror, and ask the owner of the log: it was altered, or its key signs two histories.',
  },
  RECOVER_NOT_PROVED: {
    class: 'permanent',
    message: 'The history of the log cannot be proved with what these mirrors have.',
    advice: 'Name more mirrors or backups with --from. Nothing was changed.',
  },
  RECOVER_NOT_WITNESSED: {
    class: 'permanent',
    message: 'No checkpoint of the log was found that the policy accepts.',
    advice:
      'Name mirrors that keep cosigned checkpoints, or give the witnesses their addresses in the policy. Nothing was changed.',
  },
  RECOVER_FORKED: {
    class: 'permanent',
    message: 'There are two histories of this log, both under its key.',
    advice:
      'Keep all copies as evidence. With a policy, the one that its witnesses cosigned is taken; without one nobody can tell. Nothing was changed.',
  },
} as const satisfies Record<string, ErrorEntry>;

export type MirrorErrorCode = keyof typeof MIRROR_ERRORS;

export class MirrorError extends CodedError<MirrorErrorCode> {
  constructor(code: MirrorErrorCode, detail?: string, options?: ErrorOptions) {
    super(MIRROR_ERRORS, code, detail, options);
    this.name = 'MirrorError';
  }
}
