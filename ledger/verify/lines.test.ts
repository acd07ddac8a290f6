// SPDX-License-Identifier: Apache-2.0
/** Lines are the same however the bytes arrive, and none is endless. */
import { fc, test } from '@fast-check/vitest';
import { expect, it } from 'vitest';
import { linesIn } from './lines.ts';

async function linesOf(pieces: Iterable<Uint8Array>): Promise<string[]> {
  const found: string[] = [];
  async function* arriving() {
    yield* pieces;
  }
  for await (const lines of linesIn(arriving()))
    found.push(...lines.map((line) => Buffer.from(line).toString('latin1')));
  return found;
}
function* cut(bytes: Uint8Array, lengths: readonly number[]) {
  let at = 0;
  for (const length of lengths) {
    yield bytes.subarray(at, at + length);
    at += length;
  }
  yield bytes.subarray(at);
}

test.prop([fc.string({ unit: fc.constantFrom('a', 'b', '\n', '\r') }), fc.array(fc.nat({ max: 5 }))])(
  'are those of the whole text',
  async (text, lengths) => {
    const whole = text.split('\n');
    if (whole.at(-1) === '') whole.pop();
    expect(await linesOf(cut(Buffer.from(text), lengths))).toEqual(whole.map((line) => line.replace(/\r$/, '')));
  },
);

it('refuses a line that never ends', async () => {
  const endless = Array.from({ length: 40 }, () => new Uint8Array(64 * 1024).fill(0x41));
  await expect(linesOf(endless)).rejects.toMatchObject({ code: 'PROOF_EXPORT_MALFORMED' });
});
