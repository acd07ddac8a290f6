// SPDX-License-Identifier: Apache-2.0
/** The page as a file: the same bytes every time, nothing from outside in it, and what happens where there is no build tool. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildVerifierPage, verifierPage } from './page-file.ts';
import { verifierCommand } from './verifier-command.ts';

const noTool = async (): Promise<string> => {
  throw Object.assign(new Error('no esbuild'), { code: 'ERR_MODULE_NOT_FOUND' });
};

describe('the verifier as one file', () => {
  it('is the same from the same sources, and names no address, no file and no import', async () => {
    const page = await buildVerifierPage();
    expect(await buildVerifierPage()).toBe(page);
    expect(page).not.toMatch(/<(?:link|img|iframe|script src)|@import|url\(|sourceMappingURL|\bimport\(/);
    expect(page.match(/https?:\/\/[^\s"'`)]+/g) ?? []).toEqual([]);
    expect(page).toContain("content=\"default-src 'none'; script-src 'sha256-");
  });

  it('is the one that was built before where there is no build tool; without that the error is VERIFIER_NOT_BUILT', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lamplight-page-'));
    const built = join(folder, 'verifier.html');
    await expect(verifierPage(noTool, built)).rejects.toMatchObject({ code: 'VERIFIER_NOT_BUILT' });
    await writeFile(built, 'built before');
    expect(await verifierPage(noTool, built)).toBe('built before');
    const broken = async (): Promise<string> => {
      throw new SyntaxError('a fault in the sources');
    };
    await expect(verifierPage(broken, built)).rejects.toThrow(SyntaxError);
    await rm(folder, { recursive: true });
  });

  it('is not written without a place for it', async () => {
    let said = '';
    const io = { stdout: { write: () => undefined }, stderr: { write: (text: string) => (said += text) } };
    expect(await verifierCommand([], io)).toBe(2);
    expect(said).toContain('--out');
  });
});
