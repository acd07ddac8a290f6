// SPDX-License-Identifier: Apache-2.0
/** CRC-32C (Castagnoli, RFC 3720 B.4). It finds torn and rotten frames; tampering is found by the tree. */

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  return crc;
});

/** Of the bytes [from, to); `before` is the checksum of what stands ahead of them. */
export function crc32c(bytes: Uint8Array, from = 0, to = bytes.length, before = 0): number {
  let crc = ~before;
  for (let i = from; i < to; i++) crc = (crc >>> 8) ^ TABLE[(crc ^ bytes[i]!) & 0xff]!;
  return ~crc >>> 0;
}
