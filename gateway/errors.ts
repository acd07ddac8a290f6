// SPDX-License-Identifier: Apache-2.0
/** Errors of the gateway floor and of the front door. One registry; `docs/errors.md` is bound to it by a test. */
import { CodedError, type ErrorEntry } from '../ledger/index.ts';

export const GATEWAY_ERRORS = {
  KEY_STORE_MISSING: {
    class: 'permanent',
    message: 'There is no key store.',
    advice: 'Restore it from its backup. A new one cannot open what the old one sealed.',
  },
  KEY_STORE_EXISTS: {
    class: 'permanent',
    message: 'There is a key store already, and it is never overwritten.',
    advice: 'Use the one that exists, or move it away by hand if you are sure that nothing is sealed under it.',
  },
  PRIVATE_FILE_OWNER: {
    class: 'permanent',
    message: 'A file with secrets belongs to another user.',
    advice: 'Run Lamplight as the user who owns the file, or give it to this user with chown.',
  },
  PRIVATE_FILE_MODE: {
    class: 'permanent',
    message: 'A file with secrets has another mode than 0600.',
    advice: 'Find out who may have read it, then run chmod 600 on the file.',
  },
  PRIVATE_FILE_KIND: {
    class: 'permanent',
    message: 'A file with secrets is a symbolic link or not a regular file.',
    advice: 'Put the file itself at this path.',
  },
  PRIVATE_FILE_TOO_LARGE: {
    class: 'permanent',
    message: 'A file with secrets is larger than 4 MiB.',
    advice: 'Restore it from its backup.',
  },
  KEY_STORE_DAMAGED: {
    class: 'permanent',
    message: 'The key store is damaged.',
    advice: 'Restore it from its backup.',
  },
  KEY_STORE_VERSION: {
    class: 'permanent',
    message: 'The key store was written by a newer Lamplight.',
    advice: 'Install the newer version.',
  },
  KEY_STORE_PASSPHRASE: {
    class: 'permanent',
    message: 'The passphrase does not open the key store.',
    advice: 'Check LAMPLIGHT_PASSPHRASE_FILE or the systemd credential lamplight-passphrase.',
  },
  KEY_STORE_NO_PASSPHRASE: {
    class: 'permanent',
    message: 'The key store needs a passphrase and none was given.',
    advice: 'Name a file in LAMPLIGHT_PASSPHRASE_FILE or load the systemd credential lamplight-passphrase.',
  },
  KEY_STORE_DEMO: {
    class: 'permanent',
    message: 'This is a demo key store: its keys lie in the clear.',
    advice: 'Use it with --demo only. For patients, start with a new data directory and a passphrase.',
  },
  DATA_DIRECTORY_LOCKED: {
    class: 'transient',
    message: 'Another Lamplight process uses this data directory.',
    advice: 'Stop the other one, or name another directory with --data.',
  },
  DATA_DIRECTORY_NEWER: {
    class: 'permanent',
    message: 'The data directory was written by a newer Lamplight.',
    advice: 'Install the newer version; an older one could damage the record.',
  },
  DATA_DIRECTORY_FOREIGN: {
    class: 'permanent',
    message: 'The directory holds something else than Lamplight data.',
    advice: 'Name an empty or new directory with --data.',
  },
  CONFIG_INVALID: {
    class: 'permanent',
    message: 'The configuration is not valid.',
    advice: 'Mend the named line of lamplight.toml. docs/ lists every setting.',
  },
  CONFIG_LAST_GOOD: {
    class: 'permanent',
    message: 'The configuration is not valid; the last good one is in use.',
    advice: 'Mend the named line of lamplight.toml, then restart.',
  },
  JOURNAL_DAMAGED: {
    class: 'permanent',
    message: 'The journal holds rows that cannot be opened.',
    advice:
      'Somebody or something changed journal.db. Keep a copy as evidence and restore the data directory from its backup.',
  },
  JOURNAL_FULL: {
    class: 'transient',
    message: 'The disk is full: nothing is acknowledged until there is room.',
    advice: 'Free disk space. Sensors keep what was not acknowledged and send it again.',
  },
  JOURNAL_BUSY: {
    class: 'transient',
    message: 'More readings arrive than the disk can take.',
    advice: 'Nothing is lost: sensors send again. If it lasts, use a faster card or fewer sensors on this gateway.',
  },
  JOURNAL_STOPPED: {
    class: 'transient',
    message: 'The journal is stopping and takes no more readings.',
    advice: 'Nothing: sensors send again after the restart.',
  },
  SEQUENCE_REFUSED: {
    class: 'permanent',
    message:
      'A device sends sequence numbers that cannot be right: a jump of a million, far too old ones, or thousands of sessions.',
    advice: 'Restart the device. If it goes on, remove it and enrol it anew.',
  },
  IDENTITY_MISSING: {
    class: 'permanent',
    message: "The gateway's public identity (identity.json) is missing or damaged.",
    advice: 'Start the gateway once: it writes the file anew from its key store.',
  },
  DEVICE_UNKNOWN: {
    class: 'permanent',
    message: 'No such device is enrolled here.',
    advice: 'Enrol it with "lamplight devices add".',
  },
  CLOCK_FLAGS: {
    class: 'permanent',
    message: 'The flags --rate and --clock-origin are not a rate and two moments.',
    advice: 'Give --rate a positive number, and --clock-origin as REALMS:WARDMS.',
  },
  RECORD_MISSING: {
    class: 'permanent',
    message: 'A sealed batch of the record is in no store.',
    advice:
      'Somebody removed it, or a store was lost: restore series.db from its backup. The log still proves that it existed.',
  },
  RECORD_ALTERED: {
    class: 'permanent',
    message: 'A sealed batch of the record was changed.',
    advice: 'Keep the store as evidence and restore the part from its backup.',
  },
  RECORD_SWAPPED: {
    class: 'permanent',
    message: 'A sealed batch lies where another one belongs.',
    advice: 'Somebody swapped stored batches: keep the store as evidence and restore it from its backup.',
  },
  RECORD_CHAIN_BROKEN: {
    class: 'permanent',
    message: 'The chain of batches has a break: one is missing, or was put in.',
    advice: 'Keep the stores as evidence and restore them from their backup.',
  },
  READING_NOT_FOUND: {
    class: 'permanent',
    message: 'No recorded reading fits the question.',
    advice: 'Check stay, vital and time; a reading can be proved once its batch is sealed (5 minutes at most).',
  },
  COMMAND_FAILED: {
    class: 'ambiguous',
    message: 'The command could not be carried out.',
    advice: 'Look whether it took effect, then try again. If it happens again, see the gateway log.',
  },
  JOURNAL_ROLLED_BACK: {
    class: 'permanent',
    message: 'The log holds more than the journal ever sent: journal.db is an older copy.',
    advice: 'Put the newer journal.db back, or restore journal and log together from one backup.',
  },
  LOG_OUT_OF_STEP: {
    class: 'permanent',
    message: 'The log and the outbox count differently.',
    advice: 'Run "lamplight ledger fsck"; restore journal and log together from one backup.',
  },
  BED_UNKNOWN: {
    class: 'permanent',
    message: 'There is no such bed.',
    advice: 'Choose a bed of this ward, or add it to beds in lamplight.toml.',
  },
  BED_TAKEN: {
    class: 'permanent',
    message: 'Somebody is admitted to this bed.',
    advice: 'Discharge the bed first, or choose another one.',
  },
  BED_EMPTY: {
    class: 'permanent',
    message: 'Nobody is admitted to this bed.',
    advice: 'Admit the bed first.',
  },
  CONFIRM_REUSE: {
    class: 'permanent',
    message: 'This sensor was used for another patient.',
    advice: 'Make sure that it is on the right person now, then confirm.',
  },
  STOP_DEADLINE: {
    class: 'ambiguous',
    message: 'A part did not stop in time and was left behind.',
    advice: 'Nothing acknowledged is lost. If it happens again, report it with the log.',
  },
  CREDENTIALS_DAMAGED: {
    class: 'permanent',
    message: 'The file of devices and stations is damaged or of another version.',
    advice: 'Restore it from its backup, or remove it and enrol the devices again.',
  },
  CREDENTIALS_INVALID: {
    class: 'permanent',
    message: 'A device or station cannot be enrolled like this.',
    advice: 'A name has 2 to 32 small letters, digits and hyphens, and is not "station".',
  },
  CREDENTIALS_NAME_TAKEN: {
    class: 'permanent',
    message: 'There is a device or station of this name.',
    advice: 'Choose another name, or remove the old one first.',
  },
  CREDENTIALS_UNKNOWN: {
    class: 'permanent',
    message: 'There is no device or station of this name that signs in.',
    advice: 'Run "lamplight devices list" to see the names.',
  },
  MQTT_SIGN_IN_REFUSED: {
    class: 'permanent',
    message: 'A client gave no name, an unknown name or a wrong secret.',
    advice: 'Check the name and secret in the device, or give it a new secret with "lamplight devices rotate".',
  },
  MQTT_CLIENT_ID_REFUSED: {
    class: 'permanent',
    message: 'The MQTT client id is not the user name.',
    advice: 'Set the client id of the device to its handle.',
  },
  MQTT_WILL_REFUSED: {
    class: 'permanent',
    message: 'The client wants to leave an MQTT will, which could become a reading.',
    advice: 'Switch the last will off in the device.',
  },
  MQTT_QOS_REFUSED: {
    class: 'permanent',
    message: 'The client published with QoS 2, which would store a reading twice.',
    advice: 'Set the device to QoS 1.',
  },
  MQTT_RETAIN_REFUSED: {
    class: 'permanent',
    message: 'The client asked to retain a message.',
    advice: 'Switch the retain flag off in the device.',
  },
  MQTT_TOPIC_REFUSED: {
    class: 'permanent',
    message: 'The client used a topic that is not its own.',
    advice: 'Let the device publish on lamplight/v1/GATEWAY/HANDLE/senml and listen on .../ack only.',
  },
  MQTT_PACKET_TOO_LARGE: {
    class: 'permanent',
    message: 'The client announced a packet larger than 8 KiB and its header.',
    advice: 'Let the device send smaller messages.',
  },
  BROKER_PORT: {
    class: 'transient',
    message: 'The MQTT broker cannot listen on its address.',
    advice: 'Another program uses the port. Stop it, or set another broker.port in lamplight.toml.',
  },
  PASSPHRASE_UNREADABLE: {
    class: 'permanent',
    message: 'The file with the passphrase cannot be read.',
    advice: 'Check the path in LAMPLIGHT_PASSPHRASE_FILE and who may read it.',
  },
  NO_FREE_PORT: {
    class: 'transient',
    message: 'Every port that the demo tried is taken.',
    advice: 'Stop other programs that listen on these ports.',
  },
  GATEWAY_NOT_REACHED: {
    class: 'transient',
    message: 'The gateway of this data directory does not answer.',
    advice: 'Start it with "lamplight start", or name its data directory with --data.',
  },
  DECODE_LINE_MALFORMED: {
    class: 'permanent',
    message:
      'A line is not a JSON object of the form that "lamplight decode" takes, or longer than a million characters.',
    advice: 'Send {"body": "..."} for senml, {"model": "nonin-df2", "hex": "..."} for serial, one per line.',
  },
  PROCESS_ENDED: {
    class: 'transient',
    message: 'A process of Lamplight ended unasked.',
    advice: 'Its own last words, above or in the log, say why.',
  },
} as const satisfies Record<string, ErrorEntry>;

export type GatewayErrorCode = keyof typeof GATEWAY_ERRORS;

export class GatewayError extends CodedError<GatewayErrorCode> {
  constructor(code: GatewayErrorCode, detail?: string, options?: ErrorOptions) {
    super(GATEWAY_ERRORS, code, detail, options);
    this.name = 'GatewayError';
  }
}
