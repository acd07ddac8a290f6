// SPDX-License-Identifier: Apache-2.0
/** As whom somebody reads, in the words that the rules of the contract judge. Pure. */
import type { AccessTerms } from '../../ledger/index.ts';
import type { Request } from '../messages.ts';

type Asked = Pick<Extract<Request, { command: 'log-access' }>, 'reader' | 'consent' | 'emergency'>;

/** What each reader reads for. */
const PURPOSE: Readonly<Record<NonNullable<Asked['reader']>, AccessTerms['purpose']>> = {
  nurse: 'care',
  physician: 'care',
  relative: 'family',
  'outside-doctor': 'second-opinion',
  researcher: 'research',
};

/** The treating team reads under the admission, everybody else under a consent, and in an emergency whoever says why. */
export function accessTerms({ reader = 'nurse', consent, emergency }: Asked): AccessTerms {
  const common = { decision: 'allowed', reader } as const;
  if (emergency) return { ...common, basis: 'emergency', purpose: 'emergency', reason: emergency };
  const purpose = PURPOSE[reader];
  if (purpose === 'care' && consent === undefined) return { ...common, basis: 'admission', purpose };
  return { ...common, basis: 'consent', purpose, ...(consent && { consent: Buffer.from(consent, 'hex') }) };
}
