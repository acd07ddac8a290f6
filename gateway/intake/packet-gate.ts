// SPDX-License-Identifier: Apache-2.0
/** Refuses an MQTT packet by its declared length, before anybody buffers it: the parser of the broker has no limit of its own. */

/**
 * A gate for one connection: call it with every chunk in order. It says false at the first fixed header whose remaining length is
 * above `maxPacketBytes` or malformed (MQTT 3.1.1 2.2.3), and stays at false.
 */
export function createPacketGate(maxPacketBytes: number): (chunk: Uint8Array) => boolean {
  /** Bytes of the current packet's body still to come; undefined inside a fixed header. */
  let body: number | undefined;
  /** Bytes of the fixed header read so far: 0, or 1 plus the length bytes. */
  let header = 0;
  let length = 0;
  let refused = false;

  return (chunk) => {
    let at = 0;
    while (!refused && at < chunk.length) {
      if (body !== undefined) {
        const skipped = Math.min(body, chunk.length - at);
        at += skipped;
        body = body === skipped ? undefined : body - skipped;
        continue;
      }
      const byte = chunk[at]!;
      at += 1;
      header += 1;
      if (header === 1) continue;
      length += (byte & 0x7f) * 128 ** (header - 2);
      const last = byte < 0x80;
      refused = length > maxPacketBytes || (!last && header === 5);
      if (last) {
        body = length === 0 ? undefined : length;
        header = 0;
        length = 0;
      }
    }
    return !refused;
  };
}
