// SPDX-License-Identifier: Apache-2.0
/** Accounts, sessions, claim, passwords and limits on a real SQLite file, with time and randomness in the test's hand. */
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fc, test } from '@fast-check/vitest';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Counters } from '../counters.ts';
import {
  type AccountStore,
  INVITATION_AGE_MS_MAX,
  INVITATIONS_MAX,
  openAccountStore,
  SESSION_AGE_MS_MAX,
  SESSION_IDLE_MS_MAX,
  SESSIONS_PER_ACCOUNT_MAX,
} from './account-store.ts';
import { AttemptLimit } from './attempt-limit.ts';
import { hashPassword, verifyPassword } from './password.ts';
import { SignIn } from './sign-in.ts';

const PASSWORD = 'correct horse battery';
let folder: string;
let path: string;
let nowMs: number;
let drawn: number;
let store: AccountStore;

const counters = new Counters();
const deps = {
  counters,
  nowMs: () => nowMs,
  /** Different at every draw, and known. */
  random: (bytes: number) => new Uint8Array(bytes).fill(++drawn),
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'accounts-'));
  path = join(folder, 'accounts.db');
  nowMs = 1_800_000_000_000;
  drawn = 0;
  store = openAccountStore(path, deps);
});
afterEach(async () => {
  await store[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

describe('the account file', () => {
  it('is readable by its owner only, and refused when it is not', () => {
    expect(statSync(path).mode & 0o777).toBe(0o600);
    chmodSync(path, 0o640);
    expect(() => openAccountStore(path, deps)).toThrow(expect.objectContaining({ code: 'CREDENTIAL_READABLE' }));
  });

  it('of another format version is refused', () => {
    const other = join(folder, 'other.db');
    new DatabaseSync(other).exec('PRAGMA user_version = 99');
    chmodSync(other, 0o600);
    expect(() => openAccountStore(other, deps)).toThrow(expect.objectContaining({ code: 'ACCOUNTS_VERSION' }));
    const damaged = join(folder, 'damaged.db');
    writeFileSync(damaged, 'not a database, but of some length'.repeat(100), { mode: 0o600 });
    expect(() => openAccountStore(damaged, deps)).toThrow(expect.objectContaining({ code: 'ACCOUNTS_DAMAGED' }));
  });

  it('holds no token and no password', async () => {
    const claim = store.newClaim()!;
    store.addAccount({ name: 'Ada', roles: ['nurse'], ward: 'gw1' }, await hashPassword(PASSWORD, new Uint8Array(16)));
    const session = store.openSession('Ada');
    const bytes = [path, `${path}-wal`].map((file) => readFileSync(file).toString('latin1')).join('');
    expect(bytes).toContain('$argon2id$');
    for (const secret of [claim, session, PASSWORD]) expect(bytes).not.toContain(secret);
  });
});

describe('the claim', () => {
  it('works once, and only while there is no account', () => {
    const token = store.newClaim()!;
    expect(store.claimHolds(token)).toBe(true);
    store.claim(token, { name: 'Ada', roles: ['administrator', 'nurse'], ward: 'gw1' }, 'hash');
    expect(() => store.claim(token, { name: 'Eve', roles: ['nurse'], ward: 'gw1' }, 'hash')).toThrow(
      expect.objectContaining({ code: 'CLAIM_SPENT' }),
    );
    expect(store.newClaim()).toBeNull();
  });

  it('of an earlier start is worth nothing', () => {
    const first = store.newClaim()!;
    const second = store.newClaim()!;
    expect([store.claimHolds(first), store.claimHolds(second)]).toEqual([false, true]);
  });

  it('is kept when the account cannot be made', () => {
    const token = store.newClaim()!;
    expect(() => store.claim(token, { name: '<b>', roles: [], ward: 'gw1' }, 'hash')).toThrow(
      expect.objectContaining({ code: 'NAME_REFUSED' }),
    );
    expect(store.claimHolds(token)).toBe(true);
  });
});

describe('a session', () => {
  beforeEach(() => store.addAccount({ name: 'Ada', roles: ['nurse', 'administrator'], ward: 'gw1' }, 'hash'));

  it('carries the person and the roles of now', () => {
    const session = store.useSession(store.openSession('ada '));
    expect(session?.person).toEqual({ name: 'Ada', roles: ['nurse', 'administrator'], ward: 'gw1' });
    expect(store.useSession('made up')).toBeNull();
  });

  it('ends when idle, lives on when used, and ends at its age whatever it does', () => {
    const idle = store.openSession('Ada');
    const used = store.openSession('Ada');
    const openedMs = nowMs;
    const step = SESSION_IDLE_MS_MAX / 2;
    for (nowMs += step; nowMs < openedMs + SESSION_AGE_MS_MAX; nowMs += step)
      expect(store.useSession(used)).not.toBeNull();
    expect(store.useSession(used)).toBeNull();
    nowMs = openedMs + SESSION_IDLE_MS_MAX;
    expect(store.useSession(idle)).toBeNull();
  });

  it('goes on while the disk takes no more, and so does the board that uses it', () => {
    const token = store.openSession('Ada');
    const openedMs = nowMs;
    using blocker = new DatabaseSync(path);
    blocker.exec('BEGIN IMMEDIATE');
    for (nowMs += 60_000; nowMs < openedMs + 2 * SESSION_IDLE_MS_MAX; nowMs += 60_000)
      expect(store.useSession(token)).not.toBeNull();
    expect(counters.get('session_writes_refused')).toBeGreaterThan(0);
    // What nobody used ends all the same, and a station that starts now is not kept from it.
    nowMs += SESSION_IDLE_MS_MAX;
    expect(store.useSession(token)).toBeNull();
    expect(openAccountStore(path, deps).useSession(token)).toBeNull();
    blocker.exec('ROLLBACK');
  });

  it('ends at sign-out, and the oldest gives way when there are too many', () => {
    const tokens = Array.from({ length: SESSIONS_PER_ACCOUNT_MAX + 1 }, () => store.openSession('Ada'));
    expect(store.useSession(tokens[0]!)).toBeNull();
    expect(store.useSession(tokens[1]!)).not.toBeNull();
    store.endSession(tokens[1]!);
    expect(store.useSession(tokens[1]!)).toBeNull();
  });
});

describe('signing in', () => {
  const code = (value: string) => expect.objectContaining({ code: value });

  it('claims with a long password, then signs in by name and password', async () => {
    const signIn = new SignIn(store, deps);
    const claim = store.newClaim()!;
    await expect(signIn.claim('wrong', { name: 'Ada', password: PASSWORD }, 'gw1', 'here')).rejects.toThrow(
      code('CLAIM_SPENT'),
    );
    await expect(signIn.claim(claim, { name: 'Ada', password: 'eleven char' }, 'gw1', 'here')).rejects.toThrow(
      code('PASSWORD_SHORT'),
    );
    const first = await signIn.claim(claim, { name: 'Ada', password: PASSWORD }, 'gw1', 'here');
    expect(store.useSession(first)?.person.roles).toEqual(['nurse', 'administrator']);
    expect(store.useSession(await signIn.signIn({ name: 'ADA', password: PASSWORD }, 'here'))?.person.name).toBe('Ada');
  });

  it('says the same of a wrong name and a wrong password, and stops after five for one account', async () => {
    const signIn = new SignIn(store, deps);
    store.addAccount({ name: 'Ada', roles: ['nurse'], ward: 'gw1' }, await hashPassword(PASSWORD, new Uint8Array(16)));
    await expect(signIn.signIn({ name: 'Eve', password: PASSWORD }, 'here')).rejects.toThrow(code('SIGN_IN_WRONG'));
    const wrong = Array.from({ length: 5 }, () => signIn.signIn({ name: 'Ada', password: 'x' }, 'here'));
    for (const tried of await Promise.allSettled(wrong))
      expect(tried).toMatchObject({ reason: { code: 'SIGN_IN_WRONG' } });
    await expect(signIn.signIn({ name: 'Ada', password: PASSWORD }, 'there')).rejects.toThrow(code('TOO_MANY_TRIES'));
    nowMs += 15 * 60_000;
    expect(await signIn.signIn({ name: 'Ada', password: PASSWORD }, 'here')).toBeTypeOf('string');
  });

  it('never locks out who signs in forty times a shift', async () => {
    const signIn = new SignIn(store, deps);
    store.addAccount({ name: 'Ada', roles: ['nurse'], ward: 'gw1' }, await hashPassword(PASSWORD, new Uint8Array(16)));
    for (let i = 0; i < 6; i++) await signIn.signIn({ name: 'Ada', password: PASSWORD }, 'here');
  });
});

describe('a password', () => {
  it('opens with its own hash in PHC form and with nothing else', async () => {
    const hash = await hashPassword('Zoë’s bicycle bell', new Uint8Array(16).fill(7));
    expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    expect(await verifyPassword('Zoe\u0308’s bicycle bell', hash)).toBe(true);
    expect(await verifyPassword('Zoe’s bicycle bell', hash)).toBe(false);
    expect(await verifyPassword('Zoë’s bicycle bell', 'not a hash')).toBe(false);
  });
});

describe('the limit of attempts', () => {
  test.prop([fc.array(fc.record({ key: fc.constantFrom('a', 'b', 'c', 'd'), waitMs: fc.nat(40) }), { maxLength: 60 })])(
    'agrees with a plain list of past tries and never remembers more keys than it may',
    (tries) => {
      const limit = new AttemptLimit({ attemptsMax: 3, windowMs: 100, keysMax: 4 });
      const windows: { key: string; sinceMs: number; count: number }[] = [];
      let now = 0;
      for (const { key, waitMs } of tries) {
        now += waitMs;
        const young = windows.findLast((each) => each.key === key && now - each.sinceMs < 100);
        const window = young ?? { key, sinceMs: now, count: 0 };
        if (young === undefined) windows.push(window);
        expect(limit.take(key, now)).toBe(window.count < 3);
        window.count += 1;
        expect(limit.size).toBeLessThanOrEqual(4);
      }
    },
  );

  it('forgets the oldest key when it is full', () => {
    const limit = new AttemptLimit({ attemptsMax: 1, windowMs: 1000, keysMax: 2 });
    expect([limit.take('a', 0), limit.take('b', 1), limit.take('c', 2)]).toEqual([true, true, true]);
    expect([limit.size, limit.evicted]).toEqual([2, 1]);
    expect(limit.take('a', 3)).toBe(true);
  });
});

describe('an invitation', () => {
  const eve = { name: 'Eve', roles: ['nurse'], ward: 'gw1' } as const;
  const refused = (code: string) => expect.objectContaining({ code });

  it('makes one account under the invited name, and works once', () => {
    const token = store.invite(eve, 'Ada');
    expect(store.accept(token, 'hash')).toEqual(eve);
    expect(store.people()).toEqual([eve]);
    expect(() => store.accept(token, 'hash')).toThrow(refused('CLAIM_SPENT'));
  });

  it('is replaced by a newer one, and ends after a day', () => {
    const [first, second] = [store.invite(eve, 'Ada'), store.invite(eve, 'Ada')];
    expect(store.invited(first)).toBeNull();
    nowMs += INVITATION_AGE_MS_MAX - 1;
    expect(store.invited(second)).toEqual(eve);
    nowMs += 1;
    expect(() => store.accept(second, 'hash')).toThrow(refused('CLAIM_SPENT'));
  });

  it('is refused for a name that is taken or no name, and beyond so many', () => {
    store.addAccount(eve, 'hash');
    expect(() => store.invite({ ...eve, name: 'EVE' }, 'Ada')).toThrow(refused('NAME_REFUSED'));
    expect(() => store.invite({ ...eve, name: '<b>' }, 'Ada')).toThrow(refused('NAME_REFUSED'));
    for (let n = 0; n < INVITATIONS_MAX; n++) store.invite({ ...eve, name: `Eve ${n}` }, 'Ada');
    expect(() => store.invite({ ...eve, name: 'One more' }, 'Ada')).toThrow(refused('TOO_MANY_TRIES'));
  });
});

describe('people', () => {
  const ada = { name: 'Ada', roles: ['administrator'], ward: 'gw1' } as const;
  const bea = { name: 'Bea', roles: ['nurse'], ward: 'gw1' } as const;
  beforeEach(() => {
    store.addAccount(ada, 'hash');
    store.addAccount(bea, 'hash');
  });

  it('get other roles, and lose their sessions with their account', () => {
    const session = store.openSession('Bea');
    store.setRoles('bea', ['technician']);
    expect(store.useSession(session)?.person.roles).toEqual(['technician']);
    store.removeAccount('Bea');
    expect(store.useSession(session)).toBeNull();
    expect(store.people()).toEqual([ada]);
  });

  it('always have an administrator', () => {
    const refused = expect.objectContaining({ code: 'LAST_ADMINISTRATOR' });
    expect(() => store.setRoles('Ada', ['nurse'])).toThrow(refused);
    expect(() => store.removeAccount('Ada')).toThrow(refused);
    store.setRoles('Bea', ['administrator', 'nurse']);
    const [ofAda, ofBea] = ['Ada', 'Bea'].map((by) => store.invite({ ...bea, name: `Guest of ${by}` }, by));
    store.removeAccount('ADA');
    // Who was removed must not come back by an invitation of the day before.
    expect(store.invited(ofAda!)).toBeNull();
    expect(store.invited(ofBea!)).not.toBeNull();
    expect(() => store.setRoles('Ada', ['nurse'])).toThrow(expect.objectContaining({ code: 'ACCOUNT_UNKNOWN' }));
  });
});

it('takes over an account file from before there were wards', async () => {
  const older = join(folder, 'older.db');
  const database = new DatabaseSync(older);
  database.exec(`CREATE TABLE account (key TEXT PRIMARY KEY, name TEXT NOT NULL, roles TEXT NOT NULL, password TEXT NOT NULL) STRICT;
    INSERT INTO account VALUES ('ada', 'Ada', 'nurse', 'hash'); PRAGMA user_version = 1`);
  database.close();
  chmodSync(older, 0o600);
  await using opened = openAccountStore(older, deps);
  expect(opened.people()).toEqual([{ name: 'Ada', roles: ['nurse'], ward: '' }]);
  expect(opened.invited(opened.invite({ name: 'Eve', roles: ['nurse'], ward: 'gw1' }, 'Ada'))?.name).toBe('Eve');
});
