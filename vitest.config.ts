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
    // Files of one worker share the modules that they load, which would be a quarter of the run otherwise. So a test puts back
    // whatever it changes of the process.
    isolate: false,
    // More than two cores: some files do little but wait, the longest for the sweeper.
    maxWorkers: 4,
  },
});
