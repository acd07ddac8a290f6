// SPDX-License-Identifier: Apache-2.0
/** Consents and the keys that travel under them. A revocation is final; who wants to consent again gives a new consent. */
import { equalBytes } from '../codec/bytes.ts';
import { ALREADY, refused } from './answer.ts';
import { change, type Handler } from './handler.ts';
import { CONSENT_VALUE, KEY_GRANT_VALUE, KEYS, load, writeOf } from './state.ts';

export const grantConsent: Handler<'grantConsent'> = ({ state, command, signed, crypto }) => {
  const key = KEYS.consent(command.consent);
  if (state.get(key)) return refused('CONFLICT', 'the consent was given otherwise');
  if (!state.get(KEYS.org(command.granteeOrg))) return refused('NOT_FOUND', 'the organisation of the grantee');
  if (command.notBefore >= command.notAfter) return refused('COMMAND_MALFORMED', 'it ends before it begins');
  const { consent, org, grantor, granteeOrg, granteeKey, reader, purpose, scope, notBefore, notAfter } = command;
  const terms = { consent, org, grantor, granteeOrg, granteeKey, reader, purpose, scope, notBefore, notAfter };
  const grantSignature = crypto.sha256(signed.signature);
  return change([writeOf(CONSENT_VALUE, key, { ...terms, status: 'granted', version: 1, grantSignature })]);
};

export const revokeConsent: Handler<'revokeConsent'> = ({ state, command, signed, crypto }) => {
  const key = KEYS.consent(command.consent);
  const consent = load(state, CONSENT_VALUE, key);
  if (!consent) return refused('NOT_FOUND', 'the consent');
  if (consent.status === 'revoked') return ALREADY;
  const revokeSignature = crypto.sha256(signed.signature);
  const revoked = { ...consent, status: 'revoked', version: consent.version + 1, revokeSignature } as const;
  return change([writeOf(CONSENT_VALUE, key, revoked)]);
};

export const publishKeyGrant: Handler<'publishKeyGrant'> = ({ state, command, signed }) => {
  const { consent, epoch, envelope } = command;
  const key = KEYS.keyGrant(consent, epoch);
  const held = load(state, KEY_GRANT_VALUE, key);
  if (held)
    return equalBytes(held.envelope, envelope) ? ALREADY : refused('CONFLICT', 'the epoch has another envelope');
  return change([writeOf(KEY_GRANT_VALUE, key, { envelope, command: signed.id })]);
};
