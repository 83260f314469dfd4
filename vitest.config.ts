import { defineConfig } from 'vitest/config'

/** unit: no machine needed. e2e: real nodes, one file after the other (test/run.ts starts them). */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/e2e/**', 'test/full/**', 'test/lab/**', 'test/contract/**/*.e2e.test.ts'],
          // None is timed: on a machine with other work a whole pipeline on fakes may take a while.
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts', 'test/contract/**/*.e2e.test.ts'],
          globalSetup: 'test/e2e/build.ts',
          fileParallelism: false,
          testTimeout: 600_000,
          hookTimeout: 900_000,
        },
      },
      {
        test: {
          name: 'full',
          include: ['test/full/**/*.test.ts'],
          globalSetup: 'test/e2e/build.ts',
          fileParallelism: false,
          testTimeout: 900_000,
          hookTimeout: 900_000,
        },
      },
    ],
  },
})
