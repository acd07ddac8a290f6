// SPDX-License-Identifier: Apache-2.0
/** The questions that the ledger answers. Arguments and answers have forms, so that any host can carry them as bytes. */
import { equalBytes } from '../codec/bytes.ts';
import { decodeCbor, encodeCbor } from '../codec/cbor.ts';
import { verifyInclusion } from '../merkle/verify.ts';
import type { VerifierCrypto } from '../verify/crypto.ts';
import * as c from './codes.ts';
import { ContractError } from './errors.ts';
import { code, fromCbor, list, type RecordForm, record, text, toCbor, type ValueOf } from './form.ts';
import {
  ACCESS_VALUE,
  ANCHOR_VALUE,
  CONSENT_VALUE,
  CORRECTION_VALUE,
  DEVICE_VALUE,
  decodeValue,
  INCIDENT_VALUE,
  KEYS,
  LOG_VALUE,
  load,
  type ReadState,
} from './state.ts';

interface Read<A extends RecordForm, R extends RecordForm> {
  readonly args: A;
  readonly result: R;
  readonly run: (state: ReadState, args: ValueOf<A>, crypto: VerifierCrypto) => ValueOf<R>;
}
const read = <A extends RecordForm, R extends RecordForm>(args: A, result: R, run: Read<A, R>['run']): Read<A, R> => ({
  args,
  result,
  run,
});

/** Items of one page of a list. */
const PAGE_ITEMS = 200;
const CURSOR = text(200, /^[a-z]+~[0-9a-f~]*$/);
const VERDICT = record({ verdict: [1, code({ yes: 1, no: 2, unknown: 3 })] });
const ORIGIN_HASH = { originHash: [1, c.HASH] } as const;

export const READS = {
  getHead: read(record(ORIGIN_HASH), record({ head: [1, LOG_VALUE, 'optional'] }), (state, { originHash }) =>
    found('head', load(state, LOG_VALUE, KEYS.log(originHash))),
  ),
  getAnchor: read(
    record({ ...ORIGIN_HASH, size: [2, c.SIZE] }),
    record({ anchor: [1, ANCHOR_VALUE, 'optional'] }),
    (state, { originHash, size }) => found('anchor', load(state, ANCHOR_VALUE, KEYS.anchor(originHash, size))),
  ),
  getConsent: read(
    record({ consent: [1, c.ID] }),
    record({ consent: [1, CONSENT_VALUE, 'optional'] }),
    (state, { consent }) => found('consent', load(state, CONSENT_VALUE, KEYS.consent(consent))),
  ),
  getDevice: read(
    record({ device: [1, c.ID] }),
    record({ device: [1, DEVICE_VALUE, 'optional'] }),
    (state, { device }) => found('device', load(state, DEVICE_VALUE, KEYS.device(device))),
  ),
  /** Consents that an organisation gave or was given, by id; `after` is the `next` of the page before. */
  listConsents: read(
    record({ org: [1, c.ORG], after: [2, CURSOR, 'optional'] }),
    record({ consents: [1, list(CONSENT_VALUE, PAGE_ITEMS)], next: [2, CURSOR, 'optional'] }),
    (state, { org, after }) => {
      const { items, next } = page(entries(state, 'con~', after), (_key, bytes) => {
        const consent = decodeValue(CONSENT_VALUE, bytes);
        return consent.org === org || consent.granteeOrg === org ? consent : undefined;
      });
      return { consents: items, ...found('next', next) };
    },
  ),
  /** Accesses, ordinary ones before emergencies and denials; of one consent if it is given. */
  listAccess: read(
    record({ consent: [1, c.ID, 'optional'], after: [2, CURSOR, 'optional'] }),
    record({ accesses: [1, list(ACCESS_VALUE, PAGE_ITEMS)], next: [2, CURSOR, 'optional'] }),
    (state, { consent, after }) => {
      const all = [...entries(state, 'acc~', after), ...entries(state, 'inc~', after)];
      const { items, next } = page(all, (key, bytes) => {
        const access = key.startsWith('acc~')
          ? decodeValue(ACCESS_VALUE, bytes)
          : decodeValue(INCIDENT_VALUE, bytes).access;
        const wanted = !consent || (access?.consent && equalBytes(access.consent, consent));
        return wanted ? access : undefined;
      });
      return { accesses: items, ...found('next', next) };
    },
  ),
  /** What an organisation corrected, by id; which readings stands in the side store. */
  listCorrections: read(
    record({ org: [1, c.ORG], after: [2, CURSOR, 'optional'] }),
    record({ corrections: [1, list(CORRECTION_VALUE, PAGE_ITEMS)], next: [2, CURSOR, 'optional'] }),
    (state, { org, after }) => {
      const { items, next } = page(entries(state, 'cor~', after), (_key, bytes) => {
        const correction = decodeValue(CORRECTION_VALUE, bytes);
        return correction.org === org ? correction : undefined;
      });
      return { corrections: items, ...found('next', next) };
    },
  ),
  /** Is this root anchored at this size? `unknown` if nothing is anchored there. */
  verifyAnchor: read(
    record({ ...ORIGIN_HASH, size: [2, c.SIZE], root: [3, c.HASH] }),
    VERDICT,
    (state, { originHash, size, root }) => {
      const anchor = load(state, ANCHOR_VALUE, KEYS.anchor(originHash, size));
      return verdict(anchor && equalBytes(anchor.root, root));
    },
  ),
  /** Is this leaf in the log, under an anchored root? */
  verifyInclusion: read(
    record({
      ...ORIGIN_HASH,
      size: [2, c.SIZE],
      index: [3, c.SIZE],
      leafHash: [4, c.HASH],
      proof: [5, list(c.HASH, 64)],
    }),
    VERDICT,
    (state, { originHash, size, ...claim }, { sha256 }) => {
      const anchor = load(state, ANCHOR_VALUE, KEYS.anchor(originHash, size));
      return verdict(anchor && verifyInclusion(sha256, { ...claim, size, root: anchor.root }));
    },
  ),
} as const;

export type ReadName = keyof typeof READS;
export type ReadArgs<N extends ReadName> = ValueOf<(typeof READS)[N]['args']>;
export type ReadResult<N extends ReadName> = ValueOf<(typeof READS)[N]['result']>;

/** Answers one question. */
export function runRead<N extends ReadName>(
  state: ReadState,
  name: N,
  args: ReadArgs<N>,
  crypto: VerifierCrypto,
): ReadResult<N> {
  const { run } = READS[name] as unknown as Read<RecordForm, RecordForm>;
  return run(state, args as never, crypto) as ReadResult<N>;
}

/** The same with bytes for a host that is far away. Throws COMMAND_MALFORMED (or CBOR_NOT_CANONICAL) for arguments that are not of their form. */
export function runReadBytes(state: ReadState, name: ReadName, args: Uint8Array, crypto: VerifierCrypto): Uint8Array {
  const { args: form, result, run } = READS[name] as unknown as Read<RecordForm, RecordForm>;
  return encodeCbor(toCbor(result, run(state, fromCbor(form, decodeCbor(args), malformed) as never, crypto) as never));
}

export function encodeReadArgs<N extends ReadName>(name: N, args: ReadArgs<N>): Uint8Array {
  return encodeCbor(toCbor(READS[name].args as RecordForm, args as never));
}

/** What `runReadBytes` gave, read back. Throws as that does. */
export function decodeReadResult<N extends ReadName>(name: N, bytes: Uint8Array): ReadResult<N> {
  return fromCbor(READS[name].result as RecordForm, decodeCbor(bytes), malformed) as ReadResult<N>;
}

type Entry = readonly [key: string, value: Uint8Array];

function* entries(state: ReadState, prefix: string, after: string | undefined): Iterable<Entry> {
  for (const entry of state.range(prefix)) if (after === undefined || entry[0] > after) yield entry;
}

function page<T>(
  all: Iterable<Entry>,
  pick: (key: string, bytes: Uint8Array) => T | undefined,
): { items: T[]; next: string | undefined } {
  const items: T[] = [];
  let last: string | undefined;
  for (const [key, bytes] of all) {
    if (items.length === PAGE_ITEMS) return { items, next: last };
    const item = pick(key, bytes);
    if (item === undefined) continue;
    items.push(item);
    last = key;
  }
  return { items, next: undefined };
}

/** `unknown`: nothing is anchored there. */
function verdict(holds: boolean | undefined): ValueOf<typeof VERDICT> {
  return { verdict: holds === undefined ? 'unknown' : holds ? 'yes' : 'no' };
}

/** `{ [name]: value }`, or nothing: an absent field has no key. */
function found<N extends string, T>(name: N, value: T | undefined): { [K in N]?: T } {
  return (value === undefined ? {} : { [name]: value }) as { [K in N]?: T };
}

function malformed(detail: string): ContractError {
  return new ContractError('COMMAND_MALFORMED', detail);
}
