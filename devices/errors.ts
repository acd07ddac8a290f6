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
