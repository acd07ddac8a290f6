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
    'ledger-forked':
      'ALARM: Eine Stelle außerhalb dieses Geräts hält einen anderen Verlauf des Protokolls. Halten Sie das Gateway an, bewahren Sie die Platte als Beweis auf und rufen Sie die Verantwortlichen der Aufzeichnung.',
    'ledger-rolled-back':
      'ALARM: Eine Stelle außerhalb dieses Geräts kennt ein längeres Protokoll als dieses. Halten Sie das Gateway an, bewahren Sie die Platte als Beweis auf und rufen Sie die Verantwortlichen der Aufzeichnung.',
    'ledger-accused':
      'ALARM ohne Beweis: Eine Stelle außerhalb dieses Geräts sagt, dieses Protokoll sei zurückgesetzt oder verändert, und zeigt es nicht. Fragen Sie die Betreiber, was sie halten. Das Gateway läuft weiter.',
    'ledger-closed':
      'Das Hauptbuch nimmt dieses Gateway nicht an: Verläufe und Ausgaben werden verweigert. Sehen Sie im Protokoll des Gateways nach.',
    'anchor-behind':
      'Seit einer Stunde hat keine Stelle außerhalb dieses Geräts das Protokoll bestätigt: Prüfen Sie Netz und Zeugen. Es ist nichts verloren.',
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
  head: 'Veröffentlicht bis',
  root: 'Wurzel',
  headAge: 'Unterschrieben',
  anchored: 'Verankert',
  anchoredUpTo: (size) => `bis ${size}, außerhalb dieses Geräts bestätigt`,
  notAnchored: (size, since) => `bis ${size}; seit ${since} noch nicht verankert`,
  noHomes: 'niemand außerhalb dieses Geräts wird gefragt',
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
