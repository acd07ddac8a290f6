// SPDX-License-Identifier: Apache-2.0
/** The page is built once, and again exactly when what it is made of has changed. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ensurePage } from './build-page.ts';

let folder: string;
let build: (said?: (words: string) => void) => Promise<boolean>;
const words: string[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'page-'));
  mkdirSync(join(folder, 'web'));
  writeFileSync(join(folder, 'web/index.html'), '<script type="module" src="./main.ts"></script>');
  writeFileSync(join(folder, 'web/main.ts'), "import { x } from '../shared.ts'; document.title = x;");
  writeFileSync(join(folder, 'shared.ts'), "export const x: string = 'one';");
  const folders = { root: join(folder, 'web'), shared: [join(folder, 'shared.ts')], dist: join(folder, 'dist') };
  build = (said = (text) => words.push(text)) => ensurePage(folders, said);
});
afterEach(() => rmSync(folder, { recursive: true }));

it('builds when there is no page, says so, and not again while the sources are the same', async () => {
  expect([await build(), await build()]).toEqual([true, false]);
  expect(readFileSync(join(folder, 'dist/index.html'), 'utf8')).toContain('/assets/');
  expect(words).toHaveLength(1);
});

it('builds again when a source or a shared file changed, whatever its time says', async () => {
  await build();
  writeFileSync(join(folder, 'shared.ts'), "export const x: string = 'two';");
  utimesSync(join(folder, 'shared.ts'), 0, 0);
  expect([await build(), await build()]).toEqual([true, false]);
});

it('does not build again because another page was built among the shared files', async () => {
  mkdirSync(join(folder, 'shared/verify/dist'), { recursive: true });
  writeFileSync(join(folder, 'shared/merkle.ts'), '');
  const folders = { root: join(folder, 'web'), shared: [join(folder, 'shared')], dist: join(folder, 'dist') };
  const again = () => ensurePage(folders, (said) => words.push(said));
  await again();
  writeFileSync(join(folder, 'shared/verify/dist/verifier.html'), '<p>');
  expect(await again()).toBe(false);
  writeFileSync(join(folder, 'shared/merkle.ts'), 'export {};');
  expect(await again()).toBe(true);
});

it('leaves a page alone that another process finished meanwhile, and nothing beside it', async () => {
  await build();
  const [page, stamp] = ['index.html', 'sources.sha256'].map((name) => join(folder, 'dist', name)) as [string, string];
  const [changed, sources] = [statSync(page, { bigint: true }).ctimeNs, readFileSync(stamp)];
  rmSync(stamp);
  expect(await build(() => writeFileSync(stamp, sources))).toBe(true);
  expect(statSync(page, { bigint: true }).ctimeNs).toBe(changed);
  expect(readdirSync(folder).toSorted()).toEqual(['dist', 'shared.ts', 'web']);
});

it('fails with a code when the sources do not build, and leaves no page that looks finished', async () => {
  writeFileSync(join(folder, 'web/main.ts'), 'this is no program');
  await expect(build()).rejects.toMatchObject({ code: 'PAGE_NOT_BUILT' });
  expect(existsSync(join(folder, 'dist/sources.sha256'))).toBe(false);
});
