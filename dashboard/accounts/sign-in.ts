// SPDX-License-Identifier: Apache-2.0
/** How a person comes in: by the claim link once, by name and password afterwards. Both are limited per account and per address. */
import { DashboardError } from '../errors.ts';
import type { AccountStore, StoreDeps } from './account-store.ts';
import { AttemptLimit } from './attempt-limit.ts';
import { hashPassword, PASSWORD_CHARACTERS_MIN, SALT_BYTES, verifyPassword } from './password.ts';

const WINDOW_MS = 15 * 60_000;
const FAILURES_PER_ACCOUNT_MAX = 5;
/** Larger: a whole clinic may share one address. */
const FAILURES_PER_ADDRESS_MAX = 50;
const LIMIT_KEYS_MAX = 10_000;

export interface Credentials {
  readonly name: string;
  readonly password: string;
}

export class SignIn {
  readonly #store: AccountStore;
  readonly #deps: StoreDeps;
  readonly #perAccount = new AttemptLimit({
    attemptsMax: FAILURES_PER_ACCOUNT_MAX,
    windowMs: WINDOW_MS,
    keysMax: LIMIT_KEYS_MAX,
  });
  readonly #perAddress = new AttemptLimit({
    attemptsMax: FAILURES_PER_ADDRESS_MAX,
    windowMs: WINDOW_MS,
    keysMax: LIMIT_KEYS_MAX,
  });
  #decoy: Promise<string> | undefined;

  constructor(store: AccountStore, deps: StoreDeps) {
    this.#store = store;
    this.#deps = deps;
  }

  /**
   * Makes the account that a link stands for and signs it in: an invited person under the name of the invitation, else the
   * first account. That one is an administrator, and a nurse as well, so that a ward of one works.
   * @returns the session token
   * @throws DashboardError CLAIM_SPENT, PASSWORD_SHORT, NAME_REFUSED, TOO_MANY_TRIES
   */
  async claim(token: string, { name, password }: Credentials, ward: string, address: string): Promise<string> {
    return this.#limited([[this.#perAddress, address]], async () => {
      // Before the costly hash, so that a stranger without the link cannot make us work.
      const invited = this.#store.invited(token);
      if (invited === null && !this.#store.claimHolds(token)) throw new DashboardError('CLAIM_SPENT');
      if ([...password].length < PASSWORD_CHARACTERS_MIN) throw new DashboardError('PASSWORD_SHORT');
      const hash = await hashPassword(password, this.#deps.random(SALT_BYTES));
      if (invited !== null) return this.#store.openSession(this.#store.accept(token, hash).name);
      this.#store.claim(token, { name, roles: ['administrator', 'nurse'], ward }, hash);
      return this.#store.openSession(name);
    });
  }

  /**
   * @returns the session token
   * @throws DashboardError SIGN_IN_WRONG, TOO_MANY_TRIES
   */
  async signIn({ name, password }: Credentials, address: string): Promise<string> {
    const limits: Limits = [
      [this.#perAddress, address],
      [this.#perAccount, name.normalize('NFKC').trim().toLowerCase()],
    ];
    return this.#limited(limits, async () => {
      const known = this.#store.passwordHash(name);
      // An unknown name costs the same time as a wrong password.
      const fits = await verifyPassword(password, known ?? (await this.#decoyHash()));
      if (known === null || !fits) throw new DashboardError('SIGN_IN_WRONG');
      return this.#store.openSession(name);
    });
  }

  async #limited<T>(limits: Limits, work: () => Promise<T>): Promise<T> {
    const now = this.#deps.nowMs();
    for (const [limit, key] of limits) {
      if (limit.take(key, now)) continue;
      this.#deps.counters.add('sign_in_limited');
      throw new DashboardError('TOO_MANY_TRIES');
    }
    const result = await work();
    for (const [limit, key] of limits) limit.giveBack(key);
    return result;
  }

  #decoyHash(): Promise<string> {
    this.#decoy ??= hashPassword('', this.#deps.random(SALT_BYTES));
    return this.#decoy;
  }
}

type Limits = readonly (readonly [AttemptLimit, string])[];
