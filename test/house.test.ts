// SPDX-License-Identifier: Apache-2.0
/** Rules of the house that no tool checks: size of files, first lines, and tables that must say the same on two floors. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { ABSENT_REASONS, TIME_QUALITIES, TRUST_BADGES } from '../devices/reading.ts';
import { VITALS } from '../devices/vitals.ts';
import { decodeLeafZero, encodeLeafZero } from '../ledger/record/leaf-zero.ts';
import { ABSENT_CODES, TIME_QUALITY_CODES, VITAL_CODES } from '../ledger/record/vital-codes.ts';
import { leafZero } from './support/format-examples.ts';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const FOLDERS = ['devices', 'ledger', 'gateway', 'dashboard', 'test'];
const LINES_MAX = 300;
const SPDX = '// SPDX-License-Identifier: Apache-2.0';

const sources = FOLDERS.flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name) && !/node_modules|\/dist/.test(entry.parentPath))
    .map((entry) => join(entry.parentPath, entry.name)),
);

/** What a file's text breaks; nothing for a good one. */
function broken(path: string, text: string): string[] {
  const lines = text.trimEnd().split('\n');
  const name = path.split('/').at(-1) ?? '';
  return [
    ...(lines.length > LINES_MAX ? [`${path}: ${lines.length} lines`] : []),
    ...(lines[0] === SPDX ? [] : [`${path}: the first line is not the licence's`]),
    ...(/^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+)*\.tsx?$/.test(name) ? [] : [`${path}: not in kebab-case`]),
    ...(/^export default /m.test(text) ? [`${path}: a default export`] : []),
  ];
}

describe('every source file', () => {
  it('is short, begins with its licence, and has a name in kebab-case and named exports', () => {
    expect(sources.length).toBeGreaterThan(100);
    expect(sources.flatMap((path) => broken(relative(ROOT, path), readFileSync(path, 'utf8')))).toEqual([]);
  });

  it.each([
    ['a.ts', `${SPDX}\n${'\n'.repeat(LINES_MAX)}x`],
    ['a.ts', 'export const a = 1;\n'],
    ['fooBar.ts', `${SPDX}\n`],
    ['a.ts', `${SPDX}\nexport default 1;\n`],
  ])('would be caught: %s', (path, text) => {
    expect(broken(path, text)).toHaveLength(1);
  });
});

describe('the documents', () => {
  const pages = readdirSync(ROOT, { withFileTypes: true })
    .concat(readdirSync(join(ROOT, 'docs'), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && entry.name.endsWith('.md'))
    .map((entry) => join(entry.parentPath, entry.name));
  const files = [...sources, ...pages, ...readdirSync(join(ROOT, 'tools')).map((name) => join(ROOT, 'tools', name))];
  const known = [...files, join(ROOT, 'lamplight.ts'), join(ROOT, '.dependency-cruiser.cjs')];

  /** Source and page names between backticks or as a link's target that no file of the house ends with. */
  function missing(text: string): string[] {
    const names = [...text.matchAll(/[`(]((?:[\w.-]+\/)*[\w.-]+\.(?:tsx?|cjs|mjs|md))[`)]/g)].map(([, name]) => name!);
    return names.filter((name) => !/^[A-Z]+\./.test(name) && !known.some((path) => path.endsWith(`/${name}`)));
  }

  it('name files that exist', () => {
    expect(pages.length).toBeGreaterThan(10);
    expect(pages.flatMap((page) => missing(readFileSync(page, 'utf8')))).toEqual([]);
    expect(missing('`gateway/no-such-file.ts` [x](docs/none.md) `gateway/gateway.ts`')).toHaveLength(2);
  });
});

describe('what devices and the record both know', () => {
  it('is the same vitals, with the same units and codes', () => {
    const known = Object.values(VITALS).map(({ key, units, mdc, loinc }) => [key, { units, mdc, loinc: loinc[0] }]);
    const recorded = Object.entries(VITAL_CODES).map(([key, { units, mdc, loinc }]) => [key, { units, mdc, loinc }]);
    expect(Object.fromEntries(recorded)).toEqual(Object.fromEntries(known));
  });

  it.each([
    ['absent reasons', ABSENT_REASONS, ABSENT_CODES],
    ['time qualities', TIME_QUALITIES, TIME_QUALITY_CODES],
  ])('is the same %s, each with a code of its own', (_, names, codes) => {
    expect(Object.keys(codes)).toEqual([...names]);
    expect(Object.values(codes)).toEqual(names.map((_name, i) => i));
  });

  it('is the same trust badges', () => {
    const withBadge = (badge: string) => ({
      ...leafZero,
      devices: [{ handle: 'wear-1', badge: badge as 'A', label: '' }],
    });
    for (const badge of TRUST_BADGES)
      expect(decodeLeafZero(encodeLeafZero(withBadge(badge))).devices[0]?.badge).toBe(badge);
    expect(() => decodeLeafZero(encodeLeafZero(withBadge('E')))).toThrow('an unknown trust badge');
  });
});
