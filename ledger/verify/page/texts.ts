// SPDX-License-Identifier: Apache-2.0
/** What the page says, whatever its language. */
import type { ShownCorrection } from '../correction.ts';

/** A step in plain words: what is so when it holds, and what it means when it does not. */
export interface StepTexts {
  readonly holds: string;
  readonly fails: string;
}

export interface Texts {
  readonly locale: string;
  readonly title: string;
  readonly lead: string;
  readonly offline: string;
  readonly language: string;
  readonly otherLanguage: string;
  readonly filesTitle: string;
  readonly filesHint: string;
  readonly choose: string;
  readonly chosen: Readonly<Record<'proof' | 'csv' | 'policy', string>>;
  readonly keyTitle: string;
  readonly keyHint: string;
  readonly check: string;
  readonly checking: string;
  readonly missing: Readonly<Record<'proof' | 'key' | 'csv' | 'policy', string>>;
  readonly broken: string;
  readonly verified: string;
  readonly refused: string;
  readonly stepsTitle: string;
  readonly passed: string;
  readonly failed: string;
  readonly notTaken: string;
  readonly code: string;
  readonly proved: string;
  readonly limitsTitle: string;
  readonly limits: readonly string[];
  /** Of a proof that no witness was demanded for. */
  readonly unwitnessed: string;
  /** Who marked the reading, and why; the hint stands behind it. */
  readonly corrected: Readonly<Record<ShownCorrection['reason'], (by: string, at: string, why: string) => string>>;
  readonly correctedHint: string;
  /** Stands behind `corrected` where that no longer holds. */
  readonly takenBack: (by: string, at: string, why: string) => string;
  readonly facts: Readonly<Record<FactName, string>>;
  readonly timeQualities: Readonly<Record<string, string>>;
  readonly vitals: Readonly<Record<string, string>>;
  readonly steps: Readonly<Record<string, StepTexts>>;
}

export type FactName =
  | 'reading'
  | 'absent'
  | 'measured'
  | 'timeQuality'
  | 'device'
  | 'rows'
  | 'correction'
  | 'withdrawn'
  | 'batches'
  | 'log'
  | 'key';
