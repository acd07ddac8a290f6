// SPDX-License-Identifier: Apache-2.0
/**
 * What the ledger only commits to: names, persons, scopes, ranges. Such details are CBOR [salt, kind, fields] with a random salt of 16
 * bytes, the ledger holds SHA-256 of that, and nobody without the salt can test a guess. Whoever gets the bytes checks them so.
 */
import { equalBytes } from '../codec/bytes.ts';
import { decodeCbor, encodeCbor } from '../codec/cbor.ts';
import { asArray, asBytes, asInteger, asMap } from '../codec/fields.ts';
import type { Sha256 } from '../merkle/hash.ts';
import * as c from './codes.ts';
import { ContractError } from './errors.ts';
import { fromCbor, list, type RecordForm, record, text, toCbor, type ValueOf } from './form.ts';

/** Words of people, in any language. */
const WORDS = text(1000, /^[^\p{Cc}\p{Cs}]+$/u);
const RANGE = { stay: [2, c.ID], fromMs: [3, c.TIME_MS], toMs: [4, c.TIME_MS] } as const;

export const DETAILS = {
  /** Who read which part of whose record, and what for. */
  access: record({ by: [1, WORDS], ...RANGE, what: [5, WORDS] }),
  grantor: record({ person: [1, WORDS] }),
  /** What a consent covers, and the person it is given to. */
  scope: record({ grantee: [1, WORDS], ...RANGE, what: [5, WORDS] }),
  /** Who corrects, which readings (all vital signs without `vital`), and why in words. */
  correction: record({ by: [1, WORDS], ...RANGE, vital: [5, WORDS, 'optional'], why: [6, WORDS] }),
  /** Which keys were destroyed, by whom. */
  erasure: record({ by: [1, WORDS], keys: [2, list(c.ID, 1000)] }),
  contacts: record({ contact: [1, WORDS] }),
  /** Who takes a correction back, and why in words; which one stands in the command. */
  withdrawal: record({ by: [1, WORDS], why: [2, WORDS] }),
} as const satisfies Record<string, RecordForm>;

export type DetailsKind = keyof typeof DETAILS;
export type DetailsOf<K extends DetailsKind> = { readonly kind: K } & ValueOf<(typeof DETAILS)[K]>;
export type Details = { [K in DetailsKind]: DetailsOf<K> }[DetailsKind];

const SALT_BYTES = 16;
const KIND_CODES: Readonly<Record<DetailsKind, number>> = {
  access: 1,
  grantor: 2,
  scope: 3,
  correction: 4,
  erasure: 5,
  contacts: 6,
  withdrawal: 7,
};

/** The bytes that the commitment covers, and the commitment. `salt` is 16 random bytes, new for each. */
export function commitTo({ kind, ...fields }: Details, salt: Uint8Array, sha256: Sha256) {
  if (salt.length !== SALT_BYTES) throw new RangeError(`a salt has ${SALT_BYTES} bytes`);
  const form: RecordForm = DETAILS[kind];
  const opening = encodeCbor([salt, KIND_CODES[kind], toCbor(form, fields as never)]);
  return { opening, commitment: sha256(opening) };
}

/** The details behind a commitment. SIDE_RECORD_DIFFERS unless the bytes are exactly those that it covers. */
export function openDetails(opening: Uint8Array, commitment: Uint8Array, sha256: Sha256): Details {
  if (!equalBytes(sha256(opening), commitment)) throw differs('another commitment');
  const [salt, code, fields] = asArray(decodeCbor(opening), differs, 3);
  asBytes(salt, differs, { length: SALT_BYTES });
  const number = asInteger(code, differs, 1, 255);
  const kind = (Object.keys(DETAILS) as DetailsKind[]).find((name) => KIND_CODES[name] === number);
  if (kind === undefined) throw differs('an unknown kind');
  return { kind, ...fromCbor(DETAILS[kind] as RecordForm, asMap(fields, differs), differs) } as Details;
}

function differs(detail: string): ContractError {
  return new ContractError('SIDE_RECORD_DIFFERS', detail);
}
