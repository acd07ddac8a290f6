// SPDX-License-Identifier: Apache-2.0
/** Alle deutschen Texte der Seite. */
import type { Texts } from './texts.ts';

export const de: Texts = {
  locale: 'de-DE',
  title: 'Lamplight-Nachweise prüfen',
  lead: 'Diese Seite prüft, ob ein Messwert oder ein Export von Messwerten unverändert im Protokoll eines Lamplight-Gateways steht.',
  offline: 'Sie arbeitet ohne Netz und sendet nichts. Sie dürfen die Verbindung trennen, bevor Sie eine Datei wählen.',
  language: 'Sprache',
  otherLanguage: 'English',
  filesTitle: '1. Der Nachweis',
  filesHint:
    'Ziehen Sie die Nachweisdatei hierher, oder wählen Sie sie. Ein Export braucht auch seine CSV-Datei. Eine Policy-Datei, falls vorhanden, sagt, welche Zeugen unterschrieben haben müssen.',
  choose: 'Dateien wählen',
  chosen: { proof: 'Nachweis', csv: 'CSV-Datei', policy: 'Policy' },
  keyTitle: '2. Der Schlüssel des Protokolls',
  keyHint:
    'Fügen Sie den Schlüssel ein, oder ziehen Sie eine Datei mit ihm hierher. Nehmen Sie ihn von außerhalb der Klinikrechner: von einem Ausdruck, einem Zeugen, dem Ledger des Klinikverbunds. Alles Weitere ruht darauf, dass dieser Schlüssel der richtige ist.',
  check: 'Prüfen',
  checking: 'Wird geprüft …',
  missing: {
    proof: 'Wählen Sie zuerst eine Nachweisdatei.',
    key: 'Geben Sie zuerst den Schlüssel des Protokolls ein. Er sieht aus wie Name+Hexziffern+Buchstaben.',
    csv: 'Dies ist der Nachweis eines Exports. Wählen Sie auch seine CSV-Datei.',
    policy: 'Die Policy-Datei ist nicht lesbar.',
  },
  broken: 'Eine Datei war nicht lesbar. Wählen Sie sie noch einmal.',
  verified: 'Nachgewiesen',
  refused: 'Nicht nachgewiesen',
  stepsTitle: 'Jeder Schritt',
  passed: 'gilt',
  failed: 'gilt nicht',
  notTaken: 'Was nach diesem Schritt geprüft worden wäre, ist nicht bekannt.',
  code: 'Code des Fehlers',
  proved: 'Was nachgewiesen ist',
  limitsTitle: 'Was ein Nachweis nicht zeigt',
  limits: [
    'Dass der richtige Sensor an der richtigen Person war. Das ist Sache der Sorgfalt am Bett.',
    'Dass der Sensor richtig gemessen hat, oder dass eine Uhr außerhalb des Gateways richtig ging.',
    'Dass das Gateway ehrlich war, als es den Messwert empfing. Ab seiner Unterschrift ist nichts mehr unbemerkt zu ändern.',
    'Dass nichts anderes gemessen wurde. Ein Nachweis gilt für das, was er enthält; ein Export ist eine Auswahl.',
  ],
  unwitnessed:
    'Dass das Protokoll allen dieselbe Geschichte zeigt. Das zeigen Zeugen; ohne Policy-Datei wurde hier nichts von ihnen verlangt.',
  corrected: {
    'in-error': (by, at, why) => `Als fehlerhaft gekennzeichnet von ${by} (${at}): ${why}`,
    'another-patient': (by, at, why) => `Als Wert eines anderen Patienten gekennzeichnet von ${by} (${at}): ${why}`,
  },
  correctedHint: 'Der Messwert selbst steht unverändert im Protokoll; die Korrektur ist ein weiterer Eintrag.',
  takenBack: (by, at, why) => `Zurückgenommen von ${by} (${at}): ${why}`,
  facts: {
    reading: 'Messwert',
    absent: 'kein Wert',
    measured: 'Gemessen',
    timeQuality: 'Zeit nach',
    device: 'Gerät',
    rows: 'Messwerte',
    correction: 'Als falsch gekennzeichnet',
    withdrawn: 'Gekennzeichnet und zurückgenommen',
    batches: 'Stapel',
    log: 'Protokoll',
    key: 'Schlüsselnummer des Protokolls',
  },
  timeQualities: {
    received: 'dem Moment der Ankunft',
    device: 'der Uhr des Geräts',
    'device-corrected': 'der Uhr des Geräts, berichtigt',
    unsynchronised: 'einer Uhr, die nicht gestellt war',
    'device-time-refused': 'dem Moment der Ankunft; die Zeit des Geräts war nicht glaubhaft',
  },
  vitals: {
    heartRate: 'Herzfrequenz',
    pulseRate: 'Pulsfrequenz',
    spo2: 'Sauerstoffsättigung',
    respiratoryRate: 'Atemfrequenz',
    bpSystolic: 'Blutdruck, systolisch',
    bpDiastolic: 'Blutdruck, diastolisch',
    bpMean: 'Blutdruck, Mittel',
    abpSystolic: 'Arterieller Druck, systolisch',
    abpDiastolic: 'Arterieller Druck, diastolisch',
    abpMean: 'Arterieller Druck, Mittel',
    temperature: 'Körpertemperatur',
    glucose: 'Glukose',
    weight: 'Körpergewicht',
    perfusionIndex: 'Perfusionsindex',
    supplementalOxygen: 'Sauerstoffgabe',
  },
  steps: {
    file: { holds: 'Die Datei ist ein Nachweis.', fails: 'Das ist kein Nachweis, oder die Datei ist beschädigt.' },
    form: {
      holds: 'Die Form der CSV-Datei ist bekannt.',
      fails: 'Die Form der CSV-Datei ist dieser Seite nicht bekannt.',
    },
    checkpoint: {
      holds: 'Das Protokoll hat den Stand, zu dem dieser Nachweis führt, mit dem angegebenen Schlüssel unterschrieben.',
      fails:
        'Der Stand des Protokolls ist nicht mit dem angegebenen Schlüssel unterschrieben: Der Schlüssel gehört zu einem anderen Protokoll, oder der Nachweis wurde verändert.',
    },
    witnesses: {
      holds: 'So viele Zeugen, wie die Policy verlangt, haben denselben Stand unterschrieben.',
      fails: 'Zu wenige Zeugen der Policy haben diesen Stand des Protokolls unterschrieben.',
    },
    'gateway-key': {
      holds: 'Das Protokoll bürgt für den Schlüssel des Gateways.',
      fails: 'Das Protokoll bürgt nicht für den Schlüssel dieses Gateways.',
    },
    'corrections-once': {
      holds: 'Die Korrekturen stehen in der Reihenfolge des Protokolls, jede einmal.',
      fails: 'Eine Korrektur steht zweimal oder in anderer Reihenfolge als im Protokoll.',
    },
    'corrections-log': {
      holds: 'Jede Korrektur steht im Protokoll, an der Stelle, die der Nachweis nennt.',
      fails: 'Eine Korrektur steht nicht an ihrer Stelle im Protokoll.',
    },
    corrections: {
      holds:
        'Das Gateway hat jede Korrektur unterschrieben, sie sagt, worauf das Protokoll festgelegt ist, und was zurückgenommen wird, galt.',
      fails:
        'Eine Korrektur ist nicht vom Gateway unterschrieben, sagt etwas anderes, als das Protokoll festlegt, oder nimmt zurück, was nicht gilt.',
    },
    once: {
      holds: 'Kein Stapel und kein Messwert steht zweimal da.',
      fails: 'Ein Stapel oder ein Messwert steht zweimal im Nachweis.',
    },
    signature: {
      holds: 'Das Gateway hat den Stapel unterschrieben, zu dem der Messwert gehört.',
      fails: 'Die Unterschrift des Stapels ist nicht die des Gateways.',
    },
    log: {
      holds: 'Der Stapel steht im Protokoll, an der Stelle, die der Nachweis nennt.',
      fails: 'Der Stapel steht nicht an dieser Stelle im Protokoll.',
    },
    header: { holds: 'Der Kopf des Stapels ist wohlgeformt.', fails: 'Der Kopf des Stapels ist nicht wohlgeformt.' },
    'leaf-zero': {
      holds: 'Die Beschreibung des Stapels (Geräte, Zeiten, Lücken) gehört zu ihm.',
      fails: 'Die Beschreibung des Stapels wurde verändert oder gehört zu einem anderen.',
    },
    gateway: {
      holds: 'Der Stapel ist von dem Gateway, für das das Protokoll bürgt.',
      fails: 'Der Stapel ist von einem anderen Gateway.',
    },
    reading: { holds: 'Der Messwert ist wohlgeformt.', fails: 'Der Messwert ist nicht wohlgeformt.' },
    readings: { holds: 'Jeder Messwert ist wohlgeformt.', fails: 'Ein Messwert ist nicht wohlgeformt.' },
    unit: {
      holds: 'Einheit und Code passen zum Vitalzeichen.',
      fails: 'Einheit oder Code passen nicht zum Vitalzeichen.',
    },
    device: { holds: 'Das Gerät ist eines des Stapels.', fails: 'Das Gerät ist keines des Stapels.' },
    time: {
      holds: 'Die Zeit liegt innerhalb der Zeit des Stapels.',
      fails: 'Die Zeit liegt außerhalb der Zeit des Stapels.',
    },
    'reading-path': {
      holds: 'Der Messwert steht, wie er hier gezeigt wird, Byte für Byte im Stapel.',
      fails: 'Der Messwert wurde verändert oder steht nicht in diesem Stapel.',
    },
    'readings-in-batch': {
      holds: 'Die Messwerte stehen Byte für Byte in ihrem Stapel.',
      fails: 'Ein Messwert wurde verändert, hinzugefügt oder weggelassen.',
    },
    row: {
      holds: 'Jede Zeile der CSV-Datei sagt genau, was ihr Messwert sagt.',
      fails: 'Die CSV-Datei sagt etwas anderes als die Messwerte.',
    },
    end: {
      holds: 'Die CSV-Datei endet, wo der Nachweis endet.',
      fails: 'Die CSV-Datei hat mehr oder weniger Zeilen als der Nachweis.',
    },
    fingerprint: {
      holds: 'Die CSV-Datei ist Byte für Byte die exportierte.',
      fails: 'Die CSV-Datei ist nicht die exportierte.',
    },
  },
};
