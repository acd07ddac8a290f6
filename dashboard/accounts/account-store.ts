// SPDX-License-Identifier: Apache-2.0
/** Accounts, sessions and the first administrator's claim, in one SQLite file. Tokens are stored as hashes. */
import { createHash } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import type { Counters } from '../counters.ts';
import { DashboardError } from '../errors.ts';
import { openAccountDatabase } from './account-database.ts';
import { type Person, ROLES, type Role } from './role.ts';

export const SESSION_IDLE_MS_MAX = 15 * 60_000;
export const SESSION_AGE_MS_MAX = 12 * 3_600_000;
export const SESSIONS_PER_ACCOUNT_MAX = 20;
/** A session's last use is written at most this often. */
const SEEN_WRITE_MS = 30_000;
const TOKEN_BYTES = 32;
export const INVITATION_AGE_MS_MAX = 24 * 3_600_000;
export const INVITATIONS_MAX = 100;
const NAME = /^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,39}$/u;

export interface StoreDeps {
  /** Wall time in ms since 1970; never the ward clock, which may run faster. */
  readonly nowMs: () => number;
  readonly random: (bytes: number) => Uint8Array;
  readonly counters: Pick<Counters, 'add'>;
}

/** A session in use; `key` names it without being able to open it. */
export interface Session {
  readonly key: string;
  readonly person: Person;
}

/** Opens or creates the account file. Throws as `openAccountDatabase` does. */
export function openAccountStore(path: string, deps: StoreDeps): AccountStore {
  return new AccountStore(openAccountDatabase(path), deps);
}

export class AccountStore implements AsyncDisposable {
  readonly #database: DatabaseSync;
  readonly #deps: StoreDeps;
  /** Last uses that the disk did not take: a full disk must make no board dark. One for each session at most. */
  readonly #unwrittenSeenMs = new Map<string, number>();

  constructor(database: DatabaseSync, deps: StoreDeps) {
    this.#database = database;
    this.#deps = deps;
  }

  hasAccounts(): boolean {
    return this.#get('SELECT 1 FROM account LIMIT 1') !== undefined;
  }

  /** A fresh claim that replaces any older one, or null when an account exists. */
  newClaim(): string | null {
    if (this.hasAccounts()) return null;
    const token = this.#newToken();
    this.#run('INSERT OR REPLACE INTO claim (id, hash) VALUES (1, ?)', hashOf(token));
    return token;
  }

  claimHolds(token: string): boolean {
    return !this.hasAccounts() && this.#get('SELECT 1 FROM claim WHERE hash = ?', hashOf(token)) !== undefined;
  }

  /**
   * Spends the claim and makes the first account, both or neither.
   * @throws DashboardError CLAIM_SPENT, NAME_REFUSED
   */
  claim(token: string, account: Person, passwordHash: string): void {
    this.#transaction(() => {
      if (!this.claimHolds(token)) throw new DashboardError('CLAIM_SPENT');
      this.addAccount(account, passwordHash);
      this.#run('DELETE FROM claim');
    });
  }

  /** @throws DashboardError NAME_REFUSED */
  addAccount(account: Person, passwordHash: string): void {
    const name = freeName(account.name, (each) => this.passwordHash(each) !== null);
    const roles = ROLES.filter((role) => account.roles.includes(role)).join(' ');
    this.#run('INSERT INTO account VALUES (?, ?, ?, ?, ?)', keyOf(name), name, roles, passwordHash, account.ward);
  }

  /** Everybody, by name. */
  people(): Person[] {
    return this.#database.prepare('SELECT name, roles, ward FROM account ORDER BY key').all().map(personOf);
  }

  /**
   * A link for a person who has no account yet: works once, within INVITATION_AGE_MS_MAX, as long as the inviter is an administrator; a
   * new one replaces the older one.
   * @throws DashboardError NAME_REFUSED, TOO_MANY_TRIES when INVITATIONS_MAX are open
   */
  invite(person: Person, inviter: string): string {
    const name = freeName(person.name, (each) => this.passwordHash(each) !== null);
    const token = this.#newToken();
    this.#transaction(() => {
      const now = this.#deps.nowMs();
      this.#run('DELETE FROM invitation WHERE made_ms <= ? OR key = ?', now - INVITATION_AGE_MS_MAX, keyOf(name));
      if (Number(this.#get('SELECT count(*) AS n FROM invitation')?.['n']) >= INVITATIONS_MAX)
        throw new DashboardError('TOO_MANY_TRIES');
      const { roles, ward } = person;
      const insert = 'INSERT INTO invitation VALUES (?, ?, ?, ?, ?, ?, ?)';
      this.#run(insert, hashOf(token), keyOf(name), name, roles.join(' '), ward, now, keyOf(inviter));
    });
    return token;
  }

  /** Whom a link invites; null when it never was, was used or is too old. */
  invited(token: string): Person | null {
    const oldest = this.#deps.nowMs() - INVITATION_AGE_MS_MAX;
    const row = this.#get('SELECT * FROM invitation WHERE hash = ? AND made_ms > ?', hashOf(token), oldest);
    return row === undefined ? null : personOf(row);
  }

  /**
   * Spends an invitation and makes its account, both or neither.
   * @throws DashboardError CLAIM_SPENT, NAME_REFUSED
   */
  accept(token: string, passwordHash: string): Person {
    const person = this.invited(token);
    if (person === null) throw new DashboardError('CLAIM_SPENT');
    this.#transaction(() => {
      this.addAccount(person, passwordHash);
      this.#run('DELETE FROM invitation WHERE hash = ?', hashOf(token));
    });
    return person;
  }

  /** @throws DashboardError ACCOUNT_UNKNOWN, LAST_ADMINISTRATOR */
  setRoles(name: string, roles: readonly Role[]): void {
    this.#transaction(() => {
      this.#mustHave(name);
      if (!roles.includes('administrator')) this.#endAdministration(name);
      this.#run('UPDATE account SET roles = ? WHERE key = ?', roles.join(' '), keyOf(name));
    });
  }

  /** Removes an account and ends its sessions. @throws DashboardError ACCOUNT_UNKNOWN, LAST_ADMINISTRATOR */
  removeAccount(name: string): void {
    this.#transaction(() => {
      this.#mustHave(name);
      this.#endAdministration(name);
      this.#run('DELETE FROM account WHERE key = ?', keyOf(name));
    });
  }

  passwordHash(name: string): string | null {
    const row = this.#get('SELECT password FROM account WHERE key = ?', keyOf(name));
    return row === undefined ? null : String(row['password']);
  }

  /** Opens a session for an existing account and gives its token, which is stored nowhere. */
  openSession(name: string): string {
    const now = this.#deps.nowMs();
    const token = this.#newToken();
    this.#transaction(() => {
      this.#run(
        'DELETE FROM session WHERE opened_ms <= ? OR seen_ms <= ?',
        now - SESSION_AGE_MS_MAX,
        now - SESSION_IDLE_MS_MAX,
      );
      this.#run('INSERT INTO session VALUES (?, ?, ?, ?)', hashOf(token), keyOf(name), now, now);
      this.#run(
        'DELETE FROM session WHERE account = ?1 AND hash NOT IN (SELECT hash FROM session WHERE account = ?1 ORDER BY opened_ms DESC, rowid DESC LIMIT ?2)',
        keyOf(name),
        SESSIONS_PER_ACCOUNT_MAX,
      );
    });
    return token;
  }

  /** The session of a token, marked as used now; null when it never was, has ended or is too old. */
  useSession(token: string): Session | null {
    const now = this.#deps.nowMs();
    const key = hashOf(token);
    const row = this.#get(
      'SELECT name, roles, ward, opened_ms, seen_ms FROM session JOIN account ON account.key = session.account WHERE hash = ?',
      key,
    );
    if (row === undefined) {
      this.#unwrittenSeenMs.delete(key);
      return null;
    }
    const seenMs = this.#unwrittenSeenMs.get(key) ?? Number(row['seen_ms']);
    if (now - Number(row['opened_ms']) >= SESSION_AGE_MS_MAX || now - seenMs >= SESSION_IDLE_MS_MAX) {
      this.#unwrittenSeenMs.delete(key);
      this.#tryRun('DELETE FROM session WHERE hash = ?', key);
      return null;
    }
    if (now - seenMs >= SEEN_WRITE_MS) {
      const isWritten = this.#tryRun('UPDATE session SET seen_ms = ? WHERE hash = ?', now, key);
      if (isWritten) this.#unwrittenSeenMs.delete(key);
      else this.#unwrittenSeenMs.set(key, now);
    }
    return { key, person: personOf(row) };
  }

  endSession(token: string): void {
    this.#run('DELETE FROM session WHERE hash = ?', hashOf(token));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#database.close();
  }

  #mustHave(name: string): void {
    if (this.passwordHash(name) === null) throw new DashboardError('ACCOUNT_UNKNOWN');
  }

  /** Somebody else must be administrator, and the invitations end too: else the one who goes comes back by an own one. */
  #endAdministration(name: string): void {
    const others = this.people().filter((person) => keyOf(person.name) !== keyOf(name));
    if (!others.some(({ roles }) => roles.includes('administrator'))) throw new DashboardError('LAST_ADMINISTRATOR');
    this.#run('DELETE FROM invitation WHERE inviter = ?', keyOf(name));
  }

  #newToken(): string {
    return Buffer.from(this.#deps.random(TOKEN_BYTES)).toString('base64url');
  }

  #get(sql: string, ...values: (string | number)[]) {
    return this.#database.prepare(sql).get(...values);
  }

  #run(sql: string, ...values: (string | number)[]): void {
    this.#database.prepare(sql).run(...values);
  }

  /** For what a full or locked disk may refuse without harm. */
  #tryRun(sql: string, ...values: (string | number)[]): boolean {
    try {
      this.#run(sql, ...values);
      return true;
    } catch (error) {
      if (!(error instanceof Error && 'errcode' in error)) throw error;
      this.#deps.counters.add('session_writes_refused');
      return false;
    }
  }

  #transaction(work: () => void): void {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      work();
      this.#database.exec('COMMIT');
    } catch (error) {
      this.#database.exec('ROLLBACK');
      throw error;
    }
  }
}

/** @throws DashboardError NAME_REFUSED */
function freeName(text: string, isTaken: (name: string) => boolean): string {
  const name = text.normalize('NFKC').trim();
  if (!NAME.test(name) || isTaken(name)) throw new DashboardError('NAME_REFUSED');
  return name;
}

/** "Ada" and "ada" are one person. */
function keyOf(name: string): string {
  return name.normalize('NFKC').trim().toLowerCase();
}

/** A token is 256 random bits, so a plain hash is enough to keep it out of backups. */
function hashOf(token: string): string {
  return createHash('sha256').update(token, 'utf8').digest('hex');
}

function personOf(row: Record<string, unknown>): Person {
  const roles = String(row['roles']).split(' ').filter(isRole);
  return { name: String(row['name']), roles, ward: String(row['ward']) };
}

function isRole(text: string): text is Role {
  return (ROLES as readonly string[]).includes(text);
}
