// Builds the web page ahead of its first use, for an image that has no build tool. Run with Node 24: node tools/build-page.mjs
import { ensurePage, PAGE } from '../dashboard/build-page.ts';

await ensurePage(PAGE, (words) => process.stderr.write(`${words}\n`));
