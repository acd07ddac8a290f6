// SPDX-License-Identifier: Apache-2.0
/** Was schiefging und was zu tun ist, zu den Kennungen der Station und des Gateways. */
import type { Messages } from './en.ts';

export const deProblems: Messages['problems'] = {
  GATEWAY_SILENT: {
    message: 'Das Gateway hat nicht rechtzeitig geantwortet. Vielleicht wurde es ausgeführt, vielleicht nicht.',
    advice: 'Sehen Sie auf die Kachel, bevor Sie es noch einmal versuchen.',
  },
  GATEWAY_DOWN: {
    message: 'Das Gateway ist nicht erreichbar. Nichts wurde geändert.',
    advice: 'Prüfen Sie, ob das Gateway läuft; die Tafel verbindet sich von selbst neu.',
  },
  NOT_SIGNED_IN: {
    message: 'Hier ist niemand angemeldet, oder die Sitzung ist zu Ende.',
    advice: 'Melden Sie sich an.',
  },
  ROLE_REFUSED: {
    message: 'Ihre Rolle erlaubt das nicht.',
    advice: 'Fragen Sie die Verwaltung nach einer anderen Rolle.',
  },
  WARD_REFUSED: {
    message: 'Ihr Konto gehört zu einer anderen Station.',
    advice: 'Fragen Sie die Verwaltung nach einem Konto für diese.',
  },
  ORIGIN_REFUSED: {
    message: 'Die Anfrage kam nicht von der Seite dieser Station.',
    advice: 'Öffnen Sie die Adresse, die die Station beim Start nennt, und versuchen Sie es dort.',
  },
  REQUEST_MALFORMED: {
    message: 'Die Anfrage hat nicht die erwartete Form.',
    advice: 'Laden Sie die Seite neu. Geschieht es wieder, melden Sie es.',
  },
  SIGN_IN_WRONG: {
    message: 'Name oder Passwort ist falsch.',
    advice: 'Prüfen Sie beides. Ist das Passwort vergessen, entfernt die Verwaltung das Konto und lädt neu ein.',
  },
  CLAIM_SPENT: {
    message: 'Dieser Link wurde schon benutzt oder ist zu alt.',
    advice: 'Melden Sie sich an, oder bitten Sie um einen neuen.',
  },
  PASSWORD_SHORT: { message: 'Das Passwort hat weniger als 12 Zeichen.', advice: 'Nehmen Sie einen Satz.' },
  NAME_REFUSED: {
    message: 'Der Name ist vergeben oder enthält unerlaubte Zeichen.',
    advice: 'Bis zu 40 Buchstaben, Ziffern, Leerzeichen, Punkte, Binde- oder Unterstriche.',
  },
  TOO_MANY_TRIES: { message: 'Zu viele Versuche.', advice: 'Warten Sie 15 Minuten.' },
  TOO_MANY_SCREENS: { message: 'Zu viele Tafeln sind offen.', advice: 'Schließen Sie eine, die niemand ansieht.' },
  ACCESS_NOT_LOGGED: {
    message: 'Der Verlauf kann jetzt nicht gelesen werden, weil das Gateway das Lesen nicht protokollieren kann.',
    advice:
      'Die Live-Werte laufen weiter. Prüfen Sie, ob das Gateway läuft und Platz hat, und versuchen Sie es dann wieder.',
  },
  HISTORY_CLOSED: {
    message: 'Die Station kann das Protokoll nicht öffnen.',
    advice: 'Die Live-Werte laufen weiter. Sagen Sie es der Person, die das Gateway betreut.',
  },
  HISTORY_UNREACHABLE: {
    message: 'Der Verlauf ist jetzt nicht lesbar: Der Speicher der versiegelten Messwerte antwortet nicht.',
    advice:
      'Die Live-Werte laufen weiter, nichts geht verloren. Versuchen Sie es wieder; bleibt es so, sagen Sie es der Person, die das Gateway betreut.',
  },
  HISTORY_REFUSED: {
    message: 'Das Protokoll hat seine Prüfung nicht bestanden; nichts davon wird gezeigt.',
    advice: 'Sagen Sie es mit diesen Worten und der Uhrzeit der Person, die das Gateway betreut.',
  },
  STAY_ELSEWHERE: {
    message: 'Dieser Patient ist jetzt nicht auf Ihrer Station.',
    advice: 'Fragen Sie die Station des Patienten.',
  },
  READING_NOT_SEALED: {
    message: 'Dieser Messwert ist noch nicht versiegelt, deshalb gibt es noch keinen Nachweis.',
    advice: 'Versuchen Sie es in fünf Minuten wieder.',
  },
  CORRECTION_WITHDRAWN: {
    message: 'Diese Kennzeichnung ist schon zurückgenommen.',
    advice: 'Sie müssen nichts tun. Sind die Messwerte doch falsch, kennzeichnen Sie sie noch einmal.',
  },
  CORRECTION_UNKNOWN: {
    message: 'Diese Kennzeichnung gibt es bei diesem Patienten nicht.',
    advice: 'Öffnen Sie den Verlauf neu.',
  },
  ACCOUNT_UNKNOWN: { message: 'Dieses Konto gibt es nicht.', advice: 'Laden Sie die Seite neu.' },
  LAST_ADMINISTRATOR: {
    message: 'Das ist das einzige Konto mit der Rolle Verwaltung.',
    advice: 'Geben Sie zuerst einer anderen Person diese Rolle.',
  },
  COMMAND_FAILED: {
    message: 'Das konnte nicht ausgeführt werden.',
    advice: 'Sehen Sie nach, ob es doch geschehen ist. Bleibt es so, sagen Sie es der Person, die das Gateway betreut.',
  },
  JOURNAL_FULL: {
    message: 'Der Speicher des Gateways ist voll.',
    advice: 'Sagen Sie es der Person, die das Gateway betreut: Sie muss Platz schaffen.',
  },
  DEVICE_UNKNOWN: { message: 'Dieser Sensor ist nicht angemeldet.', advice: 'Die Technik muss ihn erst anmelden.' },
  BED_UNKNOWN: { message: 'Dieses Bett gibt es nicht.', advice: 'Wählen Sie ein Bett dieser Station.' },
  BED_TAKEN: { message: 'In diesem Bett ist jemand aufgenommen.', advice: 'Wählen Sie ein anderes Bett.' },
  BED_EMPTY: { message: 'In diesem Bett ist niemand aufgenommen.', advice: 'Nehmen Sie zuerst auf.' },
  STAY_CHANGED: {
    message: 'Das ist nicht mehr der Patient, den Sie gesehen haben: Bett oder Sensor wurden inzwischen geändert.',
    advice: 'Sie haben nichts geändert. Sehen Sie auf die Kachel und beginnen Sie neu.',
  },
  CONFIRM_REUSE: {
    message: 'Dieser Sensor wurde für einen anderen Patienten benutzt.',
    advice: 'Prüfen Sie, dass er jetzt an der richtigen Person ist, und bestätigen Sie dann.',
  },
};
