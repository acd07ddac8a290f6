// SPDX-License-Identifier: Apache-2.0
/**
 * Bytes as text for a string field of InfluxDB: 13 bits in two characters of 91, where base64 has 12. A database takes such text as it is;
 * sealed bytes do not compress, so every character counts (docs/formats.md, "InfluxDB point").
 */

/** The printable ASCII characters but space, both quotes and backslash: nothing is ever escaped. 91 x 91 is just above 2^13. */
const ALPHABET = Array.from({ length: 94 }, (_, i) => String.fromCharCode(33 + i))
  .filter((char) => !`"'\\`.includes(char))
  .join('');
const BASE = ALPHABET.length;
const PAIR_BITS = 13;
/** So many bits or fewer at the end need one character only. */
const SINGLE_BITS = 6;
const DIGITS = new Map([...ALPHABET].map((char, digit) => [char, digit]));

export function toText91(bytes: Uint8Array): string {
  const chars: string[] = [];
  let held = 0;
  let bits = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    bits += 8;
    if (bits < PAIR_BITS) continue;
    bits -= PAIR_BITS;
    chars.push(pairOf(held >> bits));
    held &= (1 << bits) - 1;
  }
  if (bits > SINGLE_BITS) chars.push(pairOf(held << (PAIR_BITS - bits)));
  else if (bits > 0) chars.push(ALPHABET[held << (SINGLE_BITS - bits)]!);
  return chars.join('');
}

/** The bytes, or undefined for anything that `toText91` does not write. */
export function fromText91(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(Math.floor(((text.length >> 1) * PAIR_BITS + (text.length & 1) * SINGLE_BITS) / 8));
  let held = 0;
  let bits = 0;
  let length = 0;
  for (let at = 0; at < text.length; at += 2) {
    const first = DIGITS.get(text[at]!);
    const second = at + 1 < text.length ? DIGITS.get(text[at + 1]!) : undefined;
    if (first === undefined || (second === undefined && at + 1 < text.length)) return undefined;
    held = second === undefined ? (held << SINGLE_BITS) | first : (held << PAIR_BITS) | (BASE * first + second);
    bits += second === undefined ? SINGLE_BITS : PAIR_BITS;
    for (; bits >= 8; bits -= 8) bytes[length++] = held >> (bits - 8);
    held &= (1 << bits) - 1;
  }
  // One text for the same bytes: padding that is not 0, a pair beyond 2^13 and a length of nobody give another one.
  return toText91(bytes) === text ? bytes : undefined;
}

function pairOf(bits: number): string {
  return ALPHABET[Math.floor(bits / BASE)]! + ALPHABET[bits % BASE]!;
}
