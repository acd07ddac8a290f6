// SPDX-License-Identifier: Apache-2.0
/** Consents in the words of people: names and scopes go sealed into the side store, the ledger gets random ids, codes and commitments. */
import { type Consent, ContractError, type DetailsOf, ID_BYTES } from '../../ledger/index.ts';
import { GatewayError } from '../errors.ts';
import type { ConsentView, Request } from '../messages.ts';
import type { LocalLedger } from './local-ledger.ts';

type Grant = Extract<Request, { command: 'consent-grant' }>;
const PURPOSE = { relative: 'family', 'outside-doctor': 'second-opinion', researcher: 'research' } as const;

/**
 * Gives the id of the consent, 32 hex digits: that of the one that holds, if the same was given before, by somebody who did not hear the
 * answer. Rejects as LocalLedger.submit does.
 */
export async function grantConsent(
  ledger: LocalLedger,
  grant: Grant,
  random: (length: number) => Uint8Array,
): Promise<string> {
  const { grantor, grantee, reader, granteeOrg, stay, what, fromMs, toMs, notBefore, notAfter } = grant;
  const { consent, isGiven } = await placeOf(ledger, grant);
  if (isGiven) return hex(consent);
  const { store, records } = ledger.details();
  const command = {
    type: 'grantConsent',
    consent,
    grantor: await store.put({ kind: 'grantor', person: grantor }),
    granteeOrg: granteeOrg ?? ledger.org,
    // No envelope is sealed to a grantee yet: until one brings a key, the id stands for the one that this consent will name.
    granteeKey: random(ID_BYTES),
    reader,
    purpose: PURPOSE[reader],
    scope: await store.put({ kind: 'scope', grantee, stay: Buffer.from(stay, 'hex'), fromMs, toMs, what }),
    notBefore,
    notAfter,
  } as const;
  await ledger.submit(command, { records, again: `grant ${hex(consent)}` });
  return hex(consent);
}

/**
 * The id that these terms have, which tells nobody else anything of them, and whether a consent holds under it. One that was revoked, or
 * is over, has had its id: the next one of the same terms gets another.
 */
async function placeOf(ledger: LocalLedger, grant: Grant): Promise<{ consent: Uint8Array; isGiven: boolean }> {
  const { grantor, grantee, reader, granteeOrg = ledger.org, stay, what, fromMs, toMs, notBefore, notAfter } = grant;
  const terms = [grantor, grantee, reader, granteeOrg, stay, what, fromMs, toMs, notAfter];
  for (let before = 0; ; before++) {
    const consent = ledger.idFor(JSON.stringify(['consent', before, ...terms]));
    const held = (await ledger.read('getConsent', { consent })).consent;
    const isGiven = held?.status === 'granted' && held.notAfter > notBefore;
    if (!held || isGiven) return { consent, isGiven };
  }
}

/** New keys first, then the revocation: what is recorded after it is under keys that were never given away. */
export async function revokeConsent(ledger: LocalLedger, consent: string): Promise<void> {
  const id = Buffer.from(consent, 'hex');
  const held = (await ledger.read('getConsent', { consent: id })).consent;
  if (!held) throw new GatewayError('CONSENT_UNKNOWN');
  if (held.status === 'revoked') return;
  const { records } = ledger.details();
  await ledger.submit({ type: 'revokeConsent', consent: id }, { records, rotates: true, again: `revoke ${consent}` });
}

export async function listConsents(ledger: LocalLedger): Promise<ConsentView[]> {
  const views: ConsentView[] = [];
  let after: string | undefined;
  do {
    const page = await ledger.read('listConsents', { org: ledger.org, ...(after !== undefined && { after }) });
    for (const consent of page.consents) views.push(await viewOf(ledger, consent));
    after = page.next;
  } while (after !== undefined);
  return views;
}

/** Throws CONSENT_SCOPE unless the details of the consent cover the stay and the whole range. One that the ledger does not hold is the contract's to refuse. */
export async function assertCovered(
  ledger: LocalLedger,
  consent: Uint8Array,
  range: { readonly stay: string; readonly fromMs: number; readonly toMs: number },
): Promise<void> {
  const held = (await ledger.read('getConsent', { consent })).consent;
  if (!held) return;
  const scope = await scopeOf(ledger, held);
  const covers = scope && hex(scope.stay) === range.stay && scope.fromMs <= range.fromMs && range.toMs <= scope.toMs;
  if (!covers) throw new GatewayError('CONSENT_SCOPE');
}

async function viewOf(ledger: LocalLedger, held: Consent): Promise<ConsentView> {
  const { consent, grantor, reader, granteeOrg, status, notBefore, notAfter } = held;
  const scope = await scopeOf(ledger, held);
  const giver = scope && (await ledger.details().store.open(grantor));
  const details =
    scope && giver?.kind === 'grantor'
      ? {
          stay: hex(scope.stay),
          grantor: giver.person,
          grantee: scope.grantee,
          what: scope.what,
          fromMs: scope.fromMs,
          toMs: scope.toMs,
        }
      : null;
  return { consent: hex(consent), details, reader, granteeOrg, status, notBefore, notAfter };
}

/** Undefined when the details were erased, or lie with another organisation. Rejects when they were altered. */
async function scopeOf(ledger: LocalLedger, { scope }: Consent): Promise<DetailsOf<'scope'> | undefined> {
  try {
    const details = await ledger.details().store.open(scope);
    return details.kind === 'scope' ? details : undefined;
  } catch (error) {
    if (error instanceof ContractError && error.code === 'SIDE_RECORD_MISSING') return undefined;
    throw error;
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
