// SPDX-License-Identifier: Apache-2.0
/** Every order of every command of a small world: what must never happen does not, and faulty contracts are caught doing it. */
import { fc, test } from '@fast-check/vitest';
import { beforeAll, describe, expect, it } from 'vitest';
import { anchorWith } from './anchors.ts';
import { refused } from './answer.ts';
import { HANDLERS } from './apply.ts';
import { grantConsent } from './consents.ts';
import { change, type Handlers } from './handler.ts';
import { logAccess, withdrawCorrection } from './records.ts';
import { CONSENT_VALUE, CORRECTION_VALUE, KEYS, load, writeOf } from './state.ts';
import { type Exploration, explore, walk } from './testing/explore.ts';
import { correctionWorld, smallWorld } from './testing/small-world.ts';

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

describe('all orders of marking and taking back', () => {
  const found = explore(HANDLERS, 'nothing', NO_BOUND, correctionWorld);
  const answersOf = (name: string): string[] =>
    [...found.answers.keys()].filter((label) => label.startsWith(`${name}: `)).map((label) => label.split(': ')[1]!);

  it('never take back what does not stand, and refuse nobody who may', () => {
    expect([found.broken, found.isComplete]).toEqual([undefined, true]);
    expect(found.states).toBeGreaterThan(300);
  });

  it('meet every answer that matters', () => {
    expect(answersOf('withdraw m1')).toEqual(
      expect.arrayContaining(['accepted', 'already', 'CORRECTION_WITHDRAWN', 'NOT_FOUND', 'SENDER_INACTIVE']),
    );
    expect(answersOf('withdraw m1 by the administrator')).toContain('accepted');
    expect(answersOf('withdraw m1 by south')).toEqual(expect.arrayContaining(['NOT_PERMITTED']));
    expect(answersOf('withdraw the withdrawal of m1')).not.toContain('accepted');
    expect(answersOf('withdraw m1 unsigned')).not.toContain('accepted');
  });

  const caught = (withdraw: Handlers['withdrawCorrection']) =>
    explore({ ...HANDLERS, withdrawCorrection: withdraw }, 'set up', 4, correctionWorld).broken?.what;

  it('catch a contract that does not look whether it was taken back', () => {
    const blind: typeof withdrawCorrection = ({ state, ...rest }) => {
      const get = (key: string) => {
        const held = key.startsWith('cor~') ? load(state, CORRECTION_VALUE, key) : undefined;
        if (!held) return state.get(key);
        const { withdrawal: _withdrawal, ...fresh } = held;
        return writeOf(CORRECTION_VALUE, key, fresh).value;
      };
      return withdrawCorrection({ ...rest, state: { get, range: state.range } });
    };
    expect(caught(blind)).toBe('a correction that does not stand was taken back');
  });

  it('catch a contract that takes the wrong one back, or none ever', () => {
    expect(caught(() => change([]))).toBe('a correction that does not stand was taken back');
    expect(caught(() => refused('CONFLICT', 'never'))).toBe('refused: a withdrawal');
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
  const move = fc.constantFrom(...new Set([...smallWorld, ...correctionWorld]));
  test.prop([fc.array(move, { minLength: 30, maxLength: 120 })], { numRuns: 300 })(
    'keep the oracle too, with all records kept',
    (moves) => {
      expect(walk(HANDLERS, moves)).toBeUndefined();
    },
  );
});
