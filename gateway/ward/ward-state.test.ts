// SPDX-License-Identifier: Apache-2.0
/** Whose a reading is: dated links, stays of nobody, and what asks for confirmation. */
import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { type Stay, Ward, type WardChange } from './ward-state.ts';

const A = 'aa'.repeat(16);
const B = 'bb'.repeat(16);
const U = 'dd'.repeat(16);

/** A ward whose clock is the second argument of each step. */
function open() {
  const ward = new Ward(['1', '2'], { stays: [], links: [] });
  const run = (changes: WardChange[]) => ward.apply(changes);
  return {
    ward,
    admit: (bed: string, stay: string, at: number) => run(ward.admit(bed, stay, null, at)),
    link: (device: string, stay: string, at: number) => run(ward.link(device, stay, at, 'nurse', true)),
    unlink: (device: string, at: number) => run(ward.unlink(device, at)),
    discharge: (bed: string, at: number) => run(ward.discharge(bed, at)),
    transfer: (bed: string, to: string, at: number) => run(ward.transfer(bed, to, at)),
    meet: (device: string, stay: string, at: number) => run(ward.meet(device, stay, at)),
  };
}

describe('a dated link', () => {
  it('holds from its start until before its end, and outside it the sensor is nobody’s', () => {
    const { ward, admit, link, discharge } = open();
    admit('1', A, 10);
    link('d', A, 20);
    discharge('1', 30);
    expect([19, 20, 29, 30].map((at) => ward.stayAt('d', at)?.id)).toEqual([undefined, A, A, undefined]);
    expect(ward.stayAt('e', 25)).toBeUndefined();
  });

  it('goes over to another stay at one moment: late readings still belong to the first', () => {
    const { ward, admit, link } = open();
    admit('1', A, 0);
    admit('2', B, 0);
    link('d', A, 10);
    link('d', B, 20);
    expect([15, 19, 20, 25].map((at) => ward.stayAt('d', at)?.id)).toEqual([A, A, B, B]);
    expect(ward.openLinkOf('d')?.stay).toBe(B);
    expect(ward.linksOn(A)).toEqual([]);
  });

  it('still gives late readings to a stay that was closed since', () => {
    const { ward, admit, link, discharge } = open();
    admit('1', A, 0);
    link('d', A, 0);
    discharge('1', 10);
    expect(ward.stayAt('d', 5)).toMatchObject({ id: A, closedMs: 10 });
  });
});

describe('a sensor used for a patient', () => {
  it('asks for confirmation before it is linked again, open or not; one that was only heard does not', () => {
    const { ward, admit, link, discharge, meet } = open();
    admit('1', A, 0);
    meet('heard', U, 0);
    expect(ward.link('heard', A, 1, 'nurse', false).length).toBeGreaterThan(0);
    link('d', A, 1);
    const again = () => ward.link('d', A, 2, 'nurse', false);
    expect(again).toThrow(expect.objectContaining({ code: 'CONFIRM_REUSE' }));
    discharge('1', 3);
    admit('1', B, 4);
    expect(() => ward.link('d', B, 5, 'nurse', false)).toThrow(expect.objectContaining({ code: 'CONFIRM_REUSE' }));
    link('d', B, 5);
    expect(ward.openLinkOf('d')?.stay).toBe(B);
  });
});

describe('a bed', () => {
  it('takes one stay at a time, and must be one of the ward', () => {
    const { ward, admit, discharge } = open();
    expect(() => ward.admit('9', A, null, 0)).toThrow(expect.objectContaining({ code: 'BED_UNKNOWN' }));
    admit('1', A, 0);
    expect(() => ward.admit('1', B, null, 1)).toThrow(expect.objectContaining({ code: 'BED_TAKEN' }));
    discharge('1', 2);
    expect(() => ward.discharge('1', 3)).toThrow(expect.objectContaining({ code: 'BED_EMPTY' }));
    admit('1', B, 4);
    expect(ward.openStayOn('1')?.id).toBe(B);
  });

  it('gives its stay away with its sensors, only to a free bed of the ward', () => {
    const { ward, admit, link, transfer } = open();
    admit('1', A, 0);
    link('d', A, 0);
    expect(() => ward.transfer('1', '9', 1)).toThrow(expect.objectContaining({ code: 'BED_UNKNOWN' }));
    expect(() => ward.transfer('2', '1', 1)).toThrow(expect.objectContaining({ code: 'BED_EMPTY' }));
    transfer('1', '2', 5);
    expect([ward.openStayOn('1'), ward.openStayOn('2')?.id]).toEqual([undefined, A]);
    expect(ward.stayAt('d', 9)?.id).toBe(A);
    admit('1', B, 6);
    expect(() => ward.transfer('2', '1', 7)).toThrow(expect.objectContaining({ code: 'BED_TAKEN' }));
  });
});

describe('a sensor of nobody', () => {
  it('has a stay of its own with an open link from when it was first heard', () => {
    const { ward, meet } = open();
    meet('d', U, 5);
    expect(ward.unknownStayOf('d')).toMatchObject({ id: U, bed: null, name: null, closedMs: null });
    expect(ward.openLinkOf('d')).toMatchObject({ stay: U, fromMs: 5, toMs: null });
  });

  it('leaves its stay when it is linked, and the stay ends with it', () => {
    const { ward, meet, admit, link } = open();
    meet('d', U, 5);
    admit('1', A, 6);
    link('d', A, 7);
    expect(ward.stay(U)?.closedMs).toBe(7);
    expect([6, 7].map((at) => ward.stayAt('d', at)?.id)).toEqual([U, A]);
  });

  it('keeps its one stay for everything outside its links, before and after', () => {
    const { ward, meet, admit, link, discharge } = open();
    meet('d', U, 5);
    admit('1', A, 6);
    link('d', A, 7);
    discharge('1', 8);
    expect(ward.stayAt('d', 9)).toBeUndefined();
    expect(ward.unknownStayOf('d')?.id).toBe(U);
  });

  it('met with a time before its link does not take the present from it', () => {
    const { ward, meet, admit, link } = open();
    admit('1', A, 10);
    link('d', A, 10);
    meet('d', U, 3);
    expect([3, 9, 10, 99].map((at) => ward.stayAt('d', at)?.id)).toEqual([U, U, A, A]);
    expect(ward.openLinkOf('d')?.stay).toBe(A);
  });
});

describe('the ward', () => {
  const device = fc.constantFrom('d', 'e');
  const bed = fc.constantFrom('1', '2');
  const step = fc.oneof(
    fc.record({ do: fc.constant('admit' as const), bed }),
    fc.record({ do: fc.constant('link' as const), bed, device }),
    fc.record({ do: fc.constant('unlink' as const), device }),
    fc.record({ do: fc.constant('discharge' as const), bed }),
    fc.record({ do: fc.constant('transfer' as const), bed, to: bed }),
    fc.record({ do: fc.constant('hear' as const), device, agoMs: fc.nat({ max: 40 }) }),
  );
  type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

  /** What a command would do; a refusal changes nothing. A reading makes its sensor known, as intake does. */
  function planOf(ward: Ward, each: Step, nowMs: number, id: string): WardChange[] {
    if (each.do === 'admit') return ward.admit(each.bed, id, null, nowMs);
    if (each.do === 'link') return ward.link(each.device, ward.mustHaveStay(each.bed).id, nowMs, 'nurse', true);
    if (each.do === 'unlink') return ward.unlink(each.device, nowMs);
    if (each.do === 'discharge') return ward.discharge(each.bed, nowMs);
    if (each.do === 'transfer') return ward.transfer(each.bed, each.to, nowMs);
    const atMs = nowMs - each.agoMs;
    return ward.stayAt(each.device, atMs) || ward.unknownStayOf(each.device) ? [] : ward.meet(each.device, id, atMs);
  }

  function runAll(steps: readonly Step[]): { ward: Ward; changes: WardChange[] } {
    const ward = new Ward(['1', '2'], { stays: [], links: [] });
    const changes: WardChange[] = [];
    for (const [i, each] of steps.entries()) {
      try {
        const planned = planOf(ward, each, 10 * (i + 5), (i + 1).toString(16).padStart(32, '0'));
        ward.apply(planned);
        changes.push(...planned);
      } catch (error) {
        expect((error as { code?: string }).code).toMatch(/^BED_/);
      }
    }
    return { ward, changes };
  }

  test.prop([fc.array(step, { maxLength: 30 })])(
    'has at any moment at most one open link a sensor, at most one open stay a bed, and no open link into a closed stay',
    (steps) => {
      for (let length = 1; length <= steps.length; length++) {
        const { ward, changes } = runAll(steps.slice(0, length));
        const closed = new Set(changes.flatMap((change) => (change.type === 'close-link' ? [change.link] : [])));
        const open = changes.flatMap((change) =>
          change.type === 'open-link' && !closed.has(change.link.id) ? [change.link] : [],
        );
        expect(new Set(open.map((link) => link.device)).size).toBe(open.length);
        for (const link of open) expect(ward.stay(link.stay)?.closedMs).toBeNull();
        const beds = ward.openStays().flatMap((stay: Stay) => (stay.bed === null ? [] : [stay.bed]));
        expect(new Set(beds).size).toBe(beds.length);
      }
    },
  );

  test.prop([fc.array(step, { maxLength: 30 }), fc.nat({ max: 400 })])(
    'finds at every moment the link that a plain search over all links finds, and never two',
    (steps, atMs) => {
      const { ward, changes } = runAll(steps);
      for (const each of ['d', 'e']) {
        const holding = linksOf(changes).filter(
          (link) => link.device === each && link.fromMs <= atMs && (link.toMs === null || atMs < link.toMs),
        );
        expect(holding.length).toBeLessThanOrEqual(1);
        expect(ward.stayAt(each, atMs)?.id).toBe(holding[0]?.stay);
      }
    },
  );

  test.prop([fc.array(step, { maxLength: 20 })])(
    'is the same when it is begun anew from its stays and links',
    (steps) => {
      const { ward, changes } = runAll(steps);
      const ids = changes.flatMap((change) => (change.type === 'open-stay' ? [change.stay.id] : []));
      const again = new Ward(['1', '2'], { stays: ids.map((id) => ward.stay(id)!), links: linksOf(changes) });
      for (const each of ['d', 'e']) {
        expect(again.openLinkOf(each)).toEqual(ward.openLinkOf(each));
        expect(again.unknownStayOf(each)).toEqual(ward.unknownStayOf(each));
      }
      expect(again.link('d', ids[0] ?? A, 999, 'nurse', true).at(-1)).toEqual(
        ward.link('d', ids[0] ?? A, 999, 'nurse', true).at(-1),
      );
    },
  );

  function linksOf(changes: readonly WardChange[]) {
    const ends = new Map(
      changes.flatMap((change) => (change.type === 'close-link' ? [[change.link, change.atMs]] : [])),
    );
    return changes.flatMap((change) =>
      change.type === 'open-link' ? [{ ...change.link, toMs: ends.get(change.link.id) ?? null }] : [],
    );
  }
});
