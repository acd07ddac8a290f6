// SPDX-License-Identifier: Apache-2.0
/** Where the records of a JSON array of flat objects begin and end: their bytes as received, without a second parser. */

export interface RecordText {
  /** The record's own bytes, from `{` to `}`; a view, not a copy. */
  readonly raw: Uint8Array;
  /** Colons outside strings: one per member, so a name that stands twice shows as one more than JSON.parse gives. */
  readonly members: number;
}

const QUOTE = 0x22;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/**
 * The objects of one array, in order; undefined for anything nested deeper or not closed. It looks at structure only: whether
 * the text is JSON is JSON.parse's to say. Every byte that matters is ASCII and never part of a longer UTF-8 sequence.
 */
export function sliceRecords(bytes: Uint8Array): RecordText[] | undefined {
  const records: RecordText[] = [];
  let inArray = false;
  let start = -1;
  let members = 0;
  for (let at = 0; at < bytes.length; at++) {
    switch (bytes[at]) {
      case QUOTE:
        at = endOfString(bytes, at);
        break;
      case COLON:
        members++;
        break;
      case OPEN_ARRAY:
        if (inArray) return undefined;
        inArray = true;
        break;
      case OPEN_OBJECT:
        if (!inArray || start >= 0) return undefined;
        start = at;
        members = 0;
        break;
      case CLOSE_OBJECT:
        if (start < 0) return undefined;
        records.push({ raw: bytes.subarray(start, at + 1), members });
        start = -1;
        break;
      case CLOSE_ARRAY:
        if (!inArray || start >= 0) return undefined;
        return records;
    }
  }
  return undefined;
}

/** Position of the quote that closes the string which opens at `at`; the last byte if none does. */
function endOfString(bytes: Uint8Array, at: number): number {
  for (let end = at + 1; end < bytes.length; end++) {
    if (bytes[end] === BACKSLASH) end++;
    else if (bytes[end] === QUOTE) return end;
  }
  return bytes.length;
}
