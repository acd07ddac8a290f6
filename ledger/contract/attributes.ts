// SPDX-License-Identifier: Apache-2.0
/** Finds the attributes of a command that the rules judge, from the command and what the ledger holds. */
import { bytesToHex } from '../codec/hex.ts';
import type { Sha256 } from '../merkle/hash.ts';
import { type Refused, refused } from './answer.ts';
import type { Command, CommandOf } from './commands.ts';
import { logOf } from './log-head.ts';
import type { Attributes } from './rules.ts';
import {
  CONSENT_VALUE,
  CORRECTION_VALUE,
  type Consent,
  DEVICE_VALUE,
  KEYS,
  load,
  ORG_VALUE,
  type ReadState,
} from './state.ts';

const NONE: Attributes = {
  signer: 'admin',
  organisation: 'none',
  basis: 'none',
  decision: 'none',
  reader: 'none',
  purpose: 'none',
  time: 'none',
  terms: 'none',
  reason: 'none',
};

/** The attributes, or NOT_FOUND (and a note's codes) if the command is about something that the ledger does not hold. */
export function attributesOf(state: ReadState, command: Command, sha256: Sha256): Attributes | Refused {
  const base: Attributes = { ...NONE, signer: command.device ? 'device' : 'admin' };
  switch (command.type) {
    case 'registerOrg':
      return { ...base, organisation: load(state, ORG_VALUE, KEYS.org(command.org)) ? 'own' : 'none' };
    case 'rotateDeviceKey':
    case 'setDeviceStatus': {
      const target = load(state, DEVICE_VALUE, KEYS.device(command.target));
      return target ? aboutDevice(base, command, target.device, target.owner) : refused('NOT_FOUND', 'the gateway');
    }
    case 'anchorCheckpoint': {
      const log = logOf(state, command.note, sha256);
      return 'kind' in log ? log : aboutDevice(base, command, log.head.device, log.head.owner);
    }
    case 'revokeConsent':
    case 'publishKeyGrant': {
      const consent = load(state, CONSENT_VALUE, KEYS.consent(command.consent));
      return consent ? aboutConsent(base, command, consent) : refused('NOT_FOUND', 'the consent');
    }
    case 'withdrawCorrection': {
      const correction = load(state, CORRECTION_VALUE, KEYS.correction(command.correction));
      if (!correction) return refused('NOT_FOUND', 'the correction');
      return { ...base, organisation: correction.org === command.org ? 'own' : 'other' };
    }
    case 'grantConsent':
      return { ...base, organisation: 'own', reader: command.reader, purpose: command.purpose };
    case 'logAccess':
      return aboutAccess(state, base, command);
    case 'registerDevice':
    case 'openLog':
    case 'recordErasure':
    case 'recordCorrection':
      return { ...base, organisation: 'own' };
  }
}

function aboutDevice(base: Attributes, command: Command, device: Uint8Array, owner: string): Attributes {
  const itself = command.device !== undefined && bytesToHex(command.device) === bytesToHex(device);
  return {
    ...base,
    signer: itself ? 'itself' : base.signer,
    organisation: owner === command.org ? 'own' : 'other',
  };
}

function aboutConsent(base: Attributes, command: Command, consent: Consent): Attributes {
  const { org } = command;
  const organisation = consent.org === org ? 'own' : consent.granteeOrg === org ? 'grantee' : 'other';
  return { ...base, organisation, time: timeOf(consent, command.at) };
}

function aboutAccess(state: ReadState, base: Attributes, command: CommandOf<'logAccess'>): Attributes | Refused {
  const { basis, decision, reader, purpose, reason } = command;
  const about = { ...base, basis, decision, reader, purpose, reason: reason ? 'given' : 'none' } as const;
  if (basis !== 'consent') return about;
  const consent = command.consent && load(state, CONSENT_VALUE, KEYS.consent(command.consent));
  // A denial is recorded also if the consent that somebody claimed never was.
  if (!consent) return decision === 'denied' ? about : refused('NOT_FOUND', 'the consent');
  const terms = consent.reader === reader && consent.purpose === purpose ? 'met' : 'unmet';
  return { ...aboutConsent(about, command, consent), terms };
}

/** The end is not part of the time. */
function timeOf(consent: Consent, at: number): Attributes['time'] {
  if (consent.status === 'revoked') return 'revoked';
  if (at < consent.notBefore) return 'early';
  return at < consent.notAfter ? 'live' : 'ended';
}
