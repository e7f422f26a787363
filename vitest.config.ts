import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/postgres.ts'],
    reporters: ['default', './test/support/tally.ts'],
    // The environments as they come with the product, whatever a clone has of its own.
    env: { ONEVAULT_ENVIRONMENTS: '' },
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // One more than two cores: the longest file does little but wait for the sweeper.
    maxWorkers: 3,
  },
});
