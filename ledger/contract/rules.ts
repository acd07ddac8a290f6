// SPDX-License-Identifier: Apache-2.0
/**
 * Who may do what, as a table: role, organisation, purpose and time are attributes, a rule names the values it asks for, and a command
 * is permitted if one rule of its row is met. What no rule permits is refused.
 */
import type { CommandType } from './commands.ts';

/** What is known of a command when it is judged. `none`: it has no such attribute. */
export interface Attributes {
  /** Who signed: the administrator of an organisation, a gateway, or the gateway that the command is about. */
  readonly signer: 'admin' | 'device' | 'itself';
  /** What the signer's organisation is to the thing: its owner (a consent's: the grantor's), or the grantee of the consent. */
  readonly organisation: 'own' | 'grantee' | 'other' | 'none';
  readonly basis: 'admission' | 'consent' | 'emergency' | 'none';
  readonly decision: 'allowed' | 'denied' | 'none';
  readonly reader: 'nurse' | 'physician' | 'relative' | 'outside-doctor' | 'researcher' | 'none';
  readonly purpose: 'care' | 'family' | 'second-opinion' | 'research' | 'emergency' | 'none';
  /** Of the consent, at the time of the command. */
  readonly time: 'early' | 'live' | 'ended' | 'revoked' | 'none';
  /** Whether reader and purpose are those of the consent. */
  readonly terms: 'met' | 'unmet' | 'none';
  readonly reason: 'given' | 'none';
}

/** The values a rule asks for; an attribute that it does not name may have any. */
export type Rule = { readonly [A in keyof Attributes]?: readonly Attributes[A][] };

const ADMINISTRATOR: Rule = { signer: ['admin'], organisation: ['own'] };
const GATEWAY: Rule = { signer: ['device'] };
const EITHER: Rule = { signer: ['admin', 'device', 'itself'], organisation: ['own'] };
const UNDER_CONSENT: Rule = {
  ...GATEWAY,
  basis: ['consent'],
  decision: ['allowed'],
  organisation: ['own', 'grantee'],
  time: ['live'],
  terms: ['met'],
};

/** The terms a consent may be given on. None is for the treating team: withdrawing it must never blank a bed. */
const FAMILY: Rule = { reader: ['relative'], purpose: ['family'] };
const SECOND_OPINION: Rule = { reader: ['outside-doctor'], purpose: ['second-opinion'] };
const RESEARCH: Rule = { reader: ['researcher'], purpose: ['research'] };

export const RULES: Readonly<Record<CommandType, readonly Rule[]>> = {
  registerOrg: [{ signer: ['admin'], organisation: ['own', 'none'] }],
  registerDevice: [ADMINISTRATOR],
  rotateDeviceKey: [ADMINISTRATOR, { signer: ['itself'] }],
  setDeviceStatus: [ADMINISTRATOR],
  openLog: [GATEWAY],
  anchorCheckpoint: [{ signer: ['itself'] }],
  grantConsent: [
    { ...EITHER, ...FAMILY },
    { ...EITHER, ...SECOND_OPINION },
    { ...EITHER, ...RESEARCH },
  ],
  revokeConsent: [EITHER],
  publishKeyGrant: [{ ...EITHER, time: ['live'] }],
  logAccess: [
    // Rests on the admission: no consent is looked at, so none that is withdrawn can stand in the way.
    { ...GATEWAY, basis: ['admission'], decision: ['allowed'], reader: ['nurse', 'physician'], purpose: ['care'] },
    { ...UNDER_CONSENT, ...FAMILY },
    { ...UNDER_CONSENT, ...SECOND_OPINION },
    { ...UNDER_CONSENT, ...RESEARCH },
    {
      ...GATEWAY,
      basis: ['emergency'],
      decision: ['allowed'],
      reader: ['nurse', 'physician', 'outside-doctor'],
      purpose: ['emergency'],
      reason: ['given'],
    },
    // What was refused is recorded whoever asked.
    { ...GATEWAY, decision: ['denied'] },
  ],
  recordErasure: [EITHER],
  recordCorrection: [EITHER],
  withdrawCorrection: [EITHER],
};

export function permitted(rules: readonly Rule[], attributes: Attributes): boolean {
  return rules.some((rule) =>
    Object.entries(rule).every(([name, values]) =>
      (values as readonly string[]).includes(attributes[name as keyof Attributes]),
    ),
  );
}
