// SPDX-License-Identifier: Apache-2.0
/** English texts for marking readings as wrong, and for taking that back. */

export const enCorrect = {
  open: 'Mark as wrong',
  title: 'Mark readings as wrong',
  hint: 'The readings stay in the record and can still be proved. They are no longer drawn as this patient’s values, and your name stands beside them. You can take it back; that stands beside them as well.',
  from: 'From',
  to: 'Until',
  which: 'Which',
  only: (vital: string) => `Only ${vital}`,
  all: 'All vital signs of this patient',
  reason: 'What is wrong',
  reasons: { 'in-error': 'They are in error', 'another-patient': 'They belong to another patient' },
  why: 'Why, in your words',
  submit: 'Mark as wrong',
  name: (name: string) => `${name}, marked as wrong`,
  said: { 'in-error': 'in error', 'another-patient': 'of another patient' },
  line: (from: string, to: string, what: string, by: string, at: string, why: string) =>
    `${from} to ${to}: ${what}, says ${by} (${at}): ${why}`,
  marked: 'On record: the readings are marked.',
  withdraw: 'Take back',
  withdrawOf: (from: string, to: string) => `Take back what was marked from ${from} to ${to}`,
  withdrawTitle: 'Take this mark back',
  withdrawHint:
    'The readings are this patient’s values again. That they were marked, and that you took it back, stays on record. If they are wrong after all, mark them again.',
  withdrawn: (by: string, at: string, why: string) => `Taken back by ${by} (${at}): ${why}`,
  unmarked: 'On record: the mark was taken back.',
};
