// SPDX-License-Identifier: Apache-2.0
/**
 * Whom a checkpoint must be signed by (C2SP tlog-policy): the logs, the witnesses, groups of k out of n, and the quorum.
 * Pure, and runs in a browser.
 */
import { bytesToHex } from '../codec/hex.ts';
import { LedgerError } from '../errors.ts';
import { parseDecimal } from '../log/checkpoint.ts';
import { COSIGNATURE, openNote, parseVerifierKey, type VerifierKey } from '../log/note.ts';
import type { Sha256 } from '../merkle/hash.ts';
import type { VerifierCrypto } from '../verify/crypto.ts';
import { WitnessError } from './errors.ts';

export interface PolicyLog {
  readonly key: VerifierKey;
  readonly url: string | undefined;
}

export interface PolicyWitness {
  /** Its name inside the policy. */
  readonly name: string;
  readonly key: VerifierKey;
  /** Submission prefix. */
  readonly url: string | undefined;
}

/** At least `threshold` of the members must have cosigned. */
interface Group {
  readonly threshold: number;
  readonly members: readonly (PolicyWitness | Group)[];
}

export interface Policy {
  /** Empty if any log will do that is known from elsewhere. */
  readonly logs: readonly PolicyLog[];
  readonly witnesses: readonly PolicyWitness[];
  readonly quorum: PolicyWitness | Group;
}

const MAX_POLICY_CHARS = 64 * 1024;
/** The specification asks for 32 of each at least. */
const MAX_OF_EACH = 64;
const NOBODY = 'none';

/** Reads a policy file. Throws POLICY_MALFORMED, which names the line. */
export function parsePolicy(text: string, sha256: Sha256): Policy {
  if (text.length > MAX_POLICY_CHARS) throw malformed(`more than ${MAX_POLICY_CHARS} characters`);
  const reader = new PolicyReader(sha256);
  for (const [i, line] of text.split('\n').entries()) reader.read(line, i + 1);
  return reader.policy();
}

/** Do these keys, whose signatures under one checkpoint are checked, make up the quorum? */
export function isQuorumMet({ quorum }: Policy, signedBy: ReadonlySet<VerifierKey>): boolean {
  return isMet(quorum, signedBy);
}

/**
 * Does the note, which the caller knows to be of this log, satisfy the policy? A log that a policy with logs does not list never does.
 * Throws NOTE_MALFORMED, or NOTE_SIGNATURE if a signature of a known key fails.
 */
export function isAccepted(policy: Policy, note: string, logKey: VerifierKey, crypto: VerifierCrypto): boolean {
  const isListed = policy.logs.length === 0 || policy.logs.some(({ key }) => isSameKey(key, logKey));
  const { signedBy } = openNote(note, [logKey, ...policy.witnesses.map(({ key }) => key)], crypto);
  return isListed && signedBy.has(logKey) && isQuorumMet(policy, signedBy);
}

function isMet(member: PolicyWitness | Group, signedBy: ReadonlySet<VerifierKey>): boolean {
  if ('key' in member) return signedBy.has(member.key);
  return member.members.filter((one) => isMet(one, signedBy)).length >= member.threshold;
}

class PolicyReader {
  readonly #sha256: Sha256;
  readonly #logs: PolicyLog[] = [];
  readonly #witnesses: PolicyWitness[] = [];
  readonly #named = new Map<string, PolicyWitness | Group>();
  /** Names that are members already: nobody counts in two ways. */
  readonly #grouped = new Set<string>();
  #quorum: PolicyWitness | Group | undefined;
  #line = 0;

  constructor(sha256: Sha256) {
    this.#sha256 = sha256;
  }

  read(line: string, number: number): void {
    this.#line = number;
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the specification allows none but the tab
    if (/[\x00-\x08\x0a-\x1f\x7f]/.test(line)) throw this.#malformed('a control character, perhaps a carriage return');
    const [what = '', ...items] = line.split(/[ \t]+/).filter((item) => item !== '');
    if (what === '' || what.startsWith('#')) return;
    if (what === 'log') this.#log(items);
    else if (what === 'witness') this.#witness(items);
    else if (what === 'group') this.#group(items);
    else if (what === 'quorum') this.#setQuorum(items);
    else throw this.#malformed('a line of no known kind');
  }

  policy(): Policy {
    if (!this.#quorum) throw malformed('there is no line "quorum"');
    return { logs: this.#logs, witnesses: this.#witnesses, quorum: this.#quorum };
  }

  #log([vkey = '', url, ...more]: readonly string[]): void {
    const log = { key: this.#key(vkey), url };
    this.#assertFew(this.#logs, more);
    if (this.#logs.some(({ key }) => isSamePublicKey(key, log.key))) throw this.#malformed('a log that stands twice');
    this.#logs.push(log);
  }

  #witness([name = '', vkey = '', url, ...more]: readonly string[]): void {
    const witness = { name, key: this.#key(vkey, COSIGNATURE), url };
    this.#assertFew(this.#witnesses, more);
    if (this.#witnesses.some(({ key }) => isSamePublicKey(key, witness.key)))
      throw this.#malformed('a witness that stands twice');
    this.#witnesses.push(witness);
    this.#define(name, witness);
  }

  #group([name = '', count = '', ...names]: readonly string[]): void {
    this.#assertFew([], names.slice(MAX_OF_EACH));
    const members = names.map((member) => this.#member(member));
    const threshold = count === 'any' ? 1 : count === 'all' ? members.length : (parseDecimal(count) ?? 0);
    if (threshold < 1 || threshold > members.length)
      throw this.#malformed('a group of k out of n with k below 1 or above n');
    this.#define(name, { threshold, members });
  }

  #member(name: string): PolicyWitness | Group {
    if (this.#grouped.has(name)) throw this.#malformed(`"${name}" is a member twice`);
    this.#grouped.add(name);
    return this.#find(name);
  }

  #setQuorum([name = '', ...more]: readonly string[]): void {
    if (this.#quorum || more.length > 0) throw this.#malformed('more than one quorum');
    this.#quorum = name === NOBODY ? { threshold: 0, members: [] } : this.#find(name);
  }

  #define(name: string, member: PolicyWitness | Group): void {
    if (name === NOBODY || this.#named.has(name)) throw this.#malformed(`the name "${name}" is taken`);
    if (this.#named.size >= 2 * MAX_OF_EACH) throw this.#malformed(`more than ${2 * MAX_OF_EACH} names`);
    this.#named.set(name, member);
  }

  #find(name: string): PolicyWitness | Group {
    const member = this.#named.get(name);
    if (!member) throw this.#malformed(`nobody before this line is called "${name}"`);
    return member;
  }

  #key(vkey: string, type?: typeof COSIGNATURE): VerifierKey {
    try {
      return parseVerifierKey(vkey, this.#sha256, type);
    } catch (cause) {
      throw this.#malformed(cause instanceof LedgerError ? cause.message : 'no key', { cause });
    }
  }

  #assertFew(known: readonly unknown[], superfluous: readonly string[]): void {
    if (known.length >= MAX_OF_EACH || superfluous.length > 0) throw this.#malformed('too much');
  }

  #malformed(detail: string, options?: ErrorOptions): WitnessError {
    return malformed(`line ${this.#line}: ${detail}`, options);
  }
}

function isSameKey(a: VerifierKey, b: VerifierKey): boolean {
  return a.name === b.name && isSamePublicKey(a, b);
}

function isSamePublicKey(a: VerifierKey, b: VerifierKey): boolean {
  return bytesToHex(a.publicKey) === bytesToHex(b.publicKey);
}

function malformed(detail: string, options?: ErrorOptions): WitnessError {
  return new WitnessError('POLICY_MALFORMED', detail, options);
}
