// SPDX-License-Identifier: Apache-2.0
/** The published door of the verifier must load in a browser: no file that can be reached from it imports anything of node. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

/** Every file that is reached by value imports, and every bare name that is imported on the way. */
function importsFrom(door: URL): { files: Set<string>; packages: Set<string> } {
  const files = new Set<string>();
  const packages = new Set<string>();
  const visit = (file: URL): void => {
    if (files.has(file.href)) return;
    files.add(file.href);
    const source = readFileSync(file, 'utf8').replace(/^(?:import|export) type [^;]*;/gm, '');
    if (/\b(?:Buffer|process|require)\b[.(]/.test(source.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')))
      packages.add(`node global in ${file.pathname}`);
    for (const [, name] of source.matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)) {
      if (name!.startsWith('.')) visit(new URL(name!, file));
      else packages.add(name!);
    }
  };
  visit(door);
  return { files, packages };
}

describe('ledger/verify/index.ts', () => {
  it('reaches only @noble', () => {
    const { files, packages } = importsFrom(new URL('./index.ts', import.meta.url));
    expect([...packages].sort()).toEqual(['@noble/curves/ed25519.js', '@noble/hashes/sha2.js']);
    expect(files.size).toBeGreaterThan(10);
  });

  it('would show node if it were there: the command line, which needs it, is caught', () => {
    expect([...importsFrom(new URL('./cli.ts', import.meta.url)).packages]).toEqual(
      expect.arrayContaining(['node:fs/promises', 'node:crypto']),
    );
  });
});
