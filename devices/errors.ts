// SPDX-License-Identifier: Apache-2.0
/** Errors of the devices floor. One registry; `docs/errors.md` is bound to it by a test. */

export type ErrorClass = 'transient' | 'ambiguous' | 'permanent';

interface ErrorEntry {
  readonly class: ErrorClass;
  readonly message: string;
  /** What the operator does about it. */
  readonly advice: string;
}

export const DEVICE_ERRORS = {
  SENML_TOO_LARGE: {
    class: 'permanent',
    message: 'The message is larger than 8 KiB or holds more than 64 records.',
    advice: 'Let the device send smaller messages.',
  },
  SENML_JSON: {
    class: 'permanent',
    message: 'The message is not JSON text in UTF-8.',
    advice: 'Look at what the device publishes on this topic.',
  },
  SENML_SHAPE: {
    class: 'permanent',
    message: 'The message is not an array of flat records with each field once.',
    advice: 'Let the device send a SenML array (RFC 8428); docs/formats.md has an example.',
  },
  SENML_BASE_NAME: {
    class: 'permanent',
    message: 'The first record has no session as base name (16 hex digits and a colon).',
    advice: 'Let the device draw a new session at every start and send it as bn.',
  },
  SENML_FIELD: {
    class: 'permanent',
    message: 'A record has a field that the profile does not allow.',
    advice: 'Let the device send bn and bt in the first record only, and n, u, v or vs, seq_ and t in each.',
  },
  SENML_VITAL: {
    class: 'permanent',
    message: 'A record names no vital sign of the code table.',
    advice: 'Use a key of the vital code table as n.',
  },
  SENML_UNIT: {
    class: 'permanent',
    message: 'A record has a unit that its vital sign does not allow.',
    advice: 'Use the UCUM unit of the vital code table.',
  },
  SENML_VALUE: {
    class: 'permanent',
    message: 'A record has no usable value: a plain decimal as v, or a known absent reason as vs.',
    advice: 'Write decimals without an exponent and with at most 15 digits, and sensor errors as an absent reason.',
  },
  SENML_SEQUENCE: {
    class: 'permanent',
    message: 'The sequence numbers of a message do not rise by 1.',
    advice: 'Let the device count every record with seq_, from 0 at the start of a session.',
  },
  SENML_TIME: {
    class: 'permanent',
    message: 'A time is not a number of seconds since 1970.',
    advice: 'Let the device send absolute times, or none if it has no clock.',
  },
  NONIN_BAD_SUM: {
    class: 'transient',
    message: 'A frame of the oximeter has a wrong sum; its packet was dropped.',
    advice: 'If it happens often, look at cable, plug and line settings (9600 baud, 8N1).',
  },
  NONIN_FRAME_LOST: {
    class: 'transient',
    message: 'A packet of the oximeter does not have its 25 frames; it was dropped.',
    advice: 'If it happens often, look at cable, plug and line settings (9600 baud, 8N1).',
  },
  SERIAL_URL: {
    class: 'permanent',
    message: 'The address of a serial device is neither a path of a tty nor tcp://host:port.',
    advice: 'Correct the address of the device in the configuration.',
  },
  SERIAL_OPEN_FAILED: {
    class: 'transient',
    message: 'The serial device cannot be opened.',
    advice:
      'Look whether it is plugged in and switched on, and whether another program has it open; the gateway tries again by itself.',
  },
  SERIAL_CLOSED: {
    class: 'transient',
    message: 'The link to the serial device was closed.',
    advice: 'Look whether it is plugged in and switched on; the gateway tries again by itself.',
  },
  SERIAL_IDLE: {
    class: 'transient',
    message: 'The link to the serial device is open, but no valid frame arrives.',
    advice: 'Look whether the device is switched on and set to the protocol that the configuration names.',
  },
  SERIAL_WRITE_TIMEOUT: {
    class: 'ambiguous',
    message: 'The serial device did not take the bytes in time.',
    advice: 'Look whether it is plugged in; the gateway opens the link again.',
  },
  WFDB_MISSING: {
    class: 'permanent',
    message: 'The recording is not found.',
    advice: 'Name a folder with .hea files and their data files, and a record in it.',
  },
  WFDB_AMBIGUOUS: {
    class: 'permanent',
    message: 'The folder holds several recordings of vital signs, or none.',
    advice: 'Name one with --record.',
  },
  WFDB_HEADER: {
    class: 'permanent',
    message: 'The header of the recording is malformed or of a kind that is not read.',
    advice: 'Take a single-segment record in format 16 or 212.',
  },
  WFDB_DATA: {
    class: 'permanent',
    message: 'The data file of the recording is missing, too short or too large.',
    advice: 'Copy the recording again.',
  },
  WFDB_CHECKSUM: {
    class: 'permanent',
    message: 'The data of the recording do not have the sum that its header says.',
    advice: 'Copy the recording again.',
  },
  SIMULATE_USAGE: {
    class: 'permanent',
    message: 'The command line is not understood.',
    advice: 'Run "lamplight simulate --help".',
  },
  SIMULATE_CREDENTIALS: {
    class: 'permanent',
    message:
      'The credentials file is missing or not of the form { "devices": [{ handle, secret, kind, intervalMs }] }.',
    advice: 'Start the gateway in demo mode; it writes the file.',
  },
  SIMULATE_REFUSED: {
    class: 'permanent',
    message: 'The broker refused the credential of a virtual device.',
    advice: 'Use the credentials file that this gateway wrote.',
  },
  SIMULATE_PORT: {
    class: 'transient',
    message: 'A virtual serial device cannot listen on its port.',
    advice: 'Stop the program that has the port, or restart the gateway to get another one.',
  },
} as const satisfies Record<string, ErrorEntry>;

export type DeviceErrorCode = keyof typeof DEVICE_ERRORS;

/** A coded error: policy looks at `code` and `class`, people read `message` and `advice`. `detail` never holds a patient value. */
export class DeviceError extends Error {
  readonly code: DeviceErrorCode;
  readonly class: ErrorClass;
  readonly advice: string;

  constructor(code: DeviceErrorCode, detail?: string, options?: ErrorOptions) {
    const entry = DEVICE_ERRORS[code];
    super(detail === undefined ? entry.message : `${entry.message} (${detail})`, options);
    this.name = 'DeviceError';
    this.code = code;
    this.class = entry.class;
    this.advice = entry.advice;
  }
}
