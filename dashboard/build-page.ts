// SPDX-License-Identifier: Apache-2.0
/** Builds the web page when its sources differ from those it was built of, so that one command is enough in a clean clone. */
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DashboardError } from './errors.ts';

const STAMP = 'sources.sha256';

export interface PageFolders {
  /** Folder of index.html. */
  readonly root: string;
  /** Files and folders outside `root` that the page is made of, tools included. */
  readonly shared: readonly string[];
  readonly dist: string;
}

/** The page of the nurse station. */
export const PAGE: PageFolders = {
  root: here('web'),
  shared: ['feed', 'build-page.ts', '../devices/reading.ts', '../ledger', '../package-lock.json'].map(here),
  dist: here('dist'),
};

/**
 * Makes sure that `dist` holds the page of these sources.
 * @param progress told in words while it takes time
 * @returns whether it had to be built
 * @throws DashboardError PAGE_NOT_BUILT
 */
export async function ensurePage(
  { root, shared, dist }: PageFolders,
  progress: (words: string) => void,
): Promise<boolean> {
  const wanted = await fingerprintOf([root, ...shared]);
  if ((await stampOf(dist)) === wanted) return false;
  progress('Building the web page (a few seconds, once) ...');
  try {
    // Loaded here only: a machine with a built page needs no build tool.
    const { build } = await import('vite');
    await using beside = await folderBeside(dist);
    const made = join(beside.path, 'page');
    await build({
      root,
      configFile: false,
      logLevel: 'warn',
      // Whatever NODE_ENV says: there is one page, the one that people use.
      mode: 'production',
      define: { 'process.env.NODE_ENV': '"production"' },
      oxc: { jsx: { runtime: 'automatic', importSource: 'preact', development: false } },
      build: { outDir: made, emptyOutDir: true, assetsInlineLimit: 0, modulePreload: false, target: 'es2024' },
    });
    await writeFile(join(made, STAMP), wanted);
    await putInPlace(made, dist, wanted);
  } catch (cause) {
    throw new DashboardError('PAGE_NOT_BUILT', undefined, { cause });
  }
  return true;
}

/** On the same disk, so that what is made there can be moved. */
async function folderBeside(dist: string): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(`${dist}-`);
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}

/** Whole and at once: another process may build the same page in the same second, or serve it already. */
async function putInPlace(made: string, dist: string, wanted: string): Promise<void> {
  if ((await stampOf(dist)) === wanted) return;
  await rm(dist, { recursive: true, force: true });
  try {
    await rename(made, dist);
  } catch (error) {
    if ((await stampOf(dist)) !== wanted) throw error;
  }
}

async function stampOf(dist: string): Promise<string | null> {
  try {
    return await readFile(join(dist, STAMP), 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

/** Content, not times: a clone, a copy and a checkout set times as they like. */
async function fingerprintOf(paths: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const path of paths) {
    for (const file of await filesOf(path)) {
      hash
        .update(file.slice(path.length))
        .update('\0')
        .update(await readFile(file))
        .update('\0');
    }
  }
  return hash.digest('hex');
}

/** Without tests, and without what is built of these files: the verifier's page is made after this one. */
async function filesOf(path: string): Promise<string[]> {
  if ((await stat(path)).isFile()) return [path];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return files.filter((file) => !/\.test\.|\/dist\//.test(file.slice(path.length))).sort();
}

function here(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}
