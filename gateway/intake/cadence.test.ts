// SPDX-License-Identifier: Apache-2.0
/** Silence becomes gaps: when, with which evidence, and without overlap. */
import { describe, expect, it } from 'vitest';
import { Cadence, REPORT_SILENCE_EVERY_MS } from './cadence.ts';

describe('cadence', () => {
  it('says nothing while the device keeps its beat, or has none', () => {
    const cadence = new Cadence();
    cadence.watch('d', 1000, 0);
    expect(cadence.heard('d', 1000)).toEqual([]);
    expect(cadence.heard('d', 3400)).toEqual([]);
    expect(cadence.heard('episodic', 1e9)).toEqual([]);
  });

  it('gives the gap when the device speaks again, with the best evidence', () => {
    const cadence = new Cadence();
    cadence.watch('d', 1000, 0);
    cadence.heard('d', 1000);
    expect(cadence.heard('d', 4000)).toEqual([{ device: 'd', evidence: 'cadence-missed', fromMs: 1000, toMs: 4000 }]);
    cadence.explain('d', 'link-lost');
    expect(cadence.heard('d', 9000)).toEqual([{ device: 'd', evidence: 'link-lost', fromMs: 4000, toMs: 9000 }]);
  });

  it('puts ongoing silence on record in pieces that join without overlap', () => {
    const cadence = new Cadence();
    cadence.watch('d', 1000, 0);
    expect(cadence.tick(REPORT_SILENCE_EVERY_MS - 1)).toEqual([]);
    const first = cadence.tick(REPORT_SILENCE_EVERY_MS);
    const second = cadence.tick(2 * REPORT_SILENCE_EVERY_MS);
    const last = cadence.heard('d', 2 * REPORT_SILENCE_EVERY_MS + 500);
    expect([...first, ...second, ...last].map(({ fromMs, toMs }) => [fromMs, toMs])).toEqual([
      [0, REPORT_SILENCE_EVERY_MS],
      [REPORT_SILENCE_EVERY_MS, 2 * REPORT_SILENCE_EVERY_MS],
      [2 * REPORT_SILENCE_EVERY_MS, 2 * REPORT_SILENCE_EVERY_MS + 500],
    ]);
  });

  it('blames its own absence for the silence before a boot, at once', () => {
    const cadence = new Cadence();
    cadence.watch('d', 1000, 90_000, { device: 'd', lastMs: 10_000, reportedToMs: 10_000 });
    expect(cadence.tick(90_001)).toEqual([{ device: 'd', evidence: 'gateway-down', fromMs: 10_000, toMs: 90_001 }]);
    expect(cadence.heard('d', 91_000)).toEqual([
      { device: 'd', evidence: 'cadence-missed', fromMs: 90_001, toMs: 91_000 },
    ]);
  });

  it('takes up a device that is enrolled later, and forgets one that is removed', () => {
    const cadence = new Cadence();
    cadence.watch('old', 1000, 0);
    cadence.watch('kept', 1000, 0);
    cadence.heard('kept', 5000);
    cadence.watchOnly(
      new Map([
        ['kept', 1000],
        ['new', 1000],
      ]),
      9000,
    );
    expect(cadence.heard('old', 60_000)).toEqual([]);
    expect(cadence.heard('kept', 60_000)).toMatchObject([{ device: 'kept', fromMs: 5000 }]);
    expect(cadence.heard('new', 60_000)).toMatchObject([{ device: 'new', fromMs: 9000 }]);
  });
});
