// SPDX-License-Identifier: Apache-2.0
/** English texts of the page for whoever looks after the machine. */

export const enOperator = {
  unreached: 'The gateway does not answer. Look whether it runs: "lamplight doctor" on its machine says what is wrong.',
  well: 'All is well: nothing needs you.',
  /** By the gateway’s keys; where there are none, its own English words are shown. */
  problems: {} as Record<string, string>,
  gateway: 'Gateway',
  disk: 'Disk',
  diskUse: (percent: number, state: string) => `${percent} % used, ${state}`,
  disks: {
    recording: 'everything is recorded',
    'waveforms-stopped': 'waveforms are no longer recorded',
    refusing: 'NOTHING IS RECORDED',
  },
  clock: 'Clock',
  clocks: {
    1: 'was synchronised when the gateway started',
    0: 'not known to be synchronised when the gateway started',
  },
  connected: 'Connected devices',
  journal: 'Journal',
  rows: (count: string) => `${count} rows that somebody still needs`,
  record: 'Record',
  openBatches: (count: string) => `${count} open batches`,
  series: 'Series store',
  seriesLag: (count: string) => `${count} batches behind`,
  anchor: 'Log follower',
  anchorLag: (count: string) => `${count} entries behind`,
  log: 'Log',
  logSize: 'Entries',
  head: 'Signed head covers',
  root: 'Root',
  headAge: 'Head signed',
  noHead: 'none yet',
  sinceStart: 'Since the gateway started',
  counters: {
    accepted: 'Readings taken',
    resent: 'Resent or repeated readings, dropped',
    late: 'Late readings',
    gaps: 'Gaps put on record',
    refused: 'Messages that could not be read',
    withheld: 'Acknowledgements withheld while the disk was full',
  },
};
