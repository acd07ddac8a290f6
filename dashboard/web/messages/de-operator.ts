// SPDX-License-Identifier: Apache-2.0
/** Die Seite für die, die sich um die Anlage kümmern. */
import type { Messages } from './en.ts';

export const deOperator: Messages['operator'] = {
  unreached: 'Das Gateway antwortet nicht. Prüfen Sie, ob es läuft: „lamplight doctor“ auf dem Gerät sagt, was fehlt.',
  well: 'Alles in Ordnung, nichts zu tun.',
  problems: {
    'part-died': 'Ein Teil des Gateways ist ausgefallen und startet gleich neu.',
    'disk-full': 'Die Platte ist voll: Messwerte werden NICHT gespeichert. Schaffen Sie jetzt Platz.',
    'disk-nearly-full': 'Die Platte ist fast voll: Schaffen Sie Platz.',
    'series-behind': 'Der Speicher der Verläufe ist im Rückstand: Prüfen Sie, ob er läuft und erreichbar ist.',
    'log-behind': 'Das Protokoll ist im Rückstand: Prüfen Sie die Platte.',
  },
  gateway: 'Gateway',
  disk: 'Platte',
  diskUse: (percent, state) => `${percent} % belegt, ${state}`,
  disks: {
    recording: 'alles wird aufgezeichnet',
    'waveforms-stopped': 'Kurven werden nicht mehr aufgezeichnet',
    refusing: 'NICHTS WIRD AUFGEZEICHNET',
  },
  clock: 'Uhr',
  clocks: {
    1: 'war beim Start des Gateways synchronisiert',
    0: 'beim Start des Gateways nicht nachweislich synchronisiert',
  },
  connected: 'Verbundene Geräte',
  journal: 'Journal',
  rows: (count) => `${count} Zeilen, die noch gebraucht werden`,
  record: 'Aufzeichnung',
  openBatches: (count) => `${count} offene Bündel`,
  series: 'Speicher der Verläufe',
  seriesLag: (count) => `${count} Bündel im Rückstand`,
  anchor: 'Zubringer des Protokolls',
  anchorLag: (count) => `${count} Einträge im Rückstand`,
  log: 'Protokoll',
  logSize: 'Einträge',
  head: 'Unterschrieben bis',
  root: 'Wurzel',
  headAge: 'Unterschrieben',
  noHead: 'noch nicht',
  sinceStart: 'Seit dem Start des Gateways',
  counters: {
    accepted: 'Übernommene Messwerte',
    resent: 'Doppelt gesendete Messwerte, verworfen',
    late: 'Verspätete Messwerte',
    gaps: 'Verzeichnete Lücken',
    refused: 'Unlesbare Nachrichten',
    withheld: 'Bei voller Platte zurückgehaltene Bestätigungen',
  },
};
