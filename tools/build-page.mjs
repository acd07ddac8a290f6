// Builds the web page and the verifier's page ahead of their first use, for an image that has no build tool. Run with Node 24: node tools/build-page.mjs
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ensurePage, PAGE } from '../dashboard/build-page.ts';
import { BUILT_PAGE, buildVerifierPage } from '../ledger/verify/page-file.ts';

await ensurePage(PAGE, (words) => process.stderr.write(`${words}\n`));
await mkdir(dirname(BUILT_PAGE), { recursive: true });
await writeFile(BUILT_PAGE, await buildVerifierPage());
