// SPDX-License-Identifier: Apache-2.0
/**
 * Archives that are the same to the byte whenever they hold the same: a package of chaincode is named by its hash. POSIX ustar of plain
 * files with short names, and gzip without a time.
 */
import { gzipSync } from 'node:zlib';

const BLOCK_BYTES = 512;
const MAX_NAME_BYTES = 100;
const GZIP_SYSTEM_OFFSET = 9;

/** A .tar.gz of these files, in the order of their names. */
export function tarGz(files: Readonly<Record<string, Uint8Array>>): Buffer {
  const entries = Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1));
  const blocks = entries.flatMap(([name, bytes]) => [header(name, bytes.length), bytes, padding(bytes.length)]);
  const end = Buffer.alloc(2 * BLOCK_BYTES);
  // Stored, not compressed, and without the name of the system: no version of zlib makes other bytes of it.
  const packed = gzipSync(Buffer.concat([...blocks, end]), { level: 0 });
  packed[GZIP_SYSTEM_OFFSET] = 255;
  return packed;
}

function header(name: string, size: number): Buffer {
  if (Buffer.byteLength(name) > MAX_NAME_BYTES) throw new RangeError('the name of a file is too long');
  const block = Buffer.alloc(BLOCK_BYTES);
  const octal = (value: number, offset: number, digits: number) =>
    block.write(`${value.toString(8).padStart(digits, '0')}\0`, offset, 'ascii');
  block.write(name, 0);
  octal(0o644, 100, 7);
  octal(0, 108, 7);
  octal(0, 116, 7);
  octal(size, 124, 11);
  octal(0, 136, 11);
  // The sum is taken with blanks in its own place.
  block.write('        ', 148, 'ascii');
  block.write('0', 156, 'ascii');
  block.write('ustar\x0000', 257, 'latin1');
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'ascii');
  return block;
}

function padding(size: number): Buffer {
  return Buffer.alloc((BLOCK_BYTES - (size % BLOCK_BYTES)) % BLOCK_BYTES);
}
