// SPDX-License-Identifier: Apache-2.0
/** The words of the contract and their numbers on the wire. A number is never given twice, and never to another word. */
import { bytes, code, integer, text } from './form.ts';

/** A membership service id, as Fabric has it. No `~`: it is part of a key. */
export const ORG = text(64, /^[A-Za-z0-9][A-Za-z0-9.-]*$/);
/** 16 random bytes, or the first 16 of a hash. */
export const ID = bytes(16);
export const HASH = bytes(32);
/** SHA-256 over details with a random salt, which lie in the sealed side store. */
export const COMMITMENT = bytes(32);
export const PUBLIC_KEY = bytes(32);
export const SIZE = integer(0, Number.MAX_SAFE_INTEGER);
/** Milliseconds since 1970. */
export const TIME_MS = integer(0, Number.MAX_SAFE_INTEGER);
/** A note key or a note: printable, its lines end in newlines. The parser of notes judges the rest. */
export const VKEY = text(600, /^[^\s]+$/u);
export const NOTE = text(16_384, /^[^\p{Cc}]+\n[\s\S]*$/u);

export const STATUS = code({ active: 1, suspended: 2, retired: 3 });
export const CONSENT_STATUS = code({ granted: 1, revoked: 2 });
/** Who a consent is for, and who reads. The treating team are nurse and physician. */
export const READER = code({ nurse: 1, physician: 2, relative: 3, 'outside-doctor': 4, researcher: 5 });
export const PURPOSE = code({ care: 1, family: 2, 'second-opinion': 3, research: 4, emergency: 5 });
/** What an access rests on. */
export const BASIS = code({ admission: 1, consent: 2, emergency: 3 });
export const DECISION = code({ allowed: 1, denied: 2 });
export const EMERGENCY_REASON = code({ 'danger-to-life': 1, 'patient-unconscious': 2, 'systems-down': 3, other: 4 });
export const ERASURE_REASON = code({ 'asked-by-patient': 1, 'retention-ended': 2, 'ordered-by-authority': 3 });
export const CORRECTION_REASON = code({ 'in-error': 1, 'another-patient': 2 });
