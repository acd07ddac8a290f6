// SPDX-License-Identifier: Apache-2.0
/** Errors of the gateway floor and of the front door. One registry; `docs/errors.md` is bound to it by a test. */
import { CodedError, type ErrorEntry } from '../ledger/index.ts';
import { GATEWAY_LEDGER_ERRORS } from './ledger/errors.ts';
import { RECORD_ERRORS } from './record-errors.ts';
import { SETUP_ERRORS } from './setup-errors.ts';

export const GATEWAY_ERRORS = {
  ...SETUP_ERRORS,
  ...RECORD_ERRORS,
  ...GATEWAY_LEDGER_ERRORS,
  DEVICE_UNKNOWN: {
    class: 'permanent',
    message: 'No such device is enrolled here.',
    advice: 'Enrol it with "lamplight devices add".',
  },
  COMMAND_FAILED: {
    class: 'ambiguous',
    message: 'The command could not be carried out.',
    advice: 'Look whether it took effect, then try again. If it happens again, see the gateway log.',
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
  STAY_CHANGED: {
    class: 'permanent',
    message: 'This is no longer the patient that you saw: somebody changed the bed or the sensor meanwhile.',
    advice: 'Nothing was changed by you. Look at the tile and begin again.',
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
  MQTT_STATION_CROWDED: {
    class: 'transient',
    message: 'A station has too many connections at once.',
    advice: 'Look for a script that asks without end. What asks one question after the other needs one connection.',
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
  OPERATIONS_PORT: {
    class: 'permanent',
    message: 'The port of /healthz and /metrics cannot be opened.',
    advice: 'Stop the program that uses it, or set another operations.port in lamplight.toml (0 takes any free one).',
  },
  BROKER_PORT: {
    class: 'transient',
    message: 'The MQTT broker cannot listen on its address.',
    advice: 'Another program uses the port. Stop it, or set another broker.port in lamplight.toml.',
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
