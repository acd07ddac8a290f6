// SPDX-License-Identifier: Apache-2.0
/** Lists of the ledger, page by page: everything once, in the order of its keys, and only what was asked for. */
import { describe, expect, it } from 'vitest';
import { nodeCrypto } from '../crypto/node.ts';
import { MapState } from './map-state.ts';
import { decodeReadResult, encodeReadArgs, type ReadArgs, type ReadResult, runReadBytes } from './reads.ts';
import { ACCESS_VALUE, type Access, CONSENT_VALUE, CORRECTION_VALUE, INCIDENT_VALUE, KEYS, writeOf } from './state.ts';
import { digest, id16, NOW_MS } from './testing/world.ts';

type List = 'listAccess' | 'listConsents' | 'listCorrections';
const PAGE_ITEMS = 200;
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const ids = (label: string, count: number): Uint8Array[] =>
  Array.from({ length: count }, (_, i) => id16(`${label} ${i}`));

/** The pages one after the other, through bytes as a far host carries them. */
function pages<N extends List>(state: MapState, name: N, args: ReadArgs<N>): ReadResult<N>[] {
  const found: ReadResult<N>[] = [];
  let after: string | undefined;
  do {
    const asked = encodeReadArgs(name, after === undefined ? args : { ...args, after });
    const page = decodeReadResult(name, runReadBytes(state, name, asked, nodeCrypto));
    found.push(page);
    after = page.next;
  } while (after !== undefined && found.length < 10);
  return found;
}

function access(command: Uint8Array, over: Partial<Access> = {}): Access {
  const who = { command, org: 'NorthMSP', device: id16('gateway'), at: NOW_MS, details: digest('details') };
  return { ...who, basis: 'admission', decision: 'allowed', reader: 'nurse', purpose: 'care', ...over };
}

describe('a list', () => {
  it('of accesses has the ordinary ones first, then emergencies and denials, and no other incident', () => {
    const state = new MapState();
    const [ordinary, emergencies] = [ids('ordinary', 250), ids('emergency', 230)];
    state.write([
      ...ordinary.map((id) => writeOf(ACCESS_VALUE, KEYS.access(id), access(id))),
      ...emergencies.map((id) =>
        writeOf(INCIDENT_VALUE, KEYS.incident(id), { access: access(id, { basis: 'emergency' }) }),
      ),
      ...ids('erasure', 20).map((id) =>
        writeOf(INCIDENT_VALUE, KEYS.incident(id), {
          erasure: { org: 'NorthMSP', at: NOW_MS, reason: 'retention-ended', details: digest('keys') },
        }),
      ),
    ]);
    const found = pages(state, 'listAccess', {});
    expect(found.map(({ accesses }) => accesses.length)).toEqual([PAGE_ITEMS, PAGE_ITEMS, 80]);
    expect(found.flatMap(({ accesses }) => accesses.map(({ command }) => hex(command)))).toEqual([
      ...ordinary.map(hex).toSorted(),
      ...emergencies.map(hex).toSorted(),
    ]);
  });

  it('of accesses under one consent has these and no others', () => {
    const state = new MapState();
    const [consent, other] = [id16('consent'), id16('other')];
    const under = ids('under', 3);
    state.write([
      ...under.map((id) => writeOf(ACCESS_VALUE, KEYS.access(id), access(id, { basis: 'consent', consent }))),
      ...ids('other', 3).map((id) => writeOf(ACCESS_VALUE, KEYS.access(id), access(id, { consent: other }))),
      ...ids('none', 3).map((id) => writeOf(ACCESS_VALUE, KEYS.access(id), access(id))),
    ]);
    const [page, ...more] = pages(state, 'listAccess', { consent });
    expect(page!.accesses.map(({ command }) => hex(command))).toEqual(under.map(hex).toSorted());
    expect(more).toEqual([]);
  });

  it('of a whole page has no next one', () => {
    const state = new MapState();
    const mine = ids('mine', PAGE_ITEMS);
    const correction = (command: Uint8Array, org: string) =>
      writeOf(CORRECTION_VALUE, KEYS.correction(command), {
        ...{ command, org, at: NOW_MS, reason: 'in-error', details: digest('d') },
      });
    state.write(mine.map((id) => correction(id, 'NorthMSP')));
    expect(pages(state, 'listCorrections', { org: 'NorthMSP' })).toHaveLength(1);
    state.write(ids('theirs', 30).map((id) => correction(id, 'SouthMSP')));
    const found = pages(state, 'listCorrections', { org: 'NorthMSP' }).flatMap(({ corrections }) => corrections);
    expect(found.map(({ command }) => hex(command))).toEqual(mine.map(hex).toSorted());
  });

  it('of consents has those that an organisation gave and those that it was given', () => {
    const state = new MapState();
    const consent = (label: string, org: string, granteeOrg: string) => {
      const id = id16(label);
      const terms = { grantor: digest('g'), granteeKey: id16('k'), reader: 'relative', purpose: 'family' } as const;
      const time = { scope: digest('s'), notBefore: NOW_MS, notAfter: NOW_MS + 1 };
      const status = { status: 'granted', version: 1, grantSignature: digest('sig') } as const;
      return writeOf(CONSENT_VALUE, KEYS.consent(id), { consent: id, org, granteeOrg, ...terms, ...time, ...status });
    };
    state.write([
      consent('a', 'NorthMSP', 'SouthMSP'),
      consent('b', 'SouthMSP', 'NorthMSP'),
      consent('c', 'SouthMSP', 'EastMSP'),
    ]);
    const listed = (org: string) =>
      pages(state, 'listConsents', { org }).flatMap(({ consents }) => consents.map((found) => hex(found.consent)));
    const [a, b, c] = ['a', 'b', 'c'].map((label) => hex(id16(label))) as [string, string, string];
    expect(listed('NorthMSP')).toEqual([a, b].toSorted());
    expect(listed('SouthMSP')).toEqual([a, b, c].toSorted());
    expect(listed('WestMSP')).toEqual([]);
  });
});
