// SPDX-License-Identifier: Apache-2.0
/** The table of rules against the sentences it is made from, over all combinations of attributes there are. */
import { describe, expect, it } from 'vitest';
import type { CommandType } from './commands.ts';
import { type Attributes, permitted, RULES } from './rules.ts';

const ALL: { readonly [A in keyof Attributes]: readonly Attributes[A][] } = {
  signer: ['admin', 'device', 'itself'],
  organisation: ['own', 'grantee', 'other', 'none'],
  basis: ['admission', 'consent', 'emergency', 'none'],
  decision: ['allowed', 'denied', 'none'],
  reader: ['nurse', 'physician', 'relative', 'outside-doctor', 'researcher', 'none'],
  purpose: ['care', 'family', 'second-opinion', 'research', 'emergency', 'none'],
  time: ['early', 'live', 'ended', 'revoked', 'none'],
  terms: ['met', 'unmet', 'none'],
  reason: ['given', 'none'],
};

function* combinations(names = Object.keys(ALL) as (keyof Attributes)[]): Generator<Partial<Attributes>> {
  const [name, ...rest] = names;
  if (name === undefined) return yield {};
  for (const others of combinations(rest)) for (const value of ALL[name]) yield { ...others, [name]: value };
}

const TEAM = ['nurse', 'physician'];
const PAIRS = ['relative family', 'outside-doctor second-opinion', 'researcher research'];
const ownOrg = (a: Attributes) => a.organisation === 'own';
const pairs = (a: Attributes) => PAIRS.includes(`${a.reader} ${a.purpose}`);

/** The rules said plainly. */
const SENTENCES: Readonly<Record<CommandType, (a: Attributes) => boolean>> = {
  registerOrg: (a) => a.signer === 'admin' && (ownOrg(a) || a.organisation === 'none'),
  registerDevice: (a) => a.signer === 'admin' && ownOrg(a),
  rotateDeviceKey: (a) => a.signer === 'itself' || (a.signer === 'admin' && ownOrg(a)),
  setDeviceStatus: (a) => a.signer === 'admin' && ownOrg(a),
  openLog: (a) => a.signer === 'device',
  anchorCheckpoint: (a) => a.signer === 'itself',
  grantConsent: (a) => ownOrg(a) && pairs(a),
  revokeConsent: ownOrg,
  publishKeyGrant: (a) => ownOrg(a) && a.time === 'live',
  logAccess: (a) => {
    if (a.signer !== 'device') return false;
    if (a.decision !== 'allowed') return a.decision === 'denied';
    if (a.basis === 'admission') return TEAM.includes(a.reader) && a.purpose === 'care';
    if (a.basis === 'emergency')
      return [...TEAM, 'outside-doctor'].includes(a.reader) && a.purpose === 'emergency' && a.reason === 'given';
    const involved = ownOrg(a) || a.organisation === 'grantee';
    return a.basis === 'consent' && involved && a.time === 'live' && a.terms === 'met' && pairs(a);
  },
  recordErasure: ownOrg,
  recordCorrection: ownOrg,
  withdrawCorrection: ownOrg,
};

describe('the rules', () => {
  it('say of every combination of attributes what their sentences say', () => {
    let judged = 0;
    const differing = new Set<string>();
    for (const attributes of combinations() as Generator<Attributes>) {
      judged += 1;
      for (const type of Object.keys(RULES) as CommandType[])
        if (permitted(RULES[type], attributes) !== SENTENCES[type](attributes)) differing.add(type);
    }
    expect(judged).toBe(155_520);
    expect([...differing]).toEqual([]);
  });

  it('never let a consent decide over the treating team', () => {
    const care = {
      ...blank,
      signer: 'device',
      basis: 'admission',
      decision: 'allowed',
      reader: 'nurse',
      purpose: 'care',
    } as const;
    for (const time of ALL.time)
      for (const organisation of ALL.organisation)
        expect(permitted(RULES.logAccess, { ...care, time, organisation })).toBe(true);
  });

  it('refuse what no rule names', () => {
    expect(permitted([], blank)).toBe(false);
    expect(permitted([{ signer: ['admin'], time: ['live'] }], blank)).toBe(false);
    expect(permitted([{ signer: ['admin'] }], blank)).toBe(true);
  });
});

const blank: Attributes = {
  signer: 'admin',
  organisation: 'none',
  basis: 'none',
  decision: 'none',
  reader: 'none',
  purpose: 'none',
  time: 'none',
  terms: 'none',
  reason: 'none',
};
