// SPDX-License-Identifier: Apache-2.0
/** Standard base64 (RFC 4648 4), one text for each byte string, for code that also runs in a browser. */

export function bytesToBase64(bytes: Uint8Array): string {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const NO_DIGIT = 64;
/** By the code of the character. */
const DIGITS = new Uint8Array(256).fill(NO_DIGIT);
for (const [digit, char] of [...ALPHABET].entries()) DIGITS[char.charCodeAt(0)] = digit;
const PADDING = '='.charCodeAt(0);

/** The bytes, or undefined unless the text is exactly what `bytesToBase64` makes of them. */
export function base64ToBytes(text: string): Uint8Array | undefined {
  const chars = new TextEncoder().encode(text);
  const bytes = new Uint8Array((chars.length / 4) * 3);
  const length = decodeBase64(chars, 0, bytes, 0);
  return length === undefined ? undefined : bytes.subarray(0, length);
}

/**
 * The same of the characters from `from` to the end of `chars`, into `target` at `at`; gives where the bytes end. By hand, for half a million
 * rows of an export pass here: `atob`, and encoding again to compare, cost four times as much.
 */
export function decodeBase64(chars: Uint8Array, from: number, target: Uint8Array, at: number): number | undefined {
  if ((chars.length - from) % 4 !== 0) return undefined;
  const padding = chars.at(-1) !== PADDING || from === chars.length ? 0 : chars.at(-2) !== PADDING ? 1 : 2;
  let end = at;
  let seen = 0;
  let last = 0;
  for (let i = from; i < chars.length; i += 4) {
    const isPadded = padding > 0 && i + 4 === chars.length;
    const [a, b] = [DIGITS[chars[i]!]!, DIGITS[chars[i + 1]!]!];
    const c = isPadded && padding === 2 ? 0 : DIGITS[chars[i + 2]!]!;
    const d = isPadded ? 0 : DIGITS[chars[i + 3]!]!;
    seen |= a | b | c | d;
    last = (a << 18) | (b << 12) | (c << 6) | d;
    target[end] = last >> 16;
    target[end + 1] = last >> 8;
    target[end + 2] = last;
    end += 3;
  }
  // Bits that belong to no byte must be 0, or two texts would say the same.
  const isWhole = (last & ((1 << (8 * padding)) - 1)) === 0;
  return (seen & NO_DIGIT) === 0 && isWhole ? end - padding : undefined;
}
