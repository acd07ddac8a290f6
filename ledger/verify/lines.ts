// SPDX-License-Identifier: Apache-2.0
/** The lines of a file that comes in pieces, those that end in one piece together: half a million lines with no promise for each. */
import { concatBytes } from '../codec/bytes.ts';
import { LedgerError } from '../errors.ts';

const MAX_LINE_BYTES = 1.5 * 1024 * 1024;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** Lines without their ends, LF or CRLF; the last may have none. Throws PROOF_EXPORT_MALFORMED for one of more than MAX_LINE_BYTES. */
export async function* linesIn(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array[]> {
  let begun: Uint8Array = new Uint8Array();
  for await (const piece of pieces) {
    const held = begun.length === 0 ? piece : concatBytes(begun, piece);
    const lines: Uint8Array[] = [];
    let start = 0;
    for (let end = held.indexOf(LINE_FEED, start); end >= 0; end = held.indexOf(LINE_FEED, start)) {
      lines.push(lineIn(held, start, end));
      start = end + 1;
    }
    begun = held.subarray(start);
    if (begun.length > MAX_LINE_BYTES) throw new LedgerError('PROOF_EXPORT_MALFORMED', 'a line that is too long');
    yield lines;
  }
  if (begun.length > 0) yield [lineIn(begun, 0, begun.length)];
}

function lineIn(bytes: Uint8Array, start: number, end: number): Uint8Array {
  return bytes.subarray(start, bytes[end - 1] === CARRIAGE_RETURN && end > start ? end - 1 : end);
}
