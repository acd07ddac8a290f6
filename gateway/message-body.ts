// SPDX-License-Identifier: Apache-2.0
/** JSON as the body of an MQTT message of ours, in few lengths. */

/** Bodies are filled up to a multiple of this. */
const STEP_BYTES = 2048;

/**
 * UTF-8 of a JSON text, with blanks at its end, which JSON does not mind. mqtt-packet keeps four bytes for every length below 16 KiB that
 * it ever wrote (its issue 163), and they hold a whole block of Node's buffer pool, 64 KiB: of live values alone there are thousands of
 * lengths. In these steps a topic has eight.
 */
export function messageBody(json: string): Buffer {
  const bytes = Buffer.byteLength(json);
  return Buffer.from(json.padEnd(json.length + (-bytes & (STEP_BYTES - 1))));
}
