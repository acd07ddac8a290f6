// SPDX-License-Identifier: Apache-2.0
/**
 * The verifier as one HTML file that needs no network and may use none: everything is inlined, and its policy lets nothing run, look or
 * load but the script and style whose hashes it names. Built of the same code as `lamplight verify`.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { PageError } from './errors.ts';

/** Where a machine without build tools finds it; tools/build-page.mjs writes it. */
export const BUILT_PAGE = fileURLToPath(new URL('./dist/verifier.html', import.meta.url));

/** The page, built of these sources, or as it was built before where there is no build tool. Throws VERIFIER_NOT_BUILT. */
export async function verifierPage(build = buildVerifierPage, built = BUILT_PAGE): Promise<string> {
  try {
    return await build();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    return builtBefore(built);
  }
}

async function builtBefore(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new PageError('VERIFIER_NOT_BUILT', undefined, { cause });
  }
}

/** The same sources give the same bytes. */
export async function buildVerifierPage(): Promise<string> {
  // Loaded here only: it is a development dependency.
  const { build } = await import('esbuild');
  const common = { bundle: true, minify: true, write: false, charset: 'utf8', target: 'es2022' } as const;
  const made = async (name: string, format?: 'iife') => {
    const { outputFiles } = await build({ ...common, entryPoints: [source(name)], ...(format && { format }) });
    return outputFiles[0]!.text.trim();
  };
  const [script, style] = await Promise.all([made('main.ts', 'iife'), made('page.css')]);
  const policy = [
    "default-src 'none'",
    `script-src '${hashOf(script)}'`,
    `style-src '${hashOf(style)}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  const parts: Readonly<Record<string, string>> = {
    policy: `<meta http-equiv="Content-Security-Policy" content="${policy}">`,
    style: `<style>${style}</style>`,
    script: `<script>${script}</script>`,
  };
  return (await readFile(source('page.html'), 'utf8')).replace(
    /<!-- (policy|style|script) -->/g,
    (_, name) => parts[name]!,
  );
}

/** As Content Security Policy names what may run. */
function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}

function source(name: string): string {
  return fileURLToPath(new URL(`./page/${name}`, import.meta.url));
}
