// SPDX-License-Identifier: Apache-2.0
/** What is remembered of each device, and that what is remembered stays bounded. */
import { describe, expect, it } from 'vitest';
import { FactsOfDevices } from './device-facts.ts';

describe('the facts of devices', () => {
  it('are nothing for a device that nobody spoke of', () => {
    expect(new FactsOfDevices().of('wear-1')).toEqual({ resends: 0, gaps: 0 });
  });

  it('add up by device, and none overwrites another', () => {
    const facts = new FactsOfDevices();
    facts.resent('wear-1', 3);
    facts.gap('wear-1');
    facts.heard('wear-1', 1000);
    facts.resent('wear-1', 2);
    facts.battery('wear-1', { percent: 80, toldMs: 900 });
    facts.battery('wear-1', { percent: 79, toldMs: 1000 });
    facts.gap('wear-2');
    facts.gap('wear-2');
    expect(facts.of('wear-1')).toEqual({
      lastSeenMs: 1000,
      resends: 5,
      gaps: 1,
      battery: { percent: 79, toldMs: 1000 },
    });
    expect(facts.of('wear-2')).toEqual({ resends: 0, gaps: 2 });
  });

  it('of a device that is enrolled no more are gone, also when its handle comes back', () => {
    const facts = new FactsOfDevices();
    facts.resent('wear-1', 3);
    facts.resent('wear-2', 4);
    facts.keepOnly(new Set(['wear-2']));
    expect([facts.of('wear-1').resends, facts.of('wear-2').resends]).toEqual([0, 4]);
  });
});
