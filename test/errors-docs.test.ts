// SPDX-License-Identifier: Apache-2.0
/** docs/errors.md and the registries say the same, and no code is there for nothing. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';

interface Entry {
  readonly class: string;
  readonly message: string;
  readonly advice: string;
}
type Registries = Readonly<Record<string, Readonly<Record<string, Entry>>>>;

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const FLOORS = ['devices', 'ledger', 'gateway', 'dashboard'];
const page = readFileSync(join(ROOT, 'docs/errors.md'), 'utf8');
let registries: Registries;
let errorsPage: (registries: Registries) => string;
beforeAll(async () => {
  // By a name that the type checker does not follow: the tool is plain JavaScript.
  const tool = await import(new URL('../tools/errors-doc.mjs', import.meta.url).href);
  registries = await tool.loadRegistries();
  errorsPage = tool.errorsPage;
});

/** The rows of the page, read back as a person would. */
function documented(text: string): Map<string, Entry & { floor: string }> {
  const rows = new Map<string, Entry & { floor: string }>();
  for (const line of text.split('\n')) {
    const cells = line.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll('\\|', '|').replaceAll('&lt;', '<'));
    const code = /^`([A-Z0-9_]+)`$/.exec(cells[1] ?? '')?.[1];
    if (code === undefined) continue;
    expect(rows.has(code), `${code} stands twice`).toBe(false);
    rows.set(code, { floor: cells[2]!, class: cells[3]!, message: cells[4]!, advice: cells[5]! });
  }
  return rows;
}

/** The text of every source file outside the registries, tests and pages' dependencies left out. */
function sources(): string {
  const folders = [...FLOORS.map((floor) => join(ROOT, floor))];
  const files = folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name) && !/(^errors|\.test)\.tsx?$/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name)),
  );
  return [...files, join(ROOT, 'lamplight.ts')].map((file) => readFileSync(file, 'utf8')).join('\n');
}

function unused(codes: readonly string[], text: string): string[] {
  return codes.filter((code) => !new RegExp(`['"\`]${code}['"\`]`).test(text));
}

describe('docs/errors.md', () => {
  it('is what tools/errors-doc.mjs writes (if not: node_modules/.bin/node tools/errors-doc.mjs)', () => {
    expect(page).toBe(errorsPage(registries));
  });

  it('documents every code with the words of its registry, and no other code', () => {
    const inRegistries = Object.entries(registries).flatMap(([floor, registry]) =>
      Object.entries(registry).map(([code, entry]) =>
        [code, floor, entry.class, entry.message, entry.advice].join(' ~ '),
      ),
    );
    const onPage = [...documented(page)].map(([code, row]) =>
      [code, row.floor, row.class, row.message, row.advice].join(' ~ '),
    );
    expect(onPage.toSorted()).toEqual(inRegistries.toSorted());
  });

  it('gives a code to one floor only', () => {
    const codes = Object.values(registries).flatMap((registry) => Object.keys(registry));
    expect(codes.filter((code, index) => codes.indexOf(code) !== index)).toEqual([]);
  });

  it('has no code that nothing throws', () => {
    const codes = Object.values(registries).flatMap((registry) => Object.keys(registry));
    const text = sources();
    expect(unused(codes, text)).toEqual([]);
    expect(unused(['NO_SUCH_CODE_ANYWHERE'], text)).toEqual(['NO_SUCH_CODE_ANYWHERE']);
  });
});
