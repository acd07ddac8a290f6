import { defineConfig } from 'vitest/config';

const LONG = process.env['LAMPLIGHT_LONG'] === '1';
const FABRIC = process.env['LAMPLIGHT_FABRIC'] === '1';

/**
 * Unit tests stand beside their code; `test/` holds whole-system tests; `*.long.test.ts` runs only in `npm run test:long`, and
 * `*.fabric.test.ts` (a real Fabric network) only in `npm run test:fabric`.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{devices,ledger,gateway,dashboard}/**/*.test.ts'],
          testTimeout: 30_000,
          // What is waited for comes when it comes: a second is short on a busy machine.
          expect: { poll: { timeout: 25_000 } },
        },
      },
      {
        test: {
          name: 'system',
          include: ['test/**/*.test.ts'],
          exclude: ['test/**/*.{long,fabric}.test.ts'],
          testTimeout: 240_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'long',
          include: LONG ? ['test/**/*.long.test.ts'] : [],
          testTimeout: 3_000_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'fabric',
          include: FABRIC ? ['test/**/*.fabric.test.ts'] : [],
          testTimeout: 600_000,
          hookTimeout: 240_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
