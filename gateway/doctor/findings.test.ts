// SPDX-License-Identifier: Apache-2.0
/** Each finding over plain facts: well, and every way in which it is not. */
import { describe, expect, it } from 'vitest';
import type { Facts, FileFact } from './facts.ts';
import { findingsOf } from './findings.ts';

const file = (name: string, mode: number, isOurs = true): FileFact => ({ name, path: `/data/${name}`, mode, isOurs });
const OK = { ok: true } as const;
const failed = (code: string) => ({ ok: false, code, detail: 'batch 3' }) as const;

const WELL: Facts = {
  nodeVersion: '24.21.0',
  directory: file('data', 0o700),
  format: OK,
  privateFiles: [file('gateway.keys', 0o600)],
  keyStores: [{ role: 'gateway', opened: OK, protection: 'passphrase' }],
  config: { state: 'good', detail: '' },
  disk: { usedPercent: 40, waveformStopPercent: 85, refusePercent: 95 },
  isClockSynchronised: true,
  ports: [{ what: 'broker', port: 1883, state: 'taken' }],
  gateway: {
    isRunning: true,
    broker: OK,
    health: {
      problems: [],
      seriesLagBatches: 1,
      anchorLagEntries: 0,
      clockSetMs: -400,
      anchored: { size: 12, waitingMs: 0, alarm: null },
    },
  },
  log: { ok: true, size: 12 },
  series: [{ ok: true, what: 'The series store is embedded (SQLite).', advice: '' }],
  devices: [{ handle: 'wear-1', isLinked: true, silentMs: 900, isEpisodic: false }],
  accounts: 2,
};
const STOPPED = { isRunning: false, broker: undefined, health: undefined };
const health: NonNullable<Facts['gateway']['health']> = {
  problems: [],
  seriesLagBatches: 0,
  anchorLagEntries: 0,
  clockSetMs: 0,
  anchored: null,
};
const device = { handle: 'wear-1', isLinked: true, silentMs: 900, isEpisodic: false };
const SILENT_MS = 11 * 60_000;

describe('findingsOf', () => {
  it('finds nothing where all is well, and gives no advice', () => {
    for (const finding of findingsOf(WELL)) {
      expect(finding, finding.name).toMatchObject({ level: 'ok' });
      expect(finding).not.toHaveProperty('advice');
    }
  });

  it('says nothing else of a foreign directory: it would be about the wrong user', () => {
    const foreign = { ...WELL, directory: file('data', 0o700, false), privateFiles: [file('a', 0o600, false)] };
    expect(findingsOf(foreign).map(({ name, level }) => `${name} ${level}`)).toEqual([
      'node ok',
      'data problem',
      'format ok',
    ]);
  });

  it.each<[string, Partial<Facts>, string, 'warning' | 'problem', RegExp, string?]>([
    ['an old Node', { nodeVersion: '20.20.0' }, 'node', 'problem', /20\.20\.0/],
    ['an older minor', { nodeVersion: '24.1.0' }, 'node', 'problem', /24\.21/],
    ['no directory', { directory: undefined }, 'data', 'problem', /no data directory/],
    ['an open directory', { directory: file('data', 0o755) }, 'data', 'problem', /Other users/, 'modes'],
    ['a foreign directory', { directory: file('data', 0o700, false) }, 'data', 'problem', /another user/],
    ['another format', { format: failed('DATA_DIRECTORY_NEWER') }, 'format', 'problem', /DATA_DIRECTORY_NEWER/],
    ['an open file', { privateFiles: [file('a', 0o600), file('b', 0o644)] }, 'files', 'problem', /: b\./, 'modes'],
    ['a foreign file', { privateFiles: [file('b', 0o600, false)] }, 'files', 'problem', /another user: b/],
    ['demo keys', keys(OK, 'none-demo'), 'keys (gateway)', 'warning', /demo/],
    [
      'keys without a passphrase',
      keys(failed('KEY_STORE_NO_PASSPHRASE')),
      'keys (gateway)',
      'warning',
      /Not looked at/,
    ],
    ['no keys', keys(failed('KEY_STORE_MISSING')), 'keys (gateway)', 'problem', /none/],
    ['damaged keys', keys(failed('KEY_STORE_DAMAGED')), 'keys (gateway)', 'problem', /KEY_STORE_DAMAGED/],
    [
      'a fallen back configuration',
      { config: { state: 'last-good', detail: 'beds' } },
      'configuration',
      'warning',
      /beds/,
    ],
    ['no valid configuration', { config: { state: 'invalid', detail: 'beds' } }, 'configuration', 'problem', /beds/],
    ['a clock set forward', sick({ clockSetMs: 3_600_000 }), 'clock', 'problem', /set by 3600 s/],
    ['a clock set back', sick({ clockSetMs: -3_000 }), 'clock', 'problem', /set by -3 s/],
    ['a disk that fills up', { disk: { ...WELL.disk, usedPercent: 76 } }, 'disk', 'warning', /76 %/],
    ['a disk without room for waveforms', { disk: { ...WELL.disk, usedPercent: 85 } }, 'disk', 'problem', /waveforms/],
    ['a full disk', { disk: { ...WELL.disk, usedPercent: 95 } }, 'disk', 'problem', /no readings/],
    ['a clock that runs free', { isClockSynchronised: false }, 'clock', 'warning', /not synchronised/],
    ['a clock that nobody knows', { isClockSynchronised: undefined }, 'clock', 'warning', /not tell/],
    [
      'a port of somebody else',
      { gateway: STOPPED, ports: [{ what: 'broker', port: 1883, state: 'taken' }] },
      'port (broker)',
      'problem',
      /1883/,
    ],
    [
      'a port that nobody serves',
      { ports: [{ what: 'station', port: 8080, state: 'free' }] },
      'port (station)',
      'warning',
      /8080/,
    ],
    ['a stopped gateway', { gateway: STOPPED, ports: [] }, 'gateway', 'warning', /does not run/],
    [
      'a dumb gateway',
      { gateway: { isRunning: true, broker: failed('GATEWAY_NOT_REACHED'), health: undefined } },
      'gateway',
      'problem',
      /GATEWAY_NOT_REACHED/,
    ],
    [
      'a gateway without health',
      { gateway: { isRunning: true, broker: OK, health: undefined } },
      'gateway',
      'problem',
      /health/,
    ],
    ['a sick gateway', sick({ problems: ['The disk is full.'] }), 'gateway', 'problem', /The disk is full/],
    ['a lag of the store', sick({ seriesLagBatches: 101 }), 'lag', 'warning', /101 batches/],
    ['a lag of the log', sick({ anchorLagEntries: 101 }), 'lag', 'warning', /101 entries/],
    ['nobody outside who remembers', sick({ anchored: null }), 'anchored', 'warning', /Nobody outside/],
    [
      'witnesses that are away',
      sick({ anchored: { size: 7, waitingMs: 30 * 60_000, alarm: null } }),
      'anchored',
      'warning',
      /7 entries .* 30 minutes/,
    ],
    [
      'a witness that knows a longer log',
      sick({ anchored: { size: 7, waitingMs: 0, alarm: 'ANCHOR_ROLLED_BACK' } }),
      'anchored',
      'problem',
      /ANCHOR_ROLLED_BACK/,
    ],
    [
      'a witness that accuses without proof',
      sick({ anchored: { size: 7, waitingMs: 0, alarm: 'ANCHOR_ACCUSED' } }),
      'anchored',
      'problem',
      /ALARM without proof: ANCHOR_ACCUSED/,
    ],
    ['an empty log', { log: failed('LOG_RANGE') }, 'log', 'warning', /Nothing is signed/],
    ['a damaged log', { log: failed('LOG_DAMAGED') }, 'log', 'problem', /LOG_DAMAGED/],
    [
      'a missing store',
      { series: [{ ok: false, what: 'no database', advice: 'make it' }] },
      'series',
      'problem',
      /no database/,
      'series',
    ],
    [
      'a store that works but should not be like that',
      { series: [{ ok: false, works: true, what: 'in the clear', advice: 'https' }] },
      'series',
      'warning',
      /clear/,
    ],
    ['no devices', { devices: [] }, 'devices', 'warning', /No device/],
    ['a silent device', { devices: [{ ...device, silentMs: SILENT_MS }] }, 'devices', 'warning', /wear-1/],
    ['one never heard', { devices: [{ ...device, silentMs: null }] }, 'devices', 'warning', /wear-1/],
    ['no accounts', { accounts: 0 }, 'accounts', 'warning', /Nobody/],
    ['a damaged account file', { accounts: undefined }, 'accounts', 'problem', /account file cannot be read/],
    ['a damaged file of devices', { devices: undefined }, 'devices', 'problem', /devices cannot be read/],
    [
      'a port for the superuser',
      { ports: [{ what: 'station', port: 80, state: 'refused' }] },
      'port (station)',
      'problem',
      /80 cannot be listened on/,
    ],
  ])('finds %s', (_what, change, name, level, words, fix) => {
    const found = findingsOf({ ...WELL, ...change }).filter((finding) => finding.level !== 'ok');
    expect(found[0]).toMatchObject({
      name,
      level,
      what: expect.stringMatching(words),
      advice: expect.stringMatching(/.+/),
    });
    expect(found[0]?.fix).toBe(fix);
    expect(found.length).toBeLessThanOrEqual(2);
  });

  it.each<[string, Partial<Facts>]>([
    ['an episodic device that is silent', { devices: [{ ...device, silentMs: SILENT_MS, isEpisodic: true }] }],
    ['one that lies in a drawer', { devices: [{ ...device, silentMs: null, isLinked: false }] }],
    ['no configuration file', { config: { state: 'default', detail: '' } }],
  ])('is content with %s', (_what, change) => {
    expect(findingsOf({ ...WELL, ...change }).filter(({ level }) => level !== 'ok')).toEqual([]);
  });
});

function keys(opened: Facts['format'], protection?: 'none-demo'): Partial<Facts> {
  return { keyStores: [{ role: 'gateway', opened, protection }] };
}
function sick(change: Partial<typeof health> | { problems: string[] }): Partial<Facts> {
  return { gateway: { isRunning: true, broker: OK, health: { ...health, ...change } } };
}
