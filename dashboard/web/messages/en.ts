// SPDX-License-Identifier: Apache-2.0
/** All English texts of the page. Another language is one more file of this type. */

export const en = {
  locale: 'en-GB',
  product: 'Lamplight',
  safety: 'Lamplight is a secondary monitor and research software. Do not rely on it as the only alarm.',

  signIn: {
    title: 'Sign in',
    name: 'Name',
    password: 'Password',
    submit: 'Sign in',
    unclaimed: 'This station has no account yet. Open the claim link that it printed when it started.',
    signOut: 'Sign out',
  },
  claim: {
    title: 'Set up the first account',
    intro: 'This link works once. The account can manage accounts and, as a nurse, see the ward.',
    name: 'Your name',
    password: 'Password',
    passwordHint: 'At least 12 characters. Four words that do not belong together are good.',
    submit: 'Create account and sign in',
  },

  board: {
    title: 'Ward',
    waiting: 'Waiting for the gateway …',
    noBeds: 'No bed and no sensor yet.',
    noValues: 'Your role does not show values of patients.',
    rate: (rate: number) => `Time runs ${rate} times as fast`,
    origins: {
      synthetic: 'Synthetic patients: no real person is shown.',
      'recorded, de-identified': 'Recorded, de-identified patients: replayed, not live.',
    } as Record<string, string>,
    recording: {
      'waveforms-stopped': 'The gateway’s disk is 85 % full: waveforms are no longer recorded. Make room.',
      refusing: 'The gateway’s disk is 95 % full: NOTHING IS RECORDED. Values on this board are live. Make room now.',
    },
    stationLost: (since: string) =>
      `THIS SCREEN IS NOT UPDATED since ${since}. Look at the patients and at the bedside monitors.`,
    gatewayLost: (since: string) =>
      `The gateway is not reached since ${since}. No bed has new values. Look at the patients.`,
  },

  tile: {
    bed: (bed: string) => `Bed ${bed}`,
    open: (bed: string) => `Bed ${bed}: patient and sensors`,
    openSensor: (device: string) => `Sensor ${device}, not admitted: choose a bed`,
    unknown: 'Unknown patient',
    empty: 'Empty',
    noSensor: 'No sensor',
    notAdmitted: 'Not admitted',
    noValue: 'no value',
    oldValue: 'old value',
    more: (count: number) => `+${count}`,
  },

  age: {
    seconds: (n: number) => `${n} s ago`,
    minutes: (n: number) => `${n} min ago`,
    hours: (n: number) => `${n} h ago`,
    days: (n: number) => (n === 1 ? '1 day ago' : `${n} days ago`),
  },

  /** Why a number is not shown, or is not new: two short words, they must fit into the smallest tile. */
  reasons: {
    station: 'not updated',
    gateway: 'no gateway',
    'sensor-gone': 'sensor lost',
    'sensor-silent': 'sensor silent',
    late: 'arrived late',
    'absent:unknown': 'no reason given',
    'absent:not-measured': 'not measured',
    'absent:no-signal': 'no signal',
    'absent:sensor-off': 'sensor off',
    'absent:sensor-error': 'sensor fault',
    'absent:above-range': 'above range',
    'absent:below-range': 'below range',
    'absent:calibrating': 'calibrating',
    'absent:masked': 'hidden',
    'sensor-invalid': 'sensor fault',
  },
  marks: { implausible: 'implausible', weak: 'weak signal' },

  vitals: {
    heartRate: 'HR',
    pulseRate: 'PR',
    spo2: 'SpO₂',
    respiratoryRate: 'RR',
    temperature: 'Temp',
    bp: 'BP',
    bpSystolic: 'BP sys',
    bpDiastolic: 'BP dia',
    bpMean: 'BP mean',
    glucose: 'Gluc',
    weight: 'Weight',
    perfusionIndex: 'PI',
    supplementalOxygen: 'O₂',
  } as Record<string, string>,

  admit: {
    chooseBed: 'Which bed is this sensor at?',
    emptyBeds: 'Admit an unknown patient to',
    usedBeds: 'Or add the sensor to the patient in',
    addQuestion: (bed: string, name: string) => `Add this sensor to ${name} in bed ${bed}?`,
    add: 'Yes, add it',
    noEmptyBeds: 'No bed is empty.',
    name: 'Name (may stay empty)',
    sensor: 'Sensor',
    noSensor: 'No sensor yet',
    submit: 'Admit',
  },
  bed: {
    since: (time: string) => `Admitted ${time}`,
    sensors: 'Sensors',
    none: 'No sensor is on this bed.',
    unlink: 'Take off',
    unlinkName: (device: string) => `Take sensor ${device} off this patient`,
    notVerified: 'device not verified',
    notReached: 'not reached',
    link: 'Add sensor',
    more: 'More values',
    discharge: 'Discharge',
    dischargeQuestion: (bed: string) => `Discharge the patient in bed ${bed}? All sensors of the bed are taken off.`,
    dischargeYes: 'Yes, discharge',
  },
  dialog: {
    close: 'Close',
    cancel: 'Cancel',
    reuseYes: 'Yes, use this sensor',
    failed: 'The station could not be asked. Nothing is known to have changed; look at the tile and try again.',
  },
};

export type Messages = typeof en;
