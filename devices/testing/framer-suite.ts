// SPDX-License-Identifier: Apache-2.0
/** The standard list of cases that every framer passes, written once. Called from the test file of each framer. */
import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { DeviceError } from '../errors.ts';
import type { Framer } from '../serial/framer.ts';

export interface FramerCases {
  readonly name: string;
  readonly create: () => Framer;
  /** Two good frames that differ. */
  readonly good: readonly [Uint8Array, Uint8Array];
  /** A frame as long as a good one whose check is wrong. */
  readonly badCheck: Uint8Array;
  /** A good frame with more inside than a frame may hold. */
  readonly overLong: Uint8Array;
  /** Bytes that cannot be the beginning of a frame. */
  readonly garbage: Uint8Array;
  /** What must follow a frame before it is released: the beginning of the next one. Nothing for most protocols. */
  readonly trailer?: Uint8Array;
}

/** Declares the tests. Each runs whole and byte by byte, and demands the same outcome of both. */
export function framerSuite({ name, create, good, badCheck, overLong, garbage, trailer }: FramerCases): void {
  const [one, two] = good;
  const outcome = (framer: Framer, chunks: readonly Uint8Array[]) =>
    outcomeOf(framer, trailer ? [...chunks, trailer] : chunks);
  // A frame that nothing confirms is not released: the one before garbage goes with it.
  const beforeGarbage = trailer ? [] : [one];
  const run = (...parts: readonly Uint8Array[]) => {
    const bytes = Buffer.concat(parts);
    const whole = outcome(create(), [bytes]);
    expect(
      outcome(
        create(),
        [...bytes].map((byte) => Uint8Array.of(byte)),
      ),
    ).toStrictEqual(whole);
    return whole;
  };

  describe(`${name}: the standard framer list`, () => {
    it('whole', () => expect(run(one)).toMatchObject({ frames: [one], errors: 0, droppedBytes: 0 }));
    it('two in one chunk', () =>
      expect(run(one, two)).toMatchObject({ frames: [one, two], errors: 0, droppedBytes: 0 }));
    it('split at every byte', () => {
      for (let cut = 0; cut <= one.length; cut += 1) {
        const chunks = [one.subarray(0, cut), one.subarray(cut), two];
        expect(outcome(create(), chunks)).toMatchObject({ frames: [one, two], errors: 0, droppedBytes: 0 });
      }
    });
    it('garbage first', () => {
      expect(run(garbage, one, two)).toMatchObject({ frames: [one, two], errors: 0, droppedBytes: garbage.length });
    });
    it('garbage between', () => {
      const lost = trailer ? one.length : 0;
      expect(run(one, garbage, two)).toMatchObject({
        frames: [...beforeGarbage, two],
        errors: 1,
        droppedBytes: garbage.length + lost,
      });
    });
    it('bad check then good', () => {
      expect(run(badCheck, one)).toMatchObject({ frames: [one], errors: 1, droppedBytes: badCheck.length });
      expect(run(two, badCheck, one)).toMatchObject({ frames: [two, one], errors: 1 });
    });
    it('over-long', () => {
      const { frames, errors } = run(overLong, two);
      expect(frames.at(-1)).toStrictEqual(two);
      expect(errors).toBe(1);
    });
    it('truncated at every byte', () => {
      for (let cut = 1; cut < one.length; cut += 1) {
        expect(outcome(create(), [one.subarray(0, cut)]).frames, `cut at ${cut}`).toHaveLength(0);
        expect(outcome(create(), [one.subarray(0, cut), two]).frames, `cut at ${cut}`).toStrictEqual([two]);
      }
    });
    it('empty', () => expect(run()).toMatchObject({ frames: [], errors: 0, droppedBytes: 0 }));
    it('repeated', () => expect(run(one, one, one)).toMatchObject({ frames: [one, one, one], errors: 0 }));

    test.prop([
      fc.array(fc.constantFrom(one, two, badCheck, overLong, garbage), { maxLength: 8 }),
      fc.infiniteStream(fc.integer({ min: 1, max: 300 })),
    ])('gives the same whatever the chunks are', (parts, sizes) => {
      const bytes = Buffer.concat(parts);
      const chunks: Uint8Array[] = [];
      for (let at = 0; at < bytes.length; at += chunks.at(-1)!.length) {
        chunks.push(bytes.subarray(at, at + sizes.next().value!));
      }
      expect(outcome(create(), chunks)).toStrictEqual(run(...parts));
    });
    test.prop([fc.uint8Array({ maxLength: 2000 })])(
      'gives frames or coded errors for any bytes, and loses count of none',
      (bytes) => {
        const framer = create();
        const { frames, errors, droppedBytes } = outcome(framer, [bytes]);
        const inFrames = frames.reduce((sum, frame) => sum + frame.length, 0);
        expect(framer.counters()).toMatchObject({ frames: frames.length, badFrames: errors });
        expect(inFrames + droppedBytes).toBeLessThanOrEqual(bytes.length + (trailer?.length ?? 0));
      },
    );
  });
}

function outcomeOf(framer: Framer, chunks: readonly Uint8Array[]) {
  const frames: Uint8Array[] = [];
  let errors = 0;
  for (const result of chunks.flatMap((chunk) => framer.push(chunk))) {
    if (result.ok) frames.push(new Uint8Array(result.value));
    else {
      expect(result.error).toBeInstanceOf(DeviceError);
      errors += 1;
    }
  }
  return { frames, errors, droppedBytes: framer.counters().droppedBytes };
}
