// SPDX-License-Identifier: Apache-2.0
/** The systemd unit of the clinic guide: it names what the guide makes and what the house has, stops in time, and grants nothing that Lamplight does not need. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readPassphrase } from '../gateway/command.ts';
import { SUPERVISOR_LIMITS } from '../gateway/supervisor.ts';
import { VERBS } from '../lamplight.ts';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const GUIDE = readFileSync(join(ROOT, 'docs/clinic.md'), 'utf8');
/** Gateway and nurse station are stopped one after the other. */
const PARTS = 2;
/** Each was in force when the guide's run under systemd was made; a value that is left out must be "as here". */
const HARDENING: Readonly<Record<string, string>> = {
  CapabilityBoundingSet: '',
  DevicePolicy: 'closed',
  KillMode: 'mixed',
  LimitCORE: '0',
  LockPersonality: 'true',
  NoNewPrivileges: 'true',
  PrivateTmp: 'true',
  ProtectClock: 'true',
  ProtectControlGroups: 'true',
  ProtectHome: 'true',
  ProtectHostname: 'true',
  ProtectKernelLogs: 'true',
  ProtectKernelModules: 'true',
  ProtectKernelTunables: 'true',
  ProtectProc: 'invisible',
  ProtectSystem: 'strict',
  RemoveIPC: 'true',
  Restart: 'always',
  RestrictAddressFamilies: 'AF_INET AF_INET6 AF_UNIX',
  RestrictNamespaces: 'true',
  RestrictRealtime: 'true',
  RestrictSUIDSGID: 'true',
  StartLimitIntervalSec: '0',
  StateDirectoryMode: '0700',
  SystemCallArchitectures: 'native',
  SystemCallFilter: '@system-service ~@privileged',
  UMask: '0077',
};
/** systemd only warns of a name that it does not know, and goes on without it. */
const OTHER_NAMES = [
  ...['After', 'CacheDirectory', 'Description', 'Environment', 'ExecStart', 'LoadCredential', 'RestartSec'],
  ...['StateDirectory', 'TimeoutStopSec', 'User', 'WantedBy', 'WorkingDirectory'],
];

/** The settings of the unit that a guide shows, by name; what is given twice is joined, as systemd does with lists. */
function unitOf(guide: string): Readonly<Record<string, string>> {
  const text = /`\/etc\/systemd\/system\/lamplight\.service`:\n\n```\n([^`]*)```/.exec(guide)?.[1] ?? '';
  const unit: Record<string, string> = {};
  for (const [, name = '', value = ''] of text.matchAll(/^(\w+)=(.*)$/gm))
    unit[name] = name in unit ? `${unit[name]} ${value}` : value;
  return unit;
}

/** What is wrong with the unit of a guide; nothing for a good one. */
function faults(guide: string): string[] {
  const unit = unitOf(guide);
  const {
    User = '?',
    WorkingDirectory: folder = '?',
    StateDirectory: state = '?',
    LoadCredential: credential = '?',
  } = unit;
  const [node, program, verb, flag, data = '?'] = unit['ExecStart']?.split(' ') ?? [];
  const passphrase = credential.split(':')[1];
  const faultIf = (bad: boolean, what: string) => (bad ? [what] : []);
  return [
    ...Object.keys(unit)
      .filter((name) => !(name in HARDENING || OTHER_NAMES.includes(name)))
      .map((name) => `unknown ${name}`),
    ...Object.entries(HARDENING)
      .filter(([name, value]) => unit[name] !== value)
      .map(([name]) => `weaker ${name}`),
    ...faultIf(!new RegExp(`^sudo useradd .*--home-dir /var/lib/${state} .* ${User}$`, 'm').test(guide), 'user'),
    ...faultIf(!new RegExp(`^sudo git clone REPOSITORY ${folder} `, 'm').test(guide), 'folder'),
    ...faultIf(!guide.includes(`base64 > ${passphrase}'`), 'passphrase'),
    ...faultIf(node !== `${folder}/node_modules/.bin/node` || !existsSync(join(ROOT, program ?? '?')), 'program'),
    ...faultIf(!VERBS.some(({ name, usage }) => name === verb && usage.includes(`[${flag} `)), 'verb'),
    ...faultIf(!data.startsWith(`/var/lib/${state}/`), 'data'),
    ...faultIf(
      unit['Environment'] !== `NODE_ENV=production NODE_COMPILE_CACHE=/var/cache/${unit['CacheDirectory']}`,
      'environment',
    ),
    ...faultIf(Number(unit['TimeoutStopSec']) * 1000 <= PARTS * SUPERVISOR_LIMITS.stopDeadlineMs, 'stop'),
    ...[`--uid=${User} `, `--working-directory=${folder} `, `LoadCredential=${credential} `, `"$@" --data ${data};`]
      .filter((words) => !/^lamplight\(\).*\n.*$/m.exec(guide)?.[0].includes(words))
      .map((words) => `verbs: ${words}`),
  ];
}

describe('the unit of the clinic guide', () => {
  it('fits the guide and the house, and grants no more than it did', () => {
    expect(Object.keys(unitOf(GUIDE)).length).toBeGreaterThan(30);
    expect(faults(GUIDE)).toEqual([]);
  });

  it.each([
    ['ProtectSystem=strict\n', '', 'weaker ProtectSystem'],
    ['SystemCallFilter=~@privileged\n', '', 'weaker SystemCallFilter'],
    ['AF_UNIX\n', 'AF_UNIX AF_PACKET\n', 'weaker RestrictAddressFamilies'],
    ['NoNewPrivileges=true', 'NoNewPriviledges=true', 'unknown NoNewPriviledges'],
    ['KillMode=mixed', 'KillMode=process', 'weaker KillMode'],
    ['User=lamplight', 'User=lamp', 'user'],
    ['WorkingDirectory=/opt/lamplight', 'WorkingDirectory=/opt/lamp', 'folder'],
    [':/etc/lamplight/passphrase\n', ':/etc/lamplight/pass\n', 'passphrase'],
    ['.bin/node lamplight.ts start', '.bin/node lamplight.js start', 'program'],
    ['lamplight.ts start', 'lamplight.ts run', 'verb'],
    ['start --data /var/lib/lamplight/data', 'start --data /srv/data', 'data'],
    ['TimeoutStopSec=30', 'TimeoutStopSec=20', 'stop'],
    ['CacheDirectory=lamplight', 'CacheDirectory=lamp', 'environment'],
    ['--uid=lamplight ', '--uid=root ', 'verbs: --uid=lamplight '],
  ])('would be caught with %j as %j', (right, wrong, fault) => {
    expect(GUIDE).toContain(right);
    expect(faults(GUIDE.replace(right, wrong))).toContain(fault);
  });

  it('hands the passphrase over under the name that Lamplight asks for', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lamplight-'));
    try {
      writeFileSync(join(folder, unitOf(GUIDE)['LoadCredential']?.split(':')[0] ?? '?'), 'the words\n');
      expect(await readPassphrase({ CREDENTIALS_DIRECTORY: folder })).toBe('the words');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
