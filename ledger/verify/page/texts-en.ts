// SPDX-License-Identifier: Apache-2.0
/** All English words of the page. */
import type { Texts } from './texts.ts';

export const en: Texts = {
  locale: 'en-GB',
  title: 'Lamplight proof check',
  lead: 'This page checks whether a reading, or an export of readings, stands unchanged in the log of a Lamplight gateway.',
  offline: 'It works without a network and sends nothing anywhere. You may disconnect before you choose a file.',
  language: 'Language',
  otherLanguage: 'Deutsch',
  filesTitle: '1. The proof',
  filesHint:
    'Drop the proof file here, or choose it. An export also needs its CSV file. A policy file, if you have one, says which witnesses must have signed.',
  choose: 'Choose files',
  chosen: { proof: 'Proof', csv: 'CSV file', policy: 'Policy' },
  keyTitle: '2. The key of the log',
  keyHint:
    'Paste the key, or drop a file that holds it. Take it from a place outside the clinic’s computers: a printed sheet, a witness, the ledger of the clinic group. Everything below rests on this key being the right one.',
  check: 'Check',
  checking: 'Checking …',
  missing: {
    proof: 'Choose a proof file first.',
    key: 'Enter the key of the log first. It looks like name+hex digits+letters.',
    csv: 'This is the proof of an export. Choose its CSV file as well.',
    policy: 'The policy file cannot be read.',
  },
  broken: 'A file could not be read. Choose it again.',
  verified: 'Verified',
  refused: 'Not verified',
  stepsTitle: 'Each step',
  passed: 'holds',
  failed: 'does not hold',
  notTaken: 'What would have been checked after this step is not known.',
  code: 'Code of the error',
  proved: 'What was proved',
  limitsTitle: 'What a proof does not show',
  limits: [
    'That the right sensor was on the right person. That is a matter of care at the bedside.',
    'That the sensor measured correctly, or that a clock outside the gateway was right.',
    'That the gateway was honest when it received the reading. From its signature on nothing can be changed unseen.',
    'That nothing else was measured. A proof is of what it contains; an export is a selection.',
  ],
  unwitnessed:
    'That the log shows everybody the same history. Witnesses show that; without a policy file nothing was demanded of them here.',
  corrected: {
    'in-error': (by, at, why) => `Marked as in error by ${by} (${at}): ${why}`,
    'another-patient': (by, at, why) => `Marked as another patient’s by ${by} (${at}): ${why}`,
  },
  correctedHint: 'The reading itself is in the record, unchanged; the correction is another entry.',
  takenBack: (by, at, why) => `Taken back by ${by} (${at}): ${why}`,
  facts: {
    reading: 'Reading',
    absent: 'no value',
    measured: 'Measured',
    timeQuality: 'Time from',
    device: 'Device',
    rows: 'Readings',
    correction: 'Marked as wrong',
    withdrawn: 'Marked, and taken back',
    batches: 'Batches',
    log: 'Log',
    key: 'Key number of the log',
  },
  timeQualities: {
    received: 'the moment of its arrival',
    device: 'the clock of the device',
    'device-corrected': 'the clock of the device, corrected',
    unsynchronised: 'a clock that was not synchronised',
    'device-time-refused': 'the moment of its arrival; the time of the device was not plausible',
  },
  vitals: {},
  steps: {
    file: { holds: 'The file is a proof file.', fails: 'This is no proof file, or it is damaged.' },
    form: { holds: 'The form of the CSV file is known.', fails: 'The form of the CSV file is not known to this page.' },
    checkpoint: {
      holds: 'The log signed the state that this proof leads to, with the key you gave.',
      fails:
        'The state of the log is not signed with the key you gave: the key is another log’s, or the proof was changed.',
    },
    witnesses: {
      holds: 'As many witnesses as the policy asks for have signed the same state.',
      fails: 'Not enough witnesses of the policy have signed this state of the log.',
    },
    'gateway-key': {
      holds: 'The log vouches for the key of the gateway.',
      fails: 'The log does not vouch for the key of this gateway.',
    },
    'corrections-once': {
      holds: 'The corrections stand in the order of the log, each once.',
      fails: 'A correction stands twice, or in another order than in the log.',
    },
    'corrections-log': {
      holds: 'Every correction stands in the log, at the place that the proof names.',
      fails: 'A correction does not stand in the log at its place.',
    },
    corrections: {
      holds:
        'The gateway signed every correction, what it says is what the log committed to, and what is taken back stood.',
      fails:
        'A correction was not signed by the gateway, says something else than the log committed to, or takes back what does not stand.',
    },
    once: { holds: 'No batch and no reading stands twice.', fails: 'A batch or a reading stands in the proof twice.' },
    signature: {
      holds: 'The gateway signed the batch that the reading belongs to.',
      fails: 'The signature of the batch is not the gateway’s.',
    },
    log: {
      holds: 'The batch stands in the log, at the place that the proof names.',
      fails: 'The batch does not stand in the log at this place.',
    },
    header: { holds: 'The head of the batch is well formed.', fails: 'The head of the batch is not well formed.' },
    'leaf-zero': {
      holds: 'The description of the batch (devices, times, gaps) belongs to it.',
      fails: 'The description of the batch was changed, or is of another batch.',
    },
    gateway: {
      holds: 'The batch is of the gateway that the log vouches for.',
      fails: 'The batch is of another gateway.',
    },
    reading: { holds: 'The reading is well formed.', fails: 'The reading is not well formed.' },
    readings: { holds: 'Every reading is well formed.', fails: 'A reading is not well formed.' },
    unit: { holds: 'Unit and code fit the vital sign.', fails: 'Unit or code do not fit the vital sign.' },
    device: { holds: 'The device is one of the batch.', fails: 'The device is none of the batch.' },
    time: { holds: 'The time lies within that of the batch.', fails: 'The time lies outside that of the batch.' },
    'reading-path': {
      holds: 'The reading, as shown here, stands in the batch, byte for byte.',
      fails: 'The reading was changed, or does not stand in this batch.',
    },
    'readings-in-batch': {
      holds: 'The readings stand in their batch, byte for byte.',
      fails: 'A reading was changed, added or left out.',
    },
    row: {
      holds: 'Every row of the CSV file says exactly what its reading says.',
      fails: 'The CSV file says something else than the readings.',
    },
    end: {
      holds: 'The CSV file ends where the proof ends.',
      fails: 'The CSV file has more or fewer rows than the proof.',
    },
    fingerprint: {
      holds: 'The CSV file is, byte for byte, the one that was exported.',
      fails: 'The CSV file is not the one that was exported.',
    },
  },
};
