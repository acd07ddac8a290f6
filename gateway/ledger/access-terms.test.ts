// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from 'vitest';
import { accessTerms } from './access-terms.ts';

const CONSENT = 'ab'.repeat(16);

describe('as whom somebody reads', () => {
  it.each([
    [{}, { basis: 'admission', reader: 'nurse', purpose: 'care' }],
    [{ reader: 'physician' }, { basis: 'admission', reader: 'physician', purpose: 'care' }],
    [{ reader: 'relative' }, { basis: 'consent', reader: 'relative', purpose: 'family' }],
    [
      { reader: 'outside-doctor', consent: CONSENT },
      { basis: 'consent', reader: 'outside-doctor', purpose: 'second-opinion', consent: Buffer.from(CONSENT, 'hex') },
    ],
    [{ reader: 'researcher' }, { basis: 'consent', reader: 'researcher', purpose: 'research' }],
    // No consent is for the treating team: whoever names one is not taken for it.
    [
      { reader: 'nurse', consent: CONSENT },
      { basis: 'consent', reader: 'nurse', purpose: 'care', consent: Buffer.from(CONSENT, 'hex') },
    ],
    [
      { reader: 'outside-doctor', emergency: 'danger-to-life', consent: CONSENT },
      { basis: 'emergency', reader: 'outside-doctor', purpose: 'emergency', reason: 'danger-to-life' },
    ],
  ] as const)('%j', (asked, terms) => {
    expect(accessTerms(asked)).toEqual({ decision: 'allowed', ...terms });
  });
});
