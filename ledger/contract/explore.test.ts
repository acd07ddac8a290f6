// SPDX-License-Identifier: Apache-2.0
/** Every order of every command of a small world: what must never happen does not, and faulty contracts are caught doing it. */
import { fc, test } from '@fast-check/vitest';
import { beforeAll, describe, expect, it } from 'vitest';
import { anchorWith } from './anchors.ts';
import { refused } from './answer.ts';
import { HANDLERS } from './apply.ts';
import { grantConsent } from './consents.ts';
import { change, type Handlers } from './handler.ts';
import { logAccess } from './records.ts';
import { CONSENT_VALUE, KEYS, load } from './state.ts';
import { type Exploration, explore, walk } from './testing/explore.ts';
import { smallWorld } from './testing/small-world.ts';

const EXPLORE_TIMEOUT_MS = 180_000;
/** Far beyond the longest order that still leads to a new state. */
const NO_BOUND = 100;

describe('all orders of all commands, of any length', () => {
  let found: Exploration;
  beforeAll(() => {
    found = explore(HANDLERS, 'nothing', NO_BOUND);
  }, EXPLORE_TIMEOUT_MS);
  const answersOf = (name: string): string[] =>
    [...found.answers.keys()].filter((label) => label.startsWith(`${name}: `)).map((label) => label.split(': ')[1]!);

  it('never break the oracle: no access without a live consent or a recorded emergency, no checkpoint that is not an extension, a revocation holds from the moment it is accepted', () => {
    console.info(
      `${found.states} states, ${found.transitions} transitions, ${smallWorld.length} commands, depth ${found.depth}`,
    );
    expect(found.broken).toBeUndefined();
    expect(found.isComplete).toBe(true);
    expect(found.depth).toBeGreaterThan(6);
    expect(found.states).toBeGreaterThan(3_000);
  });

  it('accept every honest command somewhere, and no forged one anywhere', () => {
    const never = smallWorld.filter(({ name }) => !answersOf(name).includes('accepted'));
    const offTerms = /for research|too early|bring south back|rewritten 2/;
    expect(
      never.filter(({ meaning, name }) => !meaning.forged && !offTerms.test(name)).map(({ name }) => name),
    ).toEqual([]);
    expect(smallWorld.filter(({ meaning }) => meaning.forged).every((move) => never.includes(move))).toBe(true);
  });

  it('meet every answer that matters', () => {
    expect(answersOf('read under c1')).toEqual(
      expect.arrayContaining(['accepted', 'CONSENT_NOT_LIVE', 'NOT_FOUND', 'SENDER_INACTIVE']),
    );
    expect(answersOf('key under c2')).toEqual(expect.arrayContaining(['accepted', 'already', 'CONSENT_NOT_LIVE']));
    expect(answersOf('rewritten 2 to 3')).toEqual(
      expect.arrayContaining(['CHECKPOINT_NOT_EXTENSION', 'FORK', 'STALE']),
    );
    expect(answersOf('anchor 0 to 3')).toEqual(expect.arrayContaining(['accepted', 'already', 'STALE', 'FORK']));
    expect(answersOf('grant c1 again, wider')).toEqual(expect.arrayContaining(['accepted', 'CONFLICT']));
    expect(answersOf('bring south back')).toEqual(expect.arrayContaining(['already', 'CONFLICT']));
  });
});

describe('a faulty contract is caught', () => {
  const without = (faulty: Partial<Handlers>) => explore({ ...HANDLERS, ...faulty }, 'set up', 6).broken?.what;

  it('that says yes to a revocation and does nothing', () => {
    expect(without({ revokeConsent: () => change([]) })).toMatch(/without a live consent/);
  });

  it('that does not check the consistency of checkpoints', () => {
    expect(without({ anchorCheckpoint: anchorWith(() => true) })).toBe('a checkpoint that is not an extension');
  });

  it('that lets a consent be given again over its revocation', () => {
    const forgetful: Handlers['grantConsent'] = ({ state, ...rest }) => {
      const get = (key: string) => (key.startsWith('con~') ? undefined : state.get(key));
      return grantConsent({ ...rest, state: { get, range: state.range } });
    };
    expect(without({ grantConsent: forgetful })).toBe('a consent was given twice');
  });

  it('that blanks the bed when a consent is withdrawn', () => {
    const blanking: Handlers['logAccess'] = (input) => {
      const grant = smallWorld.find(({ meaning }) => meaning.grants === 'c1')!.signed.command;
      const consent =
        'consent' in grant && grant.consent && load(input.state, CONSENT_VALUE, KEYS.consent(grant.consent));
      return consent && consent.status === 'revoked' ? refused('NOT_PERMITTED', 'no consent') : logAccess(input);
    };
    expect(without({ logAccess: blanking })).toBe('refused: a rightful access (admission)');
  });

  it('that does not write an emergency down', () => {
    expect(without({ logAccess: () => change([]) })).toBe('access without a live consent or a recorded emergency');
  });
});

describe('long random orders', () => {
  test.prop([fc.array(fc.nat({ max: smallWorld.length - 1 }), { minLength: 30, maxLength: 120 })], { numRuns: 300 })(
    'keep the oracle too, with all records kept',
    (moves) => {
      expect(walk(HANDLERS, moves)).toBeUndefined();
    },
  );
});
