// SPDX-License-Identifier: Apache-2.0
import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { messageBody } from './message-body.ts';

const STEP_BYTES = 2048;

describe('the body of a message', () => {
  test.prop([fc.json()])('reads as the same JSON, and is less than a step longer', (json) => {
    const body = messageBody(json);
    expect(JSON.parse(body.toString())).toEqual(JSON.parse(json));
    expect(body.length - Buffer.byteLength(json)).toBeLessThan(STEP_BYTES);
  });

  test.prop([fc.array(fc.string({ unit: 'grapheme', maxLength: 40 }), { maxLength: 200 })])(
    'has one of eight lengths below 16 KiB',
    (names) => {
      expect(messageBody(JSON.stringify(names)).length % STEP_BYTES).toBe(0);
    },
  );

  it('adds nothing to what has such a length', () => {
    expect(messageBody(JSON.stringify('x'.repeat(STEP_BYTES - 2))).length).toBe(STEP_BYTES);
    expect(messageBody(JSON.stringify('x'.repeat(STEP_BYTES - 1))).length).toBe(2 * STEP_BYTES);
  });
});
