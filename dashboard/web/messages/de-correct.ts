// SPDX-License-Identifier: Apache-2.0
/** Deutsche Texte für das Kennzeichnen falscher Messwerte und für das Zurücknehmen. */
import type { Messages } from './en.ts';

export const deCorrect: Messages['correct'] = {
  open: 'Als falsch kennzeichnen',
  title: 'Messwerte als falsch kennzeichnen',
  hint: 'Die Messwerte bleiben im Protokoll und nachweisbar. Sie werden nicht mehr als Werte dieses Patienten gezeichnet, und Ihr Name steht dabei. Sie können es zurücknehmen; auch das steht dann dabei.',
  from: 'Von',
  to: 'Bis',
  which: 'Welche',
  only: (vital) => `Nur ${vital}`,
  all: 'Alle Vitalwerte dieses Patienten',
  reason: 'Was ist falsch',
  reasons: { 'in-error': 'Sie sind fehlerhaft', 'another-patient': 'Sie gehören zu einem anderen Patienten' },
  why: 'Warum, in Ihren Worten',
  submit: 'Als falsch kennzeichnen',
  name: (name) => `${name}, als falsch gekennzeichnet`,
  said: { 'in-error': 'fehlerhaft', 'another-patient': 'von einem anderen Patienten' },
  line: (from, to, what, by, at, why) => `${from} bis ${to}: ${what}, sagt ${by} (${at}): ${why}`,
  marked: 'Festgehalten: Die Messwerte sind gekennzeichnet.',
  withdraw: 'Zurücknehmen',
  withdrawOf: (from, to) => `Zurücknehmen, was von ${from} bis ${to} gekennzeichnet wurde`,
  withdrawTitle: 'Diese Kennzeichnung zurücknehmen',
  withdrawHint:
    'Die Messwerte gelten wieder als Werte dieses Patienten. Dass sie gekennzeichnet waren, und dass Sie es zurücknehmen, bleibt festgehalten. Sind sie doch falsch, kennzeichnen Sie sie noch einmal.',
  withdrawn: (by, at, why) => `Zurückgenommen von ${by} (${at}): ${why}`,
  unmarked: 'Festgehalten: Die Kennzeichnung ist zurückgenommen.',
};
