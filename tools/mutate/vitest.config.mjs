// The unit tests that a mutation run may ask, one file after another.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: [process.env['MUTATE_TESTS'] ?? 'ledger/**/*.test.ts'],
    setupFiles: ['tools/mutate/fixed-seed.mjs'],
    testTimeout: 60_000,
  },
});
