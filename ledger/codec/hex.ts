// SPDX-License-Identifier: Apache-2.0
/** Hex text and bytes, for code that also runs in a browser (Uint8Array.fromHex is not in Node 24). */

export function bytesToHex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += HEX[byte];
  return text;
}

/** Bytes of an even number of lower-case hex digits; anything else is a bug and throws RangeError. */
export function hexToBytes(hex: string): Uint8Array {
  if (hex.length % 2 === 1) throw new RangeError('not hex');
  const bytes = new Uint8Array(hex.length / 2);
  for (let i = 0; i < bytes.length; i++)
    bytes[i] = 16 * digit(hex.charCodeAt(2 * i)) + digit(hex.charCodeAt(2 * i + 1));
  return bytes;
}

function digit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  if (code >= 0x61 && code <= 0x66) return code - 0x61 + 10;
  throw new RangeError('not hex');
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
