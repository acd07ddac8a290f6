// SPDX-License-Identifier: Apache-2.0
/** What can go wrong with the verifier's page, apart from what it says of a proof. */
import { CodedError, type ErrorEntry } from '../errors.ts';

export const PAGE_ERRORS = {
  VERIFIER_NOT_BUILT: {
    class: 'permanent',
    message: 'The page of the verifier is not built, and this installation has no build tool.',
    advice:
      'Run "node tools/build-page.mjs" where the development packages are installed, and copy ledger/verify/dist.',
  },
} as const satisfies Record<string, ErrorEntry>;

type PageErrorCode = keyof typeof PAGE_ERRORS;

export class PageError extends CodedError<PageErrorCode> {
  constructor(code: PageErrorCode, detail?: string, options?: ErrorOptions) {
    super(PAGE_ERRORS, code, detail, options);
    this.name = 'PageError';
  }
}
